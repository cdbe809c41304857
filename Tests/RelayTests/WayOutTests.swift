import Audit
import Cryptography
import Foundation
import NIOPosix
import Policy
import Testing

@testable import Relay

/// How a provider is reached: authorities, proxies, the operator's lists.
@Suite(.serialized) struct WayOutTests {
    private static let established = "HTTP/1.1 200 Connection established\r\n\r\n"

    private static func through(
        _ proxy: FakeProxy,
        authorization: Secret? = nil,
        except exceptions: [String] = []
    ) -> OutboundProxy? {
        OutboundProxy(
            url: "http://127.0.0.1:\(proxy.port)",
            authorization: authorization,
            exceptions: exceptions.compactMap(EgressTarget.init)
        )
    }

    /// Runs a relay behind a proxy that leads to a provider of its own: the relay's own provider has a port only when
    /// the fixture runs.
    ///
    /// - Parameters:
    ///   - presented: The certificate of the provider behind the proxy.
    ///   - expected: The one that the relay trusts.
    private static func behindProxy(
        _ answer: String = established,
        presented: TestCertificate,
        expected: TestCertificate,
        authorization: Secret? = nil,
        except exceptions: [String] = [],
        settings: @escaping (inout RelaySettings) -> Void = { _ in },
        body: (RelayFixture, FakeProvider, FakeProxy) async throws -> Void
    ) async throws {
        let provider = try await FakeProvider.start(
            group: MultiThreadedEventLoopGroup.singleton,
            tls: try presented.serverContext()
        ) { _ in FakeProvider.answer(["Tunnel"]) }
        let proxy = try await FakeProxy.start(to: provider.port, answer: answer)
        let setup = Setup.tls(expected) {
            $0.proxy = through(proxy, authorization: authorization, except: exceptions)
            settings(&$0)
        }
        try await RelayFixture.run(setup) { relay in try await body(relay, provider, proxy) }
        await proxy.stop()
        await provider.stop()
    }

    // MARK: TLS

    @Test func aProviderIsReachedByTLSAndItsNameIsChecked() async throws {
        let right = try await TestCertificate(name: "localhost")
        try await RelayFixture.run(.tls(right)) { relay in
            let client = try await relay.client()
            for round in 1...2 {
                try await client.send(Requests.post())
                await client.until { $0.components(separatedBy: "0\r\n\r\n").count > round }
            }
            #expect(client.text.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
            #expect(relay.upstream.connections == 1)
        }
    }

    @Test func aProviderOfAnotherNameOrAnUnknownAuthorityIsNotTalkedTo() async throws {
        let other = try await TestCertificate(name: "elsewhere.example")
        let unknown = try await TestCertificate(name: "localhost")
        for certificate in [other, unknown] {
            try await RelayFixture.run(.tls(certificate, trusting: other)) { relay in
                let client = try await relay.client()
                try await client.send(Requests.post())
                let answer = try #require(RawAnswer(await client.answer()))
                #expect(answer.status == 502)
                #expect(answer.field("keyreeve-error") == "upstream_unreachable")
                #expect(relay.upstream.requests.isEmpty)
            }
        }
    }

    @Test func aTLSConnectionCutWithoutFarewellIsNotAnEnd() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        var setup = Setup.tls(certificate)
        setup.respond = { _ in
            [.send("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nhalf an ans"), .wait(milliseconds: 30), .reset]
        }
        try await RelayFixture.run(setup) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.untilEnd()))
            #expect(answer.content == "half an ans")
            #expect(!answer.isWhole)
        }
    }

    // MARK: Through a proxy

    @Test func aProviderIsReachedThroughTheOperatorsProxyWithTLSToItself() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        let arena = try SecretArena.make(lockPolicy: .warn)
        let authorization = try arena.store(Array("Basic dXNlcjpjYW5hcnk=".utf8))
        try await Self.behindProxy(presented: certificate, expected: certificate, authorization: authorization) {
            relay,
            provider,
            proxy in
            let client = try await relay.client()
            for round in 1...2 {
                try await client.send(Requests.post())
                await client.until { $0.components(separatedBy: "0\r\n\r\n").count > round }
            }
            #expect(client.text.components(separatedBy: "Tunnel").count == 3)
            #expect(provider.requests.count == 2 && provider.connections == 1)
            #expect(relay.upstream.connections == 0)
            let head = try #require(proxy.heads.first)
            #expect(proxy.heads.count == 1)
            #expect(head.hasPrefix("CONNECT localhost:\(relay.upstream.port) HTTP/1.1\r\n"))
            #expect(head.contains("proxy-authorization: Basic dXNlcjpjYW5hcnk="))
            #expect(!head.contains(RelayFixture.secret))
            #expect(!provider.requests.contains { $0.head.lowercased().contains("proxy-authorization") })
            #expect(!relay.records.joined().contains("dXNlcjpjYW5hcnk"))
        }
    }

    @Test func anExceptionIsReachedDirectly() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        try await Self.behindProxy(presented: certificate, expected: certificate, except: ["localhost"]) {
            relay,
            provider,
            proxy in
            let client = try await relay.client()
            try await client.send(Requests.post())
            #expect(RawAnswer(await client.answer())?.status == 200)
            #expect(proxy.heads.isEmpty && relay.upstream.requests.count == 1)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 502 Bad\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 302 Found\r\nlocation: http://x/\r\n\r\n", "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
    ])
    func aProxyThatOpensNoCleanTunnelGetsNoRequest(answer: String) async throws {
        let certificate = try await TestCertificate(name: "localhost")
        let impatient = { (settings: inout RelaySettings) in settings.connectTimeout = .seconds(2) }
        try await Self.behindProxy(answer, presented: certificate, expected: certificate, settings: impatient) {
            relay,
            provider,
            proxy in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let parsed = try #require(RawAnswer(await client.answer()))
            #expect(parsed.status == 502 || parsed.status == 504)
            #expect(parsed.field("keyreeve-error")?.hasPrefix("upstream_") == true)
            #expect(provider.requests.isEmpty && relay.upstream.connections == 0)
        }
    }

    @Test func aTunnelToAnotherProviderIsCaughtByItsCertificate() async throws {
        let right = try await TestCertificate(name: "localhost")
        let wrong = try await TestCertificate(name: "localhost")
        try await Self.behindProxy(presented: wrong, expected: right) { relay, provider, proxy in
            let client = try await relay.client()
            try await client.send(Requests.post())
            #expect(RawAnswer(await client.answer())?.status == 502)
            #expect(provider.requests.isEmpty)
        }
    }

    @Test func theOperatorsListsHoldThroughAProxyToo() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        let denying = { (settings: inout RelaySettings) in
            settings.egress.denied = ["localhost"].compactMap(EgressTarget.init)
        }
        try await Self.behindProxy(presented: certificate, expected: certificate, settings: denying) {
            relay,
            provider,
            proxy in
            let client = try await relay.client()
            try await client.send(Requests.post())
            #expect(RawAnswer(await client.answer())?.status == 502)
            #expect(proxy.heads.isEmpty)
            #expect(try #require(await relay.eventually(.relayOutcome).first).contains("egress"))
        }
    }

    @Test func aPrivateBundleAloneIsTrustedAndAnUnknownOneReachesNobody() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        try await RelayFixture.run(Setup(retries: 3, certificate: certificate)) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            #expect(RawAnswer(await client.answer())?.status == 502)
            #expect(relay.upstream.connections == 0)
            #expect(try #require(await relay.eventually(.relayOutcome).first).contains("CA bundle not registered"))
        }
        #expect(throws: UpstreamTLS.UnusableBundle.self) { try UpstreamTLS(bundles: ["x": "/nonexistent.pem"]) }
        #expect(throws: UpstreamTLS.UnusableBundle.self) { try UpstreamTLS(bundles: ["x": "/dev/null"]) }
    }

    @Test func aHandshakeThatNeverEndsIsGivenUp() async throws {
        // Speaks no TLS and says nothing.
        let certificate = try await TestCertificate(name: "localhost")
        let mute = try await FakeProxy.start(to: 1, answer: "")
        let setup = Setup.tls(certificate) {
            $0.connectTimeout = .milliseconds(300)
            $0.proxy = Self.through(mute)
        }
        try await RelayFixture.run(setup) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let answer = try #require(RawAnswer(await client.answer()))
            #expect(answer.status == 504)
            #expect(answer.field("keyreeve-error") == "upstream_timeout")
        }
        await mute.stop()
    }

    @Test func anOldConnectionIsNotUsedAgain() async throws {
        try await RelayFixture.run(Setup(settings: { $0.upstreamMaximumAge = .zero })) { relay in
            let client = try await relay.client()
            for round in 1...2 {
                try await client.send(Requests.post())
                await client.until { $0.components(separatedBy: "0\r\n\r\n").count > round }
            }
            #expect(relay.upstream.connections == 2)
        }
    }
}
