/// A kind of OpenAI login, in Codex's own words.
package enum LoginMethod: String, Hashable, Sendable, Codable, CaseIterable {
    case chatgpt
    case api
}

/// Where Codex keeps its own login; the strictest first.
package enum CredentialsStore: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// In memory only.
    case ephemeral
    case keyring
    case file
    case auto

    package static func < (left: Self, right: Self) -> Bool { left.laxness < right.laxness }

    private var laxness: Int {
        switch self {
        case .ephemeral: 0
        case .keyring: 1
        case .file: 2
        case .auto: 3
        }
    }
}

/// Which OpenAI logins count; it says nothing about signing in to Keyreeve.
package struct LoginPolicy: Hashable, Sendable {
    package let forcedMethod: LoginMethod?
    /// nil where no layer restricts them.
    package let allowedMethods: Set<LoginMethod>?
    /// ChatGPT workspaces; nil where no layer restricts them, sorted.
    package let allowedWorkspaces: [String]?
    package let credentialsStore: CredentialsStore?
    /// Whether Codex may delete a stored login of the other kind.
    package let signOutOthers: Bool

    init(merging merge: inout LayerMerge) {
        forcedMethod =
            merge.locked(.forcedLoginMethod, { $0.forcedLoginMethod.map { [$0] } ?? [] }, name: { _ in "" })
            .first
        allowedMethods = merge.intersection(.allowedLoginMethods) { $0.allowedLoginMethods }
        let workspaces = merge.intersection(.allowedWorkspaces) { settings in
            settings.allowedWorkspaces.map { Located(Set($0.value), line: $0.line) }
        }
        allowedWorkspaces = workspaces?.sorted()
        credentialsStore = merge.mostRestrictive(.credentialsStore) { $0.credentialsStore }
        let signOut = merge.mostRestrictive(.signOutOthers) { settings in
            settings.signOutOthers.map { Located($0.value ? 1 : 0, line: $0.line) }
        }
        signOutOthers = signOut == 1
    }

    /// What `allowed_login_methods` must say: the lists, narrowed by a forced method.
    package var methods: [LoginMethod]? {
        guard let forcedMethod else { return allowedMethods?.sorted { $0.rawValue < $1.rawValue } }
        guard allowedMethods?.contains(forcedMethod) ?? true else { return [] }
        return [forcedMethod]
    }

    func write(to writer: inout CanonicalWriter) {
        writer.add(forcedMethod?.rawValue)
        writer.add(methods.map { $0.map(\.rawValue).joined(separator: ",") })
        writer.add(allowedWorkspaces.map { $0.joined(separator: ",") })
        writer.add(credentialsStore?.rawValue)
        writer.add(signOutOthers)
    }
}
