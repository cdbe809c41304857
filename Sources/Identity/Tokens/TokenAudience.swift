/// What one of our signed tokens is good for. A token of one audience is nothing to the checker of another: they
/// differ in `typ`, in `aud` and, where keys differ, in the key.
package enum TokenAudience: String, Hashable, Sendable, Codable, CaseIterable {
    /// The relay token: the relay takes it and nothing else does.
    case relay
    /// The session assertion: the control API takes it for a person.
    case session
    /// The operator's assertion: the control API takes it for routes of the platform.
    case control

    /// The `typ` of the token's header.
    var type: String { "keyreeve-\(rawValue)+jwt" }

    /// The longest life, in seconds, that a verifier accepts (the table in section 1 of the trust contract).
    package var longestLife: Int64 {
        switch self {
        case .relay: 15 * 60
        case .session, .control: 12 * 3600
        }
    }
}
