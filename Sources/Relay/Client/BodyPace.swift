import NIOCore

/// How long a client may take over a request's body: a bound on every pause, on the whole, and on its rate, so that a
/// drip cannot hold memory for as long as it likes.
struct BodyPace: Sendable {
    private let started: NIODeadline
    private let idle: TimeAmount
    private let total: TimeAmount
    /// Bytes a second.
    private let minimumRate: Int
    private var received = 0

    init(_ settings: RelaySettings, now: NIODeadline = .now()) {
        started = now
        idle = TimeAmount(settings.bodyIdleTimeout)
        total = TimeAmount(settings.bodyTimeout)
        minimumRate = max(settings.minimumBodyRate, 1)
    }

    mutating func took(_ count: Int) {
        received &+= count
    }

    /// When the next piece has to be there.
    func deadline(now: NIODeadline = .now()) -> NIODeadline {
        // Whole seconds: a body is bounded, so their nanoseconds are too.
        let earned = TimeAmount.seconds(Int64(received / minimumRate))
        return min(now + idle, started + total, started + idle + earned)
    }
}
