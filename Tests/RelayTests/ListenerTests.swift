import Audit
import Foundation
import Model
import NIOCore
import NIOSSL
import Testing

@testable import Relay

/// The way into the relay: TLS, proxies, and how many may come.
@Suite(.serialized) struct ListenerTests {
    private static let models = Requests.get("/active/echo/models", headers: "connection: close\r\n")

    /// The status of one whole request; 0 where the connection was not good for one.
    private func status(_ port: Int, _ tls: NIOSSLContext?, sending bytes: String = models) async throws -> Int {
        let client = try await RawClient.connect(port: port, tls: tls)
        try? await client.send(bytes)
        let answer = RawAnswer(await client.answer())
        await client.close()
        return answer?.status ?? 0
    }

    private func expect(
        _ status: Int,
        _ port: Int,
        _ tls: NIOSSLContext,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await self.status(port, tls)
        #expect(found == status, sourceLocation: sourceLocation)
    }

    // MARK: TLS

    @Test func http1IsSpokenToWhoeverAsksForIt() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        try await RelayFixture.run(Setup(settings: { $0.listenerTLS = certificate.listener })) { relay in
            try await expect(200, relay.port, try certificate.clientContext())
            try await expect(200, relay.port, try certificate.clientContext(protocols: ["http/1.1"]))
            let old = try certificate.clientContext(atMost: .tlsv11)
            #expect(try await status(relay.port, old) == 0)
            #expect(try await status(relay.port, nil) == 0)
            try await expect(0, relay.port, try await TestCertificate(name: "localhost").clientContext())
        }
    }

    @Test(arguments: [true, false])
    func aClientCertificateIsRequiredOrOptional(isRequired: Bool) async throws {
        let certificate = try await TestCertificate(name: "localhost")
        let ours = try await TestCertificate(name: "client")
        let foreign = try await TestCertificate(name: "client")
        var listener = certificate.listener
        listener.clientCAFile = ours.certificateFile
        listener.requiresClientCertificate = isRequired
        let tls = listener
        try await RelayFixture.run(Setup(settings: { $0.listenerTLS = tls })) { relay in
            try await expect(200, relay.port, try certificate.clientContext(showing: ours))
            try await expect(0, relay.port, try certificate.clientContext(showing: foreign))
            try await expect(isRequired ? 0 : 200, relay.port, try certificate.clientContext())
        }
    }

    @Test func aNewCertificateIsTakenUpAndABrokenOneIsNot() async throws {
        let current = try await TestCertificate(name: "localhost")
        let first = try current.clientContext()
        let next = try await TestCertificate(name: "localhost")
        let second = try next.clientContext()
        let setup = Setup(settings: {
            $0.listenerTLS = current.listener
            $0.certificateCheckInterval = .milliseconds(20)
        })
        try await RelayFixture.run(setup) { relay in
            try await withThrowingTaskGroup { group in
                group.addTask { try await relay.server.run() }
                #expect(try await status(relay.port, first) == 200)

                // A certificate without its key, as it stands there for a moment in every renewal.
                try current.replace(with: next, key: false)
                try await Task.sleep(for: .milliseconds(200))
                #expect(try await status(relay.port, first) == 200)
                #expect(try await status(relay.port, second) == 0)

                try current.replace(with: next)
                for _ in 0..<500 {
                    if try await status(relay.port, second) == 200 { break }
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(try await status(relay.port, second) == 200)
                #expect(try await status(relay.port, first) == 0)
                group.cancelAll()
            }
        }
    }

    @Test func aListenerDoesNotStartWithAKeyOfAnotherCertificate() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        try certificate.replace(with: try await TestCertificate(name: "localhost"), key: false)
        #expect(throws: (any Error).self) { try certificate.listener.check() }
    }

    @Test func aHandshakeThatDoesNotEndIsCutOff() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        let setup = Setup(settings: {
            $0.listenerTLS = certificate.listener
            $0.handshakeTimeout = .milliseconds(100)
        })
        try await RelayFixture.run(setup) { relay in
            let client = try await relay.client()
            try await client.send([0x16, 0x03, 0x01])
            _ = await client.untilEnd()
            #expect(client.isEnded)
            #expect(relay.server.strangers == 1)
        }
    }

    // MARK: Proxies

    private static func proxied(_ settings: inout RelaySettings) {
        settings.trustedProxies = [AddressBlock("127.0.0.0/8")].compactMap { $0 }
    }

    /// The address in the record of one request.
    private func recorded(_ relay: RelayFixture, headers: String, before: [UInt8] = []) async throws -> String {
        let count = relay.records(.relayIntent).count
        let client = try await relay.client()
        try await client.send(before + Array(Requests.post(headers: headers).utf8))
        await client.answer()
        let record = await relay.eventually(.relayIntent, count: count + 1).last ?? ""
        await client.close()
        return record.firstMatch(of: #/"client_address":"([^"]*)"/#).map { String($0.output.1) } ?? "none"
    }

    @Test(arguments: [
        ("x-forwarded-for: 203.0.113.7\r\n", "203.0.113.7"),
        ("x-forwarded-for: 198.51.100.1, 203.0.113.7, 127.0.0.2\r\n", "203.0.113.7"),
        ("x-forwarded-for: 198.51.100.1\r\nx-forwarded-for: 203.0.113.7\r\n", "203.0.113.7"),
        ("x-forwarded-for: 203.0.113.7, nonsense\r\n", "127.0.0.1"),
        ("forwarded: for=198.51.100.1, For=\"[2001:db8::1]:443\";proto=https\r\n", "2001:db8::1"),
        ("forwarded: for=198.51.100.1, for=_hidden\r\n", "127.0.0.1"),
        ("forwarded: for=198.51.100.1\r\nx-forwarded-for: 203.0.113.7\r\n", "127.0.0.1"),
        ("", "127.0.0.1"),
    ])
    func theRightMostStrangerOfATrustedProxyIsTheClient(headers: String, address: String) async throws {
        try await RelayFixture.run(Setup(settings: Self.proxied)) { relay in
            #expect(try await recorded(relay, headers: headers) == address)
            let request = try #require(relay.upstream.requests.first)
            #expect(!request.head.contains("forwarded"))
        }
    }

    @Test func nobodyElseIsBelieved() async throws {
        let trusted = [AddressBlock("10.0.0.0/8")].compactMap { $0 }
        try await RelayFixture.run(
            Setup(settings: {
                $0.trustedProxies = trusted
                $0.requiresProxyHeader = true
            })
        ) { relay in
            let headers = "x-forwarded-for: 203.0.113.7\r\nforwarded: for=203.0.113.7\r\n"
            #expect(try await recorded(relay, headers: headers) == "127.0.0.1")
            let client = try await relay.client()
            try await client.send(Self.header(address: [203, 0, 113, 7]) + Array(Requests.post().utf8))
            #expect(RawAnswer(await client.answer())?.status == 400)
        }
    }

    private static let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]

    private static func header(
        command: UInt8 = 0x21,
        family: UInt8 = 0x11,
        address: [UInt8],
        more: [UInt8] = []
    ) -> [UInt8] {
        let block = address + address + [0x12, 0x34, 0x01, 0xbb] + more
        return signature + [command, family, UInt8(block.count >> 8), UInt8(block.count & 0xff)] + block
    }

    @Test func aTrustedProxyMustSayWhoseConnectionItIs() async throws {
        try await RelayFixture.run(
            Setup(settings: {
                Self.proxied(&$0)
                $0.requiresProxyHeader = true
                $0.handshakeTimeout = .milliseconds(300)
            })
        ) { relay in
            let client = Self.header(address: [203, 0, 113, 7], more: [0x04, 0x00, 0x01, 0x00])
            #expect(try await recorded(relay, headers: "", before: client) == "203.0.113.7")
            // Behind a PROXY header stands a client, and its headers are nobody's.
            #expect(try await recorded(relay, headers: "x-forwarded-for: 9.9.9.9\r\n", before: client) == "203.0.113.7")
            let six: [UInt8] = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
            #expect(
                try await recorded(relay, headers: "", before: Self.header(family: 0x21, address: six)) == "2001:db8::1"
            )
            let local = Self.signature + [0x20, 0x00, 0x00, 0x00]
            #expect(try await recorded(relay, headers: "", before: local) == "127.0.0.1")

            let bad: [[UInt8]] = [
                Array(Self.models.utf8), Array("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n".utf8),
                Self.header(command: 0x11, address: [1, 2, 3, 4]),
                Self.header(family: 0x12, address: [1, 2, 3, 4]),
                Self.signature + [0x21, 0x11, 0x00, 0x04, 1, 2, 3, 4],
                Self.signature + [0x21, 0x11, 0xff, 0xff], Array(Self.signature.prefix(5)), [],
            ]
            for bytes in bad {
                let count = relay.server.strangers
                let client = try await relay.client()
                try await client.send(bytes)
                #expect(await client.untilEnd().isEmpty)
                #expect(client.isEnded, "\(bytes)")
                #expect(relay.server.strangers == count + 1)
            }
        }
    }

    @Test func aProxyHeaderComesBeforeTLSAndMayComeInPieces() async throws {
        let certificate = try await TestCertificate(name: "localhost")
        try await RelayFixture.run(
            Setup(settings: {
                Self.proxied(&$0)
                $0.requiresProxyHeader = true
                $0.listenerTLS = certificate.listener
            })
        ) { relay in
            let client = try await relay.client()
            for byte in Self.header(address: [203, 0, 113, 7]) { try await client.send([byte]) }
            try await client.startTLS(try certificate.clientContext())
            try await client.send(Requests.post())
            #expect(RawAnswer(await client.answer())?.status == 200)
            let record = await relay.eventually(.relayIntent).first ?? ""
            #expect(record.contains("\"client_address\":\"203.0.113.7\""))
            await client.close()
            // TLS at once is no PROXY header.
            try await expect(0, relay.port, try certificate.clientContext())
        }
    }

    @Test func everyPrefixOfAProxyHeaderWaits() throws {
        let whole = Self.header(address: [203, 0, 113, 7])
        for count in 0..<whole.count {
            var buffer = ByteBuffer(bytes: whole.prefix(count))
            let header = try ProxyHeader.read(&buffer)
            #expect(header == nil)
            #expect(buffer.readableBytes == count)
        }
        var buffer = ByteBuffer(bytes: whole + [7])
        let header = try ProxyHeader.read(&buffer)
        #expect(header == .client(NetworkAddress("203.0.113.7")))
        #expect(buffer.readableBytes == 1)
    }

    // MARK: Room

    @Test func oneAddressHasOnlyItsShare() async throws {
        let setup = Setup(settings: { $0.maximumConnectionsPerAddress = 2 })
        try await RelayFixture.run(setup) { relay in
            let first = try await relay.client()
            let second = try await relay.client()
            for client in [first, second] {
                try await client.send(Requests.get("/active/echo/models"))
                #expect(RawAnswer(await client.answer())?.status == 200)
            }
            let third = try await relay.client()
            #expect(await third.untilEnd().isEmpty)
            #expect(third.isEnded && relay.server.strangers == 1)
            await first.close()
            for _ in 0..<1_000 where relay.server.openConnections > 1 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(try await status(relay.port, nil) == 200)
        }
    }

    @Test func aTrustedProxyHasNoShare() async throws {
        try await RelayFixture.run(
            Setup(settings: {
                Self.proxied(&$0)
                $0.maximumConnectionsPerAddress = 1
            })
        ) { relay in
            let kept = try await relay.client()
            try await kept.send(Requests.get("/active/echo/models"))
            await kept.answer()
            #expect(try await status(relay.port, nil) == 200)
            await kept.close()
        }
    }

    @Test func aBodyThatDripsIsCutOff() async throws {
        let setup = Setup(settings: {
            $0.bodyIdleTimeout = .seconds(1)
            $0.minimumBodyRate = 1_000
        })
        try await RelayFixture.run(setup) { relay in
            let client = try await relay.client()
            try await client.send(Requests.post(headers: "").bytes(to: 150))
            for _ in 0..<100 where client.text.isEmpty {
                client.push(" ")
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(RawAnswer(await client.answer())?.field("keyreeve-error") == "request_timeout")
        }
    }

    @Test func aBodysPaceIsBoundInThreeWays() {
        var settings = RelaySettings()
        settings.bodyIdleTimeout = .seconds(10)
        settings.bodyTimeout = .seconds(60)
        settings.minimumBodyRate = 100
        let start = NIODeadline.now()
        var pace = BodyPace(settings, now: start)
        #expect(pace.deadline(now: start) == start + .seconds(10))
        #expect(pace.deadline(now: start + .seconds(5)) == start + .seconds(10), "nothing earned")
        pace.took(2_000)
        #expect(pace.deadline(now: start + .seconds(5)) == start + .seconds(15), "no longer pause")
        #expect(pace.deadline(now: start + .seconds(25)) == start + .seconds(30), "the rate")
        pace.took(1_000_000)
        #expect(pace.deadline(now: start + .seconds(55)) == start + .seconds(60), "the whole")
    }

    // MARK: Addresses

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
        ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
        ("64:ff9b::1.2.3.4", "64:ff9b::102:304"),
    ])
    func anAddressHasOneForm(written: String, form: String) {
        #expect(NetworkAddress(written)?.description == form)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "+1.2.3.4", "1.2.3.4 ", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1:::2", "1::2::3", ":1:2:3:4:5:6:7:8", "12345::", "g::", "::+1", "[::1]", "fe80::1%eth0", "1.2.3.4::",
        "1:2:3:4:5:6:7::8", "::1.2.3", String(repeating: "1:", count: 1_000),
    ])
    func whatIsNoAddressIsNone(text: String) {
        #expect(NetworkAddress(text) == nil)
        #expect(AddressBlock(text) == nil)
    }

    @Test func aBlockHoldsItsAddresses() throws {
        for (block, address, isInside) in [
            ("10.32.0.0/11", "10.63.255.255", true), ("10.32.0.0/11", "10.64.0.0", false),
            ("10.32.0.0/11", "::", false),
            ("0.0.0.0/0", "255.255.255.255", true), ("::/0", "2001:db8::1", true), ("::/0", "1.2.3.4", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
        ] {
            let found = try #require(AddressBlock(block))
            let candidate = try #require(NetworkAddress(address))
            #expect(found.contains(candidate) == isInside, "\(address) in \(block)")
        }
        for text in ["10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "::1/64", "/8"] {
            #expect(AddressBlock(text) == nil, "\(text)")
        }
        let home = try #require(NetworkAddress("2001:db8:0:1::7"))
        #expect(home.neighborhood == NetworkAddress("2001:db8:0:1:ffff::")?.neighborhood)
        #expect(home.neighborhood != NetworkAddress("2001:db8:0:2::7")?.neighborhood)
    }
}
