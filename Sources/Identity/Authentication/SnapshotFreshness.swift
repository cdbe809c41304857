import Policy

/// Whether "not in the snapshot" means "does not exist".
struct SnapshotFreshness: Sendable {
    /// The refresher compares versions every second; silent for longer than this it counts as failing.
    static let patience: Duration = .seconds(10)

    /// Seconds since the snapshot was known to be current; nil while its check fails or never succeeded.
    let age: Int64?

    init(age: Int64?) { self.age = age }

    init(_ holder: SnapshotHolder, now: ContinuousClock.Instant = .now) {
        guard holder.isVerified, let verified = holder.lastVerified, now - verified <= Self.patience else {
            age = nil
            return
        }
        // Rounded up, so that something made in the same second counts as newer.
        age = (now - verified).components.seconds + 1
    }

    /// Whether the snapshot must know what a token minted at `issuedAt` names.
    func covers(issuedAt: Int64, now: Int64) -> Bool {
        guard let age else { return false }
        return now.subtractingReportingOverflow(issuedAt).partialValue > age
    }
}
