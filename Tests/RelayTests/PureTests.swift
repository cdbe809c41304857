import Audit
import Model
import NIOCore
import Policy
import Testing

@testable import Relay

@Suite struct ResolvedAddressTests {
    /// What the resolver gives is judged byte for byte as the same address in writing.
    @Test(arguments: ["1.2.3.4", "10.0.0.1", "::1", "fd00:ec2::254", "::ffff:127.0.0.1", "2606:4700::1111"])
    func anAddressOfTheSystemIsReadInFull(text: String) throws {
        #expect(EgressAddress(try SocketAddress(ipAddress: text, port: 443)) == EgressAddress(literal: text))
    }

    @Test func aSocketInTheFileSystemIsNoAddress() throws {
        #expect(EgressAddress(try SocketAddress(unixDomainSocketPath: "/tmp/x")) == nil)
    }

    @Test(arguments: [
        "https://proxy:3128", "http://proxy:3128/path", "http://user:pass@proxy:3128", "proxy:3128", "http://0x7f.1:1",
    ])
    func aProxyOfAnotherFormIsRefused(url: String) {
        #expect(OutboundProxy(url: url, authorization: nil, exceptions: []) == nil)
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
