import Audit
import Model
import NIOCore
import Testing

@testable import Relay

@Suite struct EgressTests {
    @Test(arguments: [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "169.254.169.254", "169.254.170.2", "172.16.0.1",
        "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
        "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "168.63.129.16", "::", "fc00::1",
        "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fec0::1", "ff02::1", "100::1", "2001:db8::1", "2001::1",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "64:ff9b:1::1",
        "2002:a00:1::1", "2002:7f00:1::1", "::7f00:1", "::10.0.0.1",
    ])
    func anAddressInsideIsRefused(text: String) throws {
        let address = try SocketAddress(ipAddress: text, port: 443)
        #expect(EgressAddress(address)?.verdict == .refused)
        #expect(EgressRules(allowsLoopback: true).vet([address]) == nil)
    }

    @Test(arguments: [
        "1.1.1.1", "104.18.6.192", "172.15.0.1", "172.32.0.1", "198.20.0.1", "2606:4700::1", "::ffff:1.1.1.1",
    ])
    func anAddressOutsideIsAllowed(text: String) throws {
        let address = try SocketAddress(ipAddress: text, port: 443)
        #expect(EgressRules(allowsLoopback: false).vet([address]) != nil)
    }

    @Test func loopbackIsForDevelopmentOnly() throws {
        for text in ["127.0.0.1", "127.9.9.9", "::1"] {
            let address = try SocketAddress(ipAddress: text, port: 80)
            #expect(EgressRules(allowsLoopback: true).vet([address]) != nil)
            #expect(EgressRules(allowsLoopback: false).vet([address]) == nil)
        }
    }

    @Test func oneBadAddressSpoilsTheName() throws {
        let good = try SocketAddress(ipAddress: "1.1.1.1", port: 443)
        let bad = try SocketAddress(ipAddress: "10.0.0.1", port: 443)
        #expect(EgressRules(allowsLoopback: false).vet([good, bad]) == nil)
        #expect(EgressRules(allowsLoopback: false).vet([]) == nil)
    }
}

@Suite struct RetryPlanTests {
    @Test func retriesBackOffAndEnd() {
        var plan = RetryPlan(retries: 3)
        #expect(plan.delay(after: .connect, jitter: 0.5) == .milliseconds(200))
        #expect(plan.delay(after: .status(retryAfter: nil), jitter: 0) == .milliseconds(360))
        #expect(plan.delay(after: .status(retryAfter: 3), jitter: 0) == .seconds(3))
        #expect(plan.delay(after: .connect, jitter: 0) == nil)
    }

    @Test func aLongRetryAfterIsTheClientsToWaitFor() {
        var plan = RetryPlan(retries: 3)
        #expect(plan.delay(after: .status(retryAfter: 11), jitter: 0) == nil)
        #expect(plan.delay(after: .status(retryAfter: .max), jitter: 0) == nil)
        #expect(plan.delay(after: .status(retryAfter: -5), jitter: 0) == .seconds(0))
    }

    @Test func aStaleConnectionAndARefusedCredentialAreRetriedOnceWhateverTheBudget() {
        var plan = RetryPlan(retries: 0)
        #expect(plan.delay(after: .stale, jitter: 0) == .zero)
        #expect(plan.delay(after: .stale, jitter: 0) == nil)
        #expect(plan.delay(after: .refusedCredential, jitter: 0) == .zero)
        #expect(plan.delay(after: .refusedCredential, jitter: 0) == nil)
        #expect(plan.delay(after: .connect, jitter: 0) == nil)
    }

    @Test func absurdBudgetsAreBounded() {
        var plan = RetryPlan(retries: .max)
        var count = 0
        while plan.delay(after: .connect, jitter: 2) != nil { count += 1 }
        #expect(count == RetryPlan.maximumRetries)
        var none = RetryPlan(retries: -1)
        #expect(none.delay(after: .connect, jitter: 0) == nil)
    }
}

@Suite struct BufferTests {
    @Test func wipingReachesTheMemoryThatOthersStillSee() {
        var head = WipedBuffer(capacity: 64)
        head.append(Array("authorization: Bearer secret".utf8).span)
        let shared = head.buffer
        #expect(String(buffer: shared).contains("secret"))
        head.wipe()
        #expect(shared.readableBytesView.allSatisfy { $0 == 0 })
    }

    @Test func aDribbledBodyIsHeldInFewPieces() {
        var body = HeldBody()
        for _ in 0..<10_000 { body.append(ByteBuffer(string: "a")) }
        #expect(body.count == 10_000)
        #expect(body.pieces.count <= 2)
        body.append(ByteBuffer(repeating: 1, count: 5_000))
        body.append(ByteBuffer(string: "b"))
        #expect(body.pieces.reduce(0) { $0 + $1.readableBytes } == 15_001)
        #expect(body.pieces.count <= 4)
    }

    @Test func aByteBudgetIsNeverOverdrawn() {
        let budget = ByteBudget(limit: 10)
        #expect(budget.take(6))
        #expect(!budget.take(5))
        #expect(budget.take(4))
        budget.giveBack(10)
        #expect(budget.inUse == 0)
    }

    @Test func strangersAreSummedUp() throws {
        let tally = StrangerTally()
        #expect(tally.summarize() == nil)
        for _ in 0..<3 { tally.count(.invalidToken, from: "10.0.0.1") }
        for index in 0..<2_000 { tally.count(.signInRequired, from: "10.1.0.\(index)") }
        #expect(tally.total == 2_003)
        let summary = try #require(tally.summarize())
        #expect(summary.organization == nil)
        #expect(summary.fields["count"] == .integer(2_003))
        #expect(tally.total == 0)
    }
}
