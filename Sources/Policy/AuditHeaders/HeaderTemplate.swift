/// The value of an audit header with its placeholders read: `keyreeve/{organization}/{request_id}`.
package struct HeaderTemplate: Hashable, Sendable {
    package enum Placeholder: String, Hashable, Sendable, CaseIterable {
        case requestID = "request_id"
        case profile
        case organization
        case user
        /// The names of the person's groups, between commas; `-` where there are none.
        case groups

        /// Whether the value says something about who is asking.
        package var isPersonal: Bool { self == .user || self == .groups }
    }

    package enum Part: Hashable, Sendable {
        case text(String)
        case placeholder(Placeholder)
    }

    /// Why a template cannot be used, as a sentence with what to write.
    package struct Problem: Error, Hashable, Sendable {
        package let message: String
        package let fix: String?
    }

    package let parts: [Part]
    package let source: String

    package static func parse(_ source: String) -> Result<HeaderTemplate, Problem> {
        do throws(Problem) { return .success(try HeaderTemplate(source)) } catch { return .failure(error) }
    }

    private init(_ source: String) throws(Problem) {
        guard source.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), source.utf8.count <= 1_024, !source.isEmpty else {
            throw Problem(message: "a header value is 1 to 1024 printable ASCII characters", fix: nil)
        }
        var parts: [Part] = []
        var rest = source[...]
        while let open = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
            if open != rest.startIndex { parts.append(.text(String(rest[..<open]))) }
            guard rest[open] == "{", let close = rest[open...].firstIndex(of: "}") else {
                throw Problem(message: "a brace stands alone; placeholders look like {request_id}", fix: nil)
            }
            let name = String(rest[rest.index(after: open)..<close])
            guard let placeholder = Placeholder(rawValue: name) else {
                let known = Placeholder.allCases.map { "{\($0.rawValue)}" }.joined(separator: ", ")
                throw Problem(message: "unknown placeholder {\(name)}; there are \(known)", fix: nil)
            }
            parts.append(.placeholder(placeholder))
            rest = rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.parts = parts
        self.source = source
    }

    /// The header's value; `fill` gives what a placeholder stands for and must give printable ASCII.
    package func value(_ fill: (Placeholder) -> String) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .placeholder(let placeholder): fill(placeholder)
            }
        }.joined()
    }

    package var placeholders: Set<Placeholder> {
        Set(
            parts.compactMap { part in
                if case .placeholder(let placeholder) = part { placeholder } else { nil }
            }
        )
    }
}

/// A header that the relay sets on every upstream request, whatever the client sent under that name.
package struct AuditHeader: Hashable, Sendable {
    /// Lower case.
    package let name: String
    package let template: HeaderTemplate

    package init(name: String, template: HeaderTemplate) {
        self.name = name.lowercased()
        self.template = template
    }

    /// What goes upstream when no document says otherwise: a request id, nothing about a person.
    package static let standard: [AuditHeader] = {
        guard case .success(let template) = HeaderTemplate.parse("{request_id}") else { return [] }
        return [AuditHeader(name: "x-keyreeve-request-id", template: template)]
    }()
}
