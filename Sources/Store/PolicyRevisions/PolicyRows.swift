import Model
import Policy

/// The rows by which people query what a revision means: per profile, as it holds for someone in no group.
struct PolicyRows: Sendable {
    struct Provider: Hashable, Sendable {
        let profile: ProfileName
        let definition: ProviderDefinition
    }

    struct Login: Hashable, Sendable {
        let profile: ProfileName
        let policy: LoginPolicy
        let sessionStore: SessionStore
    }

    let providers: [Provider]
    let logins: [Login]

    init(_ policy: PolicySet) {
        let effective = policy.profiles.keys.sorted().compactMap { policy.effective(profile: $0) }
        providers = effective.flatMap { configuration in
            configuration.providers.values.sorted { $0.id < $1.id }.map { definition in
                Provider(profile: configuration.profile, definition: definition)
            }
        }
        logins = effective.map { configuration in
            Login(
                profile: configuration.profile,
                policy: configuration.login,
                sessionStore: configuration.sessionStore
            )
        }
    }
}
