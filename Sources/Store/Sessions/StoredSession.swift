import FoundationEssentials
import Model
import Postgres

/// A session as its row has it, and what to do with a refresh token that names it. A pure decision.
struct StoredSession: Sendable {
    enum Action: Hashable, Sendable {
        /// Give out the token of this generation.
        case rotate(Int64)
        /// Give out the current token again.
        case repeatSuccessor
        /// A stolen or replayed token: nobody may go on with this family.
        case endFamily
        case refuse(Failure)
    }

    var user: UserID
    var generation: Int64
    var refreshDigest: [UInt8]
    var previousDigest: [UInt8]?
    var rotatedAt: Date?
    var expiresAt: Date
    var endReason: String?
    var userIsActive: Bool

    /// `digest` is of the whole token, so that one of the right generation but another key epoch does not pass.
    func answer(to presented: Int64, digest: [UInt8], at now: Date) -> Action {
        if let endReason {
            return .refuse(endReason == Failure.refreshTokenReused.rawValue ? .refreshTokenReused : .revokedToken)
        }
        guard userIsActive else { return .refuse(.revokedToken) }
        guard now < expiresAt else { return .refuse(.expiredToken) }
        let (next, overflows) = generation.addingReportingOverflow(1)
        guard !overflows, presented <= generation else { return .refuse(.invalidToken) }
        if presented == generation {
            return digest == refreshDigest ? .rotate(next) : .refuse(.invalidToken)
        }
        let grace = TimeInterval(RefreshTokens.grace.components.seconds)
        guard presented == generation - 1, digest == previousDigest, let rotatedAt,
            now < rotatedAt.addingTimeInterval(grace)
        else { return .endFamily }
        return .repeatSuccessor
    }
}

extension StoredSession {
    init(row: Row) throws {
        user = try row.get("user_id")
        generation = try row.get("generation")
        refreshDigest = try row.get("refresh_digest")
        previousDigest = try row.get("previous_digest")
        rotatedAt = try row.get("rotated_at")
        expiresAt = try row.get("expires_at")
        endReason = try row.get("end_reason")
        userIsActive = try row.get("status", as: Person.Status.self) == .active
    }
}
