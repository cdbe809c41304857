import Audit
import Model

/// 2: who is asking. Nothing is recorded here: without a proven organization there is no ledger to write to.
extension Exchange {
    /// False when the request was refused.
    func authenticate() -> Bool {
        switch TokenPlace(head.fields) {
        case .none:
            refuseStranger(.signInRequired, status: isCodex ? 400 : 401)
            return false
        case .several:
            refuseStranger(.ambiguousCredentials)
            return false
        case .unusable:
            refuseStranger(.invalidToken)
            return false
        case .one(let range):
            let token = Array(head.fields.bytes[range])
            let now = SystemClock.microseconds() / 1_000_000
            switch context.authenticator.authenticate(tokenBytes: token, now: now) {
            case .success(let principal):
                self.principal = principal
                return true
            case .failure(let failure):
                refuseStranger(failure)
                return false
            }
        }
    }

    private func refuseStranger(_ failure: Failure, status: Int? = nil) {
        context.strangers.count(failure, from: connection.clientAddress)
        answer(Answer(failure, status: status))
    }

    /// Codex shows a plain 400 at once and repeats a 401 for seven seconds; others expect the 401.
    private var isCodex: Bool {
        for field in [KnownField.originator, .userAgent] {
            if let range = head.fields[field], head.fields.bytes[range].prefix(5).map(HeadFields.lowercased) == codex {
                return true
            }
        }
        return false
    }
}

private let codex = Array("codex".utf8)

/// Where a request carries its token. These routes read `Authorization: Bearer`, `api-key` (clients shaped for Azure)
/// and `x-keyreeve-token`; a credential in more than one place is refused, since it cannot be known which one counts.
enum TokenPlace: Hashable, Sendable {
    case none
    case one(Range<Int>)
    /// Credentials of a kind that is not ours.
    case unusable
    case several

    private static let scheme = Array("bearer ".utf8)

    init(_ fields: HeadFields) {
        var places: [TokenPlace] = []
        if let range = fields[.authorization], let place = Self.bearer(fields, range) { places.append(place) }
        for field in [KnownField.apiKey, .keyreeveToken] {
            if let range = fields[field], !range.isEmpty { places.append(.one(range)) }
        }
        for field in [KnownField.xAPIKey, .xGoogAPIKey] {
            if let range = fields[field], !range.isEmpty { places.append(.unusable) }
        }
        self = places.count > 1 ? .several : places.first ?? .none
    }

    /// Nil for an empty one: that is what a client sends whose token command failed.
    private static func bearer(_ fields: HeadFields, _ range: Range<Int>) -> TokenPlace? {
        let value = fields.bytes[range]
        let prefix = value.prefix(scheme.count).map(HeadFields.lowercased)
        if prefix == scheme {
            let token = value.dropFirst(scheme.count).drop { $0 == 0x20 || $0 == 0x09 }
            return token.isEmpty ? nil : .one(token.startIndex..<token.endIndex)
        }
        return value.isEmpty || prefix == Array(scheme.dropLast()) ? nil : .unusable
    }
}
