import Audit
import Cryptography
import Foundation
import NIOPosix
import Policy
import Testing

@testable import Relay

/// How a provider is reached: authorities, proxies, the operator's lists.
@Suite(.serialized) struct WayOutTests {
    private static func through(
        _ proxy: FakeProxy,
        _ settings: inout RelaySettings,
        authorization: Secret? = nil,
        except exceptions: [String] = []
    ) {
        settings.proxy = OutboundProxy(
            url: "http://127.0.0.1:\(proxy.port)",
            authorization: authorization,
            exceptions: exceptions.compactMap(EgressTarget.init)
        )
    }

    /// The provider's port is known only when the fixture runs, so the proxy gets it from a first, idle provider.
    private static func pair(
        _ answer: String = "HTTP/1.1 200 Connection established\r\n\r\n",
        tls: TestCertificate
    ) async throws -> (provider: FakeProvider, proxy: FakeProxy) {
        let provider = try await FakeProvider.start(
            group: MultiThreadedEventLoopGroup.singleton,
            tls: try tls.serverContext()
        ) { _ in FakeProvider.answer(["Tunnel"]) }
        return (provider, try await FakeProxy.start(to: provider.port, answer: answer))
    }

    @Test func aProviderIsReachedThroughTheOperatorsProxyWithTLSToItself() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        let (provider, proxy) = try await Self.pair(tls: certificate)
        let arena = try SecretArena.make(lockPolicy: .warn)
        let authorization = try arena.store(Array("Basic dXNlcjpjYW5hcnk=".utf8))
        try await RelayFixture.run(
            Setup(
                settings: {
                    $0.certificateBundles = ["test": certificate.certificateFile]
                    Self.through(proxy, &$0, authorization: authorization)
                },
                certificate: certificate
            )
        ) { relay in
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
        await proxy.stop()
        await provider.stop()
    }

    @Test func anExceptionIsReachedDirectly() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        let (provider, proxy) = try await Self.pair(tls: certificate)
        try await RelayFixture.run(
            Setup(
                settings: {
                    $0.certificateBundles = ["test": certificate.certificateFile]
                    Self.through(proxy, &$0, except: ["localhost"])
                },
                certificate: certificate
            )
        ) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            #expect(RawAnswer(await client.answer())?.status == 200)
            #expect(proxy.heads.isEmpty && relay.upstream.requests.count == 1)
        }
        await proxy.stop()
        await provider.stop()
    }

    @Test(arguments: [
        "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 502 Bad\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 302 Found\r\nlocation: http://x/\r\n\r\n", "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi",
    ])
    func aProxyThatOpensNoCleanTunnelGetsNoRequest(answer: String) async throws {
        let certificate = try await TestCertificate(name: "localhost")
        let (provider, proxy) = try await Self.pair(answer, tls: certificate)
        try await RelayFixture.run(
            Setup(
                settings: {
                    $0.certificateBundles = ["test": certificate.certificateFile]
                    $0.connectTimeout = .seconds(2)
                    Self.through(proxy, &$0)
                },
                certificate: certificate
            )
        ) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            let parsed = try #require(RawAnswer(await client.answer()))
            #expect(parsed.status == 502 || parsed.status == 504)
            #expect(parsed.field("keyreeve-error")?.hasPrefix("upstream_") == true)
            #expect(provider.requests.isEmpty && relay.upstream.connections == 0)
        }
        await proxy.stop()
        await provider.stop()
    }

    @Test func aTunnelToAnotherProviderIsCaughtByItsCertificate() async throws {
        let right = try await TestCertificate(name: "localhost")
        let wrong = try await TestCertificate(name: "localhost")
        let (provider, proxy) = try await Self.pair(tls: wrong)
        try await RelayFixture.run(
            Setup(
                settings: {
                    $0.certificateBundles = ["test": right.certificateFile]
                    Self.through(proxy, &$0)
                },
                certificate: right
            )
        ) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            #expect(RawAnswer(await client.answer())?.status == 502)
            #expect(provider.requests.isEmpty)
        }
        await proxy.stop()
        await provider.stop()
    }

    @Test func theOperatorsListsHoldThroughAProxyToo() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        let (provider, proxy) = try await Self.pair(tls: certificate)
        try await RelayFixture.run(
            Setup(
                settings: {
                    $0.certificateBundles = ["test": certificate.certificateFile]
                    $0.egress.denied = ["localhost"].compactMap(EgressTarget.init)
                    Self.through(proxy, &$0)
                },
                certificate: certificate
            )
        ) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post())
            #expect(RawAnswer(await client.answer())?.status == 502)
            #expect(proxy.heads.isEmpty)
            #expect(try #require(await relay.eventually(.relayOutcome).first).contains("egress"))
        }
        await proxy.stop()
        await provider.stop()
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
        try await RelayFixture.run(
            Setup(
                settings: {
                    $0.certificateBundles = ["test": certificate.certificateFile]
                    $0.connectTimeout = .milliseconds(300)
                    Self.through(mute, &$0)
                },
                certificate: certificate
            )
        ) { relay in
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
