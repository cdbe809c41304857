/// Where one stored credential may be sent: 1 to 16 places, in one order. An empty list, which only a row that nobody
/// sealed with one can have, admits nothing.
package struct CredentialDestinations: Hashable, Sendable {
    package static let most = 16

    private let places: [CredentialDestination]
    /// In the one spelling, sorted, each once: what the credential's seal is bound to.
    package let texts: [String]

    package static let none = CredentialDestinations([])

    private init(_ places: [CredentialDestination]) {
        var byText: [String: CredentialDestination] = [:]
        for place in places { byText[place.text] = place }
        texts = byText.keys.sorted()
        self.places = texts.compactMap { byText[$0] }
    }

    package static func parse(_ texts: [String]) -> Result<CredentialDestinations, UpstreamEndpoint.Problem> {
        guard (1...most).contains(texts.count) else {
            let message = "a credential has 1 to \(most) destinations"
            return .failure(UpstreamEndpoint.Problem(message: message, fix: "--for https://HOST"))
        }
        var places: [CredentialDestination] = []
        for text in texts {
            switch CredentialDestination.parse(text) {
            case .failure(let problem): return .failure(problem)
            case .success(let place): places.append(place)
            }
        }
        return .success(CredentialDestinations(places))
    }

    /// As a row has them. What cannot be read admits nothing.
    package init(stored texts: [String]) {
        self = (try? Self.parse(texts).get()) ?? .none
    }

    package func admits(_ endpoint: UpstreamEndpoint) -> Bool {
        places.contains { $0.admits(endpoint) }
    }

    /// For sentences: `https://a, https://b`.
    package var list: String { texts.isEmpty ? "nowhere" : texts.joined(separator: ", ") }
}
