import Model
import Policy

/// One document, read.
enum ReadDocument {
    case platform(PolicyLayer)
    case organization(PolicyLayer)
    case profile(ProfileDocument)
    case group(GroupDocument)
    case user(UserID, PolicyLayer)
}

/// Reads one document of whatever kind its path says.
struct DocumentReader {
    let path: String
    let egress: EgressRules
    let organization: OrganizationName?
    let sink: DiagnosticSink

    init(path: String, egress: EgressRules, organization: OrganizationName?) {
        self.path = path
        self.egress = egress
        self.organization = organization
        sink = DiagnosticSink(file: path)
    }

    func read(_ text: String) -> ReadDocument? {
        let kind: DocumentPath
        do throws(DocumentPath.Problem) { kind = try DocumentPath(path) } catch {
            sink.error(error.message, at: nil)
            return nil
        }
        let document: TOMLDocument
        do throws(TOMLProblem) { document = try TOMLDocument(text) } catch {
            sink.error(error.message, at: error.position)
            return nil
        }
        let root = TableReader(document.root, path: [], document: document, sink: sink)
        defer { root.finish(hint: Self.hint) }
        switch kind {
        case .platform:
            return .platform(layer(.platform, helpFrom: "platform", root))
        case .organization:
            return .organization(layer(.organization, helpFrom: "organization", root))
        case .profile(let name):
            let groups = header("profile", name: name.text, root) { self.groups($0) }
            return .profile(ProfileDocument(name: name, groups: groups ?? [], layer: layer(.profile, root)))
        case .group(let name):
            let precedence = header("group", name: name.text, root) { self.precedence($0) }
            return .group(GroupDocument(name: name, precedence: precedence ?? 0, layer: layer(.group, root)))
        case .user(let id):
            _ = header("user", name: id.description, root) { _ in () }
            return .user(id, layer(.user, root))
        }
    }

    private func layer(_ kind: LayerKind, helpFrom table: String? = nil, _ root: TableReader) -> PolicyLayer {
        var settings = SettingsReader(root: root, layer: kind, egress: egress).read()
        if let table, let inner = root.table(table) { settings.helpURL = organizationTable(inner) }
        return PolicyLayer(kind: kind, document: path, settings: settings)
    }

    /// `[organization]` or `[platform]`.
    private func organizationTable(_ table: TableReader) -> Located<String>? {
        if let id = table.string("id"), let organization, id.value != organization.text {
            table.error(
                "these documents are \(id.value)'s, and are applied to organization \(organization)",
                at: "id",
                fix: "id = \"\(organization)\""
            )
        }
        let help = table.string("help_url").flatMap { url -> Located<String>? in
            let isPlain = url.value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && url.value.utf8.count <= 512
            guard isPlain, url.value.hasPrefix("https://") || url.value.hasPrefix("http://") else {
                table.error("help_url must be a web address", at: "help_url", fix: "help_url = \"https://…\"")
                return nil
            }
            return url
        }
        table.finish()
        return help
    }

    /// `[profile]`, `[group]` or `[user]`, whose `id` repeats the file's name so that a copied file is noticed.
    private func header<T>(
        _ key: String,
        name: String,
        _ root: TableReader,
        _ more: (TableReader) -> T?
    ) -> T? {
        guard let table = root.table(key) else {
            if !root.has(key) {
                sink.error(
                    "[\(key)] is missing",
                    at: TOMLPosition(line: 1, column: 1),
                    fix: "[\(key)] with id = \"\(name)\""
                )
            }
            return nil
        }
        if let id = table.string("id") {
            if id.value != name {
                table.error("id and file name differ: this file is \(path)", at: "id", fix: "id = \"\(name)\"")
            }
        } else if !table.has("id") {
            table.error("id is missing", fix: "id = \"\(name)\"")
        }
        let result = more(table)
        table.finish()
        return result
    }

    private func groups(_ table: TableReader) -> Set<GroupName>? {
        guard let list = table.strings("groups") else { return table.has("groups") ? nil : [] }
        let names = list.value.compactMap { text -> GroupName? in
            let name = GroupName(text)
            if name == nil { table.error("\"\(text)\" is no group: a name has \(GroupName.rule)", at: "groups") }
            return name
        }
        return Set(names)
    }

    private func precedence(_ table: TableReader) -> Int64? {
        let precedence = table.integer("precedence", in: -1_000_000...1_000_000)
        if precedence == nil, !table.has("precedence") {
            table.error("a group says how it ranks among groups; a higher one wins", fix: "precedence = 10")
        }
        return precedence?.value
    }

    /// What belongs somewhere else, said so.
    private static func hint(_ key: String) -> (message: String, fix: String?)? {
        if ["model", "model_provider"].contains(key) || CodexKeys.passed[key] != nil {
            return ("\(key) is one of Codex's own keys and stands in its table", "[codex] with \(key) = …")
        }
        if ["forced_login_method", "cli_auth_credentials_store", "forced_chatgpt_workspace_id"].contains(key) {
            return ("\(key) is one of Codex's own keys and stands in its table", "[codex] with \(key) = …")
        }
        return CodexKeys.refusal(key)
    }
}
