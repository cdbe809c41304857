import Synchronization

/// Counts callers of the open routes by address: a token bucket each.
///
/// Memory is bounded: when too many addresses are known, the full buckets go first, which forgets nothing, and if that
/// is not enough everyone starts anew.
final class AddressLimiter: Sendable {
    struct Bucket: Sendable {
        var tokens: Double
        var at: Double
    }

    private let capacity: Double
    private let perSecond: Double
    private let mostAddresses: Int
    private let buckets = Mutex<[String: Bucket]>([:])

    init(capacity: Double = 60, perSecond: Double = 2, mostAddresses: Int = 10_000) {
        self.capacity = capacity
        self.perSecond = perSecond
        self.mostAddresses = mostAddresses
    }

    /// Whether one more call is let through at `now` (seconds, of any monotonic origin).
    func admits(_ address: String, now: Double) -> Bool {
        buckets.withLock { buckets in
            if buckets[address] == nil, buckets.count >= mostAddresses {
                buckets = buckets.filter { refilled($0.value, now).tokens < capacity }
                if buckets.count >= mostAddresses { buckets = [:] }
            }
            var bucket = refilled(buckets[address] ?? Bucket(tokens: capacity, at: now), now)
            let isAdmitted = bucket.tokens >= 1
            if isAdmitted { bucket.tokens -= 1 }
            buckets[address] = bucket
            return isAdmitted
        }
    }

    var count: Int { buckets.withLock { $0.count } }

    private func refilled(_ bucket: Bucket, _ now: Double) -> Bucket {
        let tokens = bucket.tokens + max(0, now - bucket.at) * perSecond
        return Bucket(tokens: min(capacity, tokens), at: now)
    }
}
