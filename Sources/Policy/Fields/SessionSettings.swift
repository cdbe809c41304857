/// Where `keyreeve` keeps its session on a developer's machine; the strictest first.
package enum SessionStore: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// Memory of one command only.
    case ephemeral
    /// The Secret Service, without a fallback.
    case keyring
    /// A file of mode 0600.
    case file
    /// The Secret Service, or a file where there is none.
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

/// What holds for an organization as a whole, whatever the profile.
package struct OrganizationSettings: Hashable, Sendable {
    /// Seconds; 5 to 15 minutes.
    package let relayTokenLifetime: Int64
    /// Seconds; at most 12 hours.
    package let assertionLifetime: Int64
    /// Seconds.
    package let refreshLifetime: Int64
    package let sessionStore: SessionStore
    package let helpURL: String?

    package static let standard = OrganizationSettings(merging: [])

    package init(merging layers: [PolicyLayer]) {
        var merge = LayerMerge(layers)
        relayTokenLifetime = merge.mostRestrictive(.relayTokenMinutes) { $0.relayTokenLifetime } ?? 600
        assertionLifetime = merge.mostRestrictive(.assertionHours) { $0.assertionLifetime } ?? 43_200
        refreshLifetime = merge.mostRestrictive(.refreshDays) { $0.refreshLifetime } ?? 30 * 86_400
        sessionStore = merge.mostRestrictive(.sessionStore) { $0.sessionStore } ?? .auto
        helpURL = merge.lastWins(.helpURL) { $0.helpURL }
    }
}
