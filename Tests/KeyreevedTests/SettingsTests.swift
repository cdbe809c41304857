import Foundation
import Policy
import PolicyDocuments
import Relay
import Testing

@testable import keyreeved

@Suite struct SettingsTests {
    private static let example = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("deploy/keyreeved.toml")

    private func load(_ text: String, environment: [String: String] = [:]) throws -> Settings {
        let path = FileManager.default.temporaryDirectory.path + "/krv-settings-\(UUID().uuidString).toml"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try SettingsLoader.load(flags: [:], environment: environment, file: path)
    }

    private func problems(_ text: String) -> [String] {
        do {
            _ = try load(text)
            return []
        } catch let error as SettingsError {
            return error.problems
        } catch {
            return ["not a SettingsError: \(error)"]
        }
    }

    @Test func theExampleLoadsAndSaysTheDefaults() throws {
        let example = try SettingsLoader.load(flags: [:], environment: [:], file: Self.example.path)
        let defaults = try SettingsLoader.load(flags: [:], environment: [:], file: nil)
        #expect("\(example)" == "\(defaults)")
    }

    @Test func theExampleHasEverySettingAndNoOther() throws {
        let text = try String(contentsOf: Self.example, encoding: .utf8)
        // `#name = …` is a setting without a default, `# text` an explanation.
        let whole = text.replacing(#/(?m)^#(?=[a-z_]+ = )/#, with: "")
        _ = try load(whole)
        let names = try PlainTOML(whole, name: "example").entries.map { $0.path.joined(separator: ".") }
        #expect(names.sorted() == SettingName.allCases.map(\.rawValue).sorted())
    }

    @Test func everySettingOfTheExampleIsExplained() throws {
        let lines = try String(contentsOf: Self.example, encoding: .utf8).split(separator: "\n")
        for (line, before) in zip(lines.dropFirst(), lines) where line.hasPrefix("#") && !line.hasPrefix("# ") {
            guard line != "#" else { continue }
            #expect(before.hasPrefix("# "), "\(line)")
        }
    }

    @Test(arguments: [
        "[control", "[control]\nport = ", "[control]\nport = 7400 x = 1", "[control]\nhost = \"", "\u{0}",
        "[control]\nhost = \"\"\"", "[[control]", "a = {", "[control]\nport = 0x", "= 1", "[control]\n\"\\q\" = 1",
        "[control]\nport = [1", "[data]\ndirectory = '''x", String(repeating: "a = [", count: 10_000),
    ])
    func malformedTextIsRefusedWithItsLine(_ text: String) throws {
        let problem = try #require(problems(text).first)
        #expect(problem.contains(#/\.toml:[0-9]+: /#), "\(problem)")
    }

    @Test func everyPrefixAndEveryChangedByteOfTheExampleIsSurvived() throws {
        let bytes = Array(try String(contentsOf: Self.example, encoding: .utf8).utf8)
        for index in stride(from: 0, to: bytes.count, by: 7) {
            _ = try? PlainTOML(String(decoding: bytes[..<index], as: UTF8.self), name: "example")
            for byte in "\"'[]{}=.\n\0".utf8 {
                var changed = bytes
                changed[index] = byte
                _ = try? PlainTOML(String(decoding: changed, as: UTF8.self), name: "example")
            }
        }
    }

    @Test func everyMistakeIsToldAtOnceWithItsLine() {
        let found = problems(
            """
            level = "info"
            [control]
            prot = 7400
            port = 70000
            tls_ends_in_front = "perhaps"
            [relay]
            host = ["127.0.0.1"]
            [data.root]
            key = "file"
            """
        )
        #expect(found.count == 6)
        for (place, word) in [
            (":1:", "stands alone"), (":3:", "control.port"), (":4:", "0 to 65535"), (":5:", "true or false"),
            (":7:", "a text"), (":9:", "not a setting"),
        ] {
            #expect(found.contains { $0.contains(place) && $0.contains(word) }, "\(place) \(word): \(found)")
        }
    }

    @Test func theRootKeyIsInAFileUnlessTheSettingsSayKeyring() throws {
        #expect(try load("").rootKeyPlace == .file)
        #expect(try load("[data]\nroot_key = \"keyring\"").rootKeyPlace == .keyring)
        #expect(problems("[data]\nroot_key = \"cloud\"").first?.contains("\"file\" or \"keyring\"") == true)
    }

    // MARK: The relay's listener

    @Test func theListenerIsReadFromItsSection() throws {
        let settings = try load(
            """
            [relay]
            host = "0.0.0.0"
            trusted_proxies = ["10.0.0.0/8", "2001:db8::1"]
            proxy_protocol = true
            connections = 100
            body_timeout = 60
            [relay.tls]
            certificate = "/c.pem"
            key = "/k.pem"
            client_ca = "/a.pem"
            """
        )
        let entrance = settings.relayEntrance
        #expect(entrance.tls?.certificateFile == "/c.pem" && entrance.tls?.requiresClientCertificate == true)
        #expect(entrance.trustedProxies.count == 2 && entrance.requiresProxyHeader)
        #expect(entrance.connections == 100 && entrance.connectionsPerAddress == 1_000)
        #expect(entrance.bodyTimeout == .seconds(60))
        #expect(settings.relayURL == "https://0.0.0.0:7401")
        let variable = try load("", environment: ["KEYREEVE_RELAY__TRUSTED_PROXIES": "10.0.0.1, 10.0.0.2"])
        #expect(variable.relayEntrance.trustedProxies.count == 2)
    }

    @Test func aProxyThatIsNotNamedSharesNoBound() throws {
        let open = "[relay]\nhost = \"0.0.0.0\"\ntls_ends_in_front = true\n"
        #expect(try load(open).relayEntrance.connectionsPerAddress == nil)
        #expect(try load(open + "trusted_proxies = [\"10.0.0.1\"]").relayEntrance.connectionsPerAddress == 1_000)
        #expect(try load(open + "connections_per_address = 7").relayEntrance.connectionsPerAddress == 7)
    }

    @Test(arguments: [
        ("[relay]\nhost = \"0.0.0.0\"", "there is no TLS"),
        ("[relay.tls]\ncertificate = \"/c\"", "both certificate and key"),
        ("[relay.tls]\nclient_ca = \"/c\"", "both certificate and key"),
        ("[relay.tls]\ncertificate = \"/c\"\nkey = \"/k\"\nclient_certificates = \"optional\"", "client_ca"),
        ("[relay.tls]\nclient_ca = \"/c\"\nclient_certificates = \"maybe\"", "\"required\" or \"optional\""),
        ("[relay]\ntrusted_proxies = [\"10.0.0.1/8\"]", "'10.0.0.1/8'"),
        ("[relay]\ntrusted_proxies = [1]", "a list of texts"),
        ("[relay]\nproxy_protocol = true", "trusted_proxies"), ("[relay]\nconnections = 0", "1 to 1000000"),
    ])
    func aListenerThatCannotBeMeantIsRefused(text: String, word: String) {
        let found = problems(text)
        #expect(found.contains { $0.contains(word) }, "\(found)")
    }

    @Test func connectionsFitTheLimitOfOpenFiles() {
        #expect(OpenFiles.connections(within: 1_024) == 384)
        #expect(OpenFiles.connections(within: 0) == 1)
        #expect(OpenFiles.raise() > 0)
    }

    // MARK: The way out

    @Test func theWayOutIsReadAndEveryMistakeInItIsTold() throws {
        let egress = try load(
            """
            [egress]
            allow = ["api.example.com", "*.internal.example.com:8443", "10.2.0.0/16"]
            private_networks = ["10.2.0.0/16"]
            environment_headers = ["TEAM", "ABSENT"]
            ca_bundles = ["internal=/etc/keyreeve/internal.pem"]
            """,
            environment: ["TEAM": "tools", "OTHER": "x"]
        ).egress
        #expect(egress.rules.allowed.count == 3 && egress.rules.openedNetworks.count == 1)
        #expect(egress.rules.environmentNames == ["TEAM", "ABSENT"])
        #expect(egress.environment == ["TEAM": "tools"])
        #expect(egress.certificateBundles == ["internal": "/etc/keyreeve/internal.pem"])
        let listed = try load("", environment: ["KEYREEVE_EGRESS__DENY": "a.example, 1.2.3.0/24"]).egress
        #expect(listed.rules.denied.count == 2)
    }

    @Test(arguments: [
        "allow = [\"http://x\"]", "deny = [\"0x7f.1\"]", "private_networks = [\"169.254.0.0/16\"]",
        "private_networks = [\"127.0.0.0/8\"]", "private_networks = [\"0.0.0.0/0\"]", "private_networks = [\"::/0\"]",
        "environment_headers = [\"PGPASSWORD\"]", "environment_headers = [\"AWS_SECRET_ACCESS_KEY\"]",
        "environment_headers = [\"KEYREEVE_DATABASE__PASSWORD\"]", "ca_bundles = [\"internal\"]",
        "ca_bundles = [\"internal=relative.pem\"]", "allow = [1]", "allow = [\"\", \"a.example\"]",
        "proxy = \"https://proxy:1\"", "proxy = \"http://u:p@proxy:1\"", "no_proxy = [\"a.example\"]",
        "proxy = \"http://proxy:1\"\nproxy_user = \"u\"", "proxy_password = \"p\"",
    ])
    func aWayOutThatTheOperatorCannotMeanIsRefused(_ line: String) {
        let found = problems("[egress]\n\(line)\n")
        #expect(found.contains { $0.contains("egress.") }, "\(found)")
    }
}
