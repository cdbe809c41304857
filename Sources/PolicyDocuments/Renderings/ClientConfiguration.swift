package import Model
package import Policy

/// What a person's clients need to know: every profile open to them, without anything secret.
///
/// The content of a configuration bundle. It holds facts and no file text, so that a machine writes only what its own
/// version of `keyreeve` renders, with its own path of the command; keys that it does not know make it refuse.
package struct ClientConfiguration: Codable, Hashable, Sendable {
    /// Grows when a reader of the older form would misunderstand the new one.
    package var format: Int
    /// The control API, without a trailing slash.
    package var server: String
    /// The relay, without a trailing slash.
    package var relay: String
    package var organization: OrganizationName
    /// The life of a relay token.
    package var relayTokenSeconds: Int64
    package var sessionStore: SessionStore
    package var helpURL: String?
    /// Sorted by name.
    package var profiles: [ClientProfile]

    package static let currentFormat = 1

    enum CodingKeys: String, CodingKey {
        case format
        case server
        case relay
        case organization
        case relayTokenSeconds = "relay_token_seconds"
        case sessionStore = "session_store"
        case helpURL = "help_url"
        case profiles
    }

    /// What holds for one person.
    ///
    /// - Parameter effective: One configuration per profile that is open to them.
    package init(
        server: String,
        relay: String,
        organization: OrganizationName,
        settings: OrganizationSettings,
        helpURL: String?,
        effective: [EffectiveConfiguration]
    ) {
        format = Self.currentFormat
        self.server = Self.trimmed(server)
        self.relay = Self.trimmed(relay)
        self.organization = organization
        relayTokenSeconds = settings.relayTokenLifetime
        sessionStore = settings.sessionStore
        self.helpURL = helpURL
        profiles = effective.sorted { $0.profile < $1.profile }.map(ClientProfile.init)
    }

    package func profile(_ name: ProfileName) -> ClientProfile? { profiles.first { $0.name == name } }

    private static func trimmed(_ url: String) -> String {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }
}

extension OrganizationSnapshot {
    /// The configuration of someone's clients; without profiles for a stranger.
    package func clientConfiguration(
        for subject: Principal.Subject,
        server: String,
        relay: String
    ) -> ClientConfiguration {
        let effective = profiles(for: subject).compactMap { name in
            if case .success(let effective) = self.effective(profile: name, for: subject) { effective } else { nil }
        }
        return ClientConfiguration(
            server: server,
            relay: relay,
            organization: self.name,
            settings: settings,
            helpURL: helpURL,
            effective: effective
        )
    }
}
