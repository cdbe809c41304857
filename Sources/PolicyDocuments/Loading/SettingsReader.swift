import Model
import Policy

/// Reads what every kind of document may hold; a table that its layer may not set is refused.
struct SettingsReader {
    let root: TableReader
    let layer: LayerKind
    let egress: EgressRules

    func read() -> LayerSettings {
        var settings = LayerSettings()
        if let codex = root.table("codex") { CodexReader(reader: codex).read(into: &settings) }
        if let login = root.table("login") { CodexReader.readLogin(login, into: &settings) }
        if let models = root.table("models") { ModelsReader(reader: models).read(into: &settings) }
        if let headers = allowed("audit_headers", .auditHeaders) { auditHeaders(headers, &settings) }
        if let session = allowed("session", .sessionStore) { self.session(session, &settings) }
        if let providers = allowed("model_providers", .modelProviders) { self.providers(providers, &settings) }
        return settings
    }

    private func allowed(_ key: String, _ field: PolicyField) -> TableReader? {
        guard root.has(key), !field.layers.contains(layer) else { return root.table(key) }
        root.accept(key)
        let places = LayerKind.allCases.filter { field.layers.contains($0) }.map(\.rawValue)
        root.error(
            "[\(key)] cannot stand in a \(layer.rawValue) document; it belongs to: \(places.joined(separator: ", "))",
            at: key
        )
        return nil
    }

    private func providers(_ table: TableReader, _ settings: inout LayerSettings) {
        for key in table.keys {
            guard let inner = table.table(key) else { continue }
            let definition = ProviderReader(reader: inner, egress: egress).read(id: key)
            guard let definition else { continue }
            settings.providers[definition.id] = Located(definition, line: inner.position()?.line)
        }
    }

    private func auditHeaders(_ table: TableReader, _ settings: inout LayerSettings) {
        for key in table.keys {
            guard let text = table.string(key) else { continue }
            if let problem = HeaderRules.problem(with: key) {
                table.error(problem, at: key)
                continue
            }
            switch HeaderTemplate.parse(text.value) {
            case .failure(let problem): table.error(problem.message, at: key, fix: problem.fix)
            case .success(let template):
                let header = AuditHeader(name: key, template: template)
                if settings.auditHeaders.contains(where: { $0.value.name == header.name }) {
                    table.error("header \(key) is set twice; header names ignore case", at: key)
                }
                settings.auditHeaders.append(Located(header, line: text.line))
            }
        }
    }

    private func session(_ table: TableReader, _ settings: inout LayerSettings) {
        settings.sessionStore = table.choice("store", SessionStore.self)
        settings.relayTokenLifetime = seconds(table.integer("relay_token_minutes", in: 5...15), per: 60)
        settings.assertionLifetime = seconds(table.integer("assertion_hours", in: 1...12), per: 3_600)
        settings.refreshLifetime = seconds(table.integer("refresh_days", in: 1...90), per: 86_400)
        table.finish()
    }

    private func seconds(_ count: Located<Int64>?, per unit: Int64) -> Located<Int64>? {
        count.map { Located($0.value * unit, line: $0.line) }
    }
}
