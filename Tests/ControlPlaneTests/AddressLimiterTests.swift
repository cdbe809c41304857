import Testing

@testable import ControlPlane

@Suite struct AddressLimiterTests {
    @Test func aBucketRefillsWithTimeAndNoFurtherThanFull() {
        let limiter = AddressLimiter(capacity: 2, perSecond: 1, mostAddresses: 10)
        #expect(limiter.admits("a", now: 0) && limiter.admits("a", now: 0))
        #expect(!limiter.admits("a", now: 0.5))
        #expect(limiter.admits("b", now: 0.5))
        #expect(limiter.admits("a", now: 1))
        #expect(limiter.admits("a", now: 1000) && limiter.admits("a", now: 1000))
        #expect(!limiter.admits("a", now: 1000))
        // A clock that steps back gives nothing and takes nothing.
        #expect(!limiter.admits("a", now: 0))
    }

    @Test func manyAddressesDoNotGrowItWithoutBound() {
        let limiter = AddressLimiter(capacity: 1, perSecond: 0.001, mostAddresses: 100)
        for number in 0..<10_000 { _ = limiter.admits("\(number)", now: 0) }
        #expect(limiter.count <= 100)
    }
}
