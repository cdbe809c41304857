/// A place that a stored credential may be sent to, as the admin who stored it named it: scheme, host and port, and
/// the path that everything stands under, where one is given.
package struct CredentialDestination: Hashable, Sendable {
    /// For a wildcard, the host behind the star.
    private let place: UpstreamEndpoint
    /// Whether one label of any text stands before the host.
    private let hasStar: Bool

    /// Bytes of the longest one.
    package static let longest = 512

    /// What one looks like, for an error message.
    package static let rule =
        "a destination is https://HOST, with :PORT and /PATH where they matter; HOST is in ASCII (xn--...), has no "
        + "dot at its end, and *.HOST stands for one name under a host of at least three parts"

    /// Reads a `base_url`, or one whose host begins with `*.`. Under a host of one or two parts (`com`, `co.uk`,
    /// `github.io`) anyone can have a name, so a star there would bind nothing.
    package static func parse(_ text: String) -> Result<CredentialDestination, UpstreamEndpoint.Problem> {
        guard text.utf8.count <= longest else { return .failure(problem("a destination is too long")) }
        var plain = text
        let host = text.firstRange(of: "://")?.upperBound ?? text.endIndex
        let hasStar = text[host...].hasPrefix("*.")
        if hasStar { plain = String(text[..<host] + text[host...].dropFirst(2)) }
        switch UpstreamEndpoint.parse(plain, as: "a destination") {
        case .failure(let found): return .failure(problem(found.message))
        case .success(let place):
            guard !place.basePath.contains("*"), !hasStar || mayHaveStar(place) else {
                return .failure(problem("a destination has a * where none may be"))
            }
            return .success(CredentialDestination(place: place, hasStar: hasStar))
        }
    }

    private static func problem(_ message: String) -> UpstreamEndpoint.Problem {
        UpstreamEndpoint.Problem(message: "\(message): \(rule)", fix: "https://HOST")
    }

    private static func mayHaveStar(_ place: UpstreamEndpoint) -> Bool {
        let labels = place.host.split(separator: ".")
        // A last label that begins with a digit makes an address, or what others read as one.
        guard place.scheme == .https, !place.host.contains(":"), let first = labels.last?.first else { return false }
        return labels.count >= 3 && !first.isNumber
    }

    /// The one spelling; what a credential's seal is bound to, so it must never be written in another way.
    package var text: String {
        hasStar ? place.url.replacing("://", with: "://*.", maxReplacements: 1) : place.url
    }

    /// Whether a provider stands here. Compared by the letter: both sides are in one spelling, and what is written
    /// in two ways (an IPv6 address) is another place.
    package func admits(_ endpoint: UpstreamEndpoint) -> Bool {
        guard endpoint.scheme == place.scheme, endpoint.port == place.port, coversPath(of: endpoint) else {
            return false
        }
        guard hasStar else { return endpoint.host == place.host }
        guard let dot = endpoint.host.firstIndex(of: "."), dot > endpoint.host.startIndex else { return false }
        return endpoint.host[dot...].dropFirst() == place.host
    }

    private func coversPath(of endpoint: UpstreamEndpoint) -> Bool {
        place.basePath.isEmpty || endpoint.basePath == place.basePath
            || endpoint.basePath.hasPrefix(place.basePath + "/")
    }
}
