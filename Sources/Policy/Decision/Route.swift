package import Model

/// A profile and one of its providers, resolved for a caller: what `/{profile}/{provider}/…` means to them.
package struct Route: Sendable {
    package let configuration: EffectiveConfiguration
    package let provider: ProviderDefinition
    /// The organization's, for sentences that refuse.
    package let helpURL: String?

    package var profile: ProfileName { configuration.profile }
}

/// A refusal: the reason code and one sentence that says what to do.
package struct Denial: Error, Hashable, Sendable {
    package let failure: Failure
    package let sentence: String

    package init(_ failure: Failure, _ sentence: String? = nil, helpURL: String? = nil) {
        self.failure = failure
        let text = sentence ?? failure.sentence
        self.sentence = helpURL.map { "\(text) Help: \($0)" } ?? text
    }
}

extension OrganizationSnapshot {
    /// Resolves the first two segments of a relay path. `active` stands for the profile chosen by the caller's
    /// session, or for the only one open to them.
    package func route(
        profile segment: some StringProtocol,
        provider providerSegment: some StringProtocol,
        for principal: Principal
    ) -> Result<Route, Denial> {
        guard principal.organization == id else { return .failure(Denial(.notFound)) }
        let profile: ProfileName
        if segment == "active" {
            guard let active = activeProfile(of: principal) else {
                let sentence = "No profile is chosen. Run `keyreeve profile use NAME`, or name one in the path."
                return .failure(Denial(.unknownProfile, sentence))
            }
            profile = active
        } else {
            guard let named = ProfileName(String(segment)) else { return .failure(Denial(.unknownProfile)) }
            profile = named
        }
        switch effective(profile: profile, for: principal.subject) {
        case .failure(let failure):
            return .failure(denial(failure, principal))
        case .success(let configuration):
            guard let id = ProviderID(String(providerSegment)), let provider = configuration.providers[id] else {
                return .failure(Denial(.unknownProvider, helpURL: helpURL))
            }
            return .success(Route(configuration: configuration, provider: provider, helpURL: helpURL))
        }
    }

    /// The profile that `active` stands for.
    package func activeProfile(of principal: Principal) -> ProfileName? {
        if let active = principal.activeProfile { return active }
        let open = profiles(for: principal.subject)
        return open.count == 1 ? open.first : nil
    }

    private func denial(_ failure: Failure, _ principal: Principal) -> Denial {
        let roles = roles(of: principal.subject)
        if failure == .profileNotAllowed, let roles, !roles.contains(.developer) {
            let sentence = "Using models needs the developer role. Ask your organization's admin."
            return Denial(failure, sentence, helpURL: helpURL)
        }
        return Denial(failure, helpURL: helpURL)
    }
}
