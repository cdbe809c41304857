import Policy
import Testing

@Suite struct EgressTests {
    private static func address(_ text: String) throws -> EgressAddress {
        try #require(EgressAddress(literal: text), "\(text) is no address")
    }

    /// The whole list of what a provider never is, first and last address of each range, and every disguise.
    @Test(arguments: [
        "0.0.0.0", "0.255.255.255", "169.254.0.0", "169.254.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.0",
        "192.0.2.255", "192.88.99.0", "192.88.99.255", "198.18.0.0", "198.19.255.255", "198.51.100.0",
        "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0",
        "255.255.255.255",
        // Metadata.
        "169.254.169.254", "169.254.170.2", "169.254.170.23", "168.63.129.16", "100.100.100.200", "192.0.0.192",
        "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
        "::", "fe80::", "febf:ffff::1", "fe80::a9fe:a9fe", "fec0::1", "feff::1", "ff00::", "ff02::1", "100::",
        "100::ffff:ffff:ffff:ffff", "2001:db8::1", "2001:db8:ffff::1", "2001::1", "2001:0:4136:e378::1", "2001:20::1",
        "3fff::1", "5f00::1",
        // Mapped, compatible, NAT64, local NAT64, 6to4, Teredo.
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::ffff:0:0",
        "::10.0.0.1", "::7f00:1", "::ffff:0:127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1",
        "64:ff9b:1::1", "64:ff9b:1:a9fe:a9:fe00::", "2002:a00:1::1", "2002:7f00:1::1", "2002:a9fe:a9fe::",
        "2002:a83f:8110::", "2001:0:7f00:1::",
    ])
    func whatIsNeverAProviderCannotBeOpened(text: String) throws {
        let address = try Self.address(text)
        #expect(address.place == .never)
        #expect(!EgressRules.development.permits(host: "x.example", port: 443, addresses: [address]))
        var rules = EgressRules.development
        rules.allowed = try ["x.example", text].map { try #require(EgressTarget($0)) }
        rules.openedNetworks += try ["0.0.0.0/0", "::/0"].map { try #require(AddressRange($0)) }
        #expect(!rules.permits(host: "x.example", port: 443, addresses: [address]))
    }

    @Test(arguments: [
        "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
        "192.168.255.255", "fc00::1", "fdff:ffff::1",
    ])
    func aPrivateNetworkIsReachedOnlyWhereTheOperatorOpenedIt(text: String) throws {
        let address = try Self.address(text)
        #expect(address.place == .privateNetwork)
        #expect(!EgressRules.strict.permits(host: "x.example", port: 443, addresses: [address]))
        var rules = EgressRules.strict
        rules.openedNetworks = [try #require(AddressRange(text))]
        #expect(rules.permits(host: "x.example", port: 443, addresses: [address]))
        rules.openedNetworks = [try #require(AddressRange("10.99.0.0/16"))]
        #expect(!rules.permits(host: "x.example", port: 443, addresses: [address]))
    }

    @Test(arguments: [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15", "2606:4700::1", "2001:4860::1",
        "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1",
    ])
    func theNeighboursOfThoseRangesAreAllowed(text: String) throws {
        #expect(EgressRules.strict.permits(host: "x.example", port: 443, addresses: [try Self.address(text)]))
    }

    @Test(arguments: ["127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"])
    func loopbackIsForDevelopmentOnly(text: String) throws {
        let address = try Self.address(text)
        #expect(EgressRules.development.permits(host: "x", port: 80, addresses: [address]))
        #expect(!EgressRules.strict.permits(host: "x", port: 80, addresses: [address]))
    }

    @Test func oneBadAddressSpoilsTheName() throws {
        let good = try Self.address("1.1.1.1")
        #expect(!EgressRules.strict.permits(host: "x", port: 443, addresses: [good, try Self.address("10.0.0.1")]))
        #expect(!EgressRules.strict.permits(host: "x", port: 443, addresses: []))
    }

    @Test(arguments: [
        "", ".", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4 ", "0x1.2.3.4", "1.2.3.256", "+1.2.3.4", ":", ":::",
        "1::2::3",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "::1%eth0", "::1%25eth0", "[::1]", "::1.2.3",
        "1.2.3.4::",
        "1:2:3:4:5:6:7::8", "::+1", "fe80::1/64",
    ])
    func aLiteralHasOneSpelling(text: String) {
        #expect(EgressAddress(literal: text) == nil)
    }

    @Test func theOperatorsListsDecideByNamePortAndRange() throws {
        let global = [try Self.address("1.2.3.4")]
        func rules(allow: [String] = [], deny: [String] = []) throws -> EgressRules {
            var rules = EgressRules.strict
            rules.allowed = try allow.map { try #require(EgressTarget($0)) }
            rules.denied = try deny.map { try #require(EgressTarget($0)) }
            return rules
        }
        let listed = try rules(allow: ["api.example", "*.vendor.example:8443", "1.2.0.0/16"])
        #expect(listed.permits(host: "api.example", port: 443, addresses: [try Self.address("8.8.8.8")]))
        #expect(listed.permits(host: "eu.vendor.example", port: 8443, addresses: [try Self.address("8.8.8.8")]))
        for host in ["vendor.example", "evilvendor.example", "vendor.example.evil"] {
            #expect(!listed.permits(host: host, port: 8443, addresses: [try Self.address("8.8.8.8")]))
        }
        #expect(!listed.permits(host: "eu.vendor.example", port: 443, addresses: [try Self.address("8.8.8.8")]))
        #expect(listed.permits(host: "other.example", port: 443, addresses: global))
        #expect(!listed.permits(host: "other.example", port: 443, addresses: global + [try Self.address("8.8.8.8")]))
        #expect(!listed.permits(unresolvedHost: "other.example", port: 443))
        #expect(listed.permits(unresolvedHost: "api.example", port: 443))

        let shut = try rules(allow: ["api.example"], deny: ["1.2.3.0/24", "*.bad.example"])
        #expect(!shut.permits(host: "api.example", port: 443, addresses: global))
        #expect(!shut.permits(host: "api.example", port: 443, addresses: [try Self.address("::ffff:1.2.3.4")]))
        #expect(!(try rules(deny: ["*.bad.example"])).permits(host: "a.bad.example", port: 1, addresses: global))
        #expect(!(try rules(deny: ["a.example"])).permits(unresolvedHost: "a.example", port: 1))
        for name in ["localhost", "a.localhost", "127.0.0.1", "169.254.169.254", "0x7f.1"] {
            #expect(!(try rules()).permits(unresolvedHost: name, port: 443))
        }
    }

    @Test func documentsAreJudgedByTheSameLists() throws {
        var rules = EgressRules.strict
        rules.allowed = [try #require(EgressTarget("api.example"))]
        rules.denied = [try #require(EgressTarget("5.6.0.0/16"))]
        func problem(_ url: String) throws -> String? { rules.problem(with: try UpstreamEndpoint.parse(url).get()) }
        #expect(try problem("https://api.example/v1") == nil)
        #expect(try problem("https://elsewhere.example/v1")?.contains("egress list") == true)
        #expect(try problem("https://5.6.7.8/v1")?.contains("deny") == true)
        #expect(try problem("https://169.254.169.254/v1")?.contains("never") == true)
        #expect(try problem("https://[64:ff9b::a9fe:a9fe]/v1")?.contains("never") == true)
        #expect(try problem("https://10.0.0.1/v1")?.contains("private") == true)
        #expect(try problem("https://a.localhost/v1")?.contains("this server itself") == true)
        #expect(try problem("http://api.example/v1")?.contains("https") == true)
    }

    @Test(arguments: ["10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/", "x/8", "::1/0", ""])
    func aRangeThatContradictsItselfIsNone(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(arguments: [
        ("10.1.0.0/16", true), ("10.0.0.0/7", false), ("fd00::/8", true), ("::/0", false), ("8.8.8.8", false),
    ])
    func onlyPrivateRangesCanBeOpened(text: String, isPrivate: Bool) throws {
        #expect(try #require(AddressRange(text)).isPrivate == isPrivate)
    }

    @Test(arguments: ["", "*", "*.", "a b", "http://a", "a:0", "a:70000", "a:", "0x7f.1", "*.*.a", "a/b", "a."])
    func aTargetThatIsNoneIsRefused(text: String) {
        #expect(EgressTarget(text) == nil)
    }

    @Test(arguments: [
        "KEYREEVE_DATABASE__PASSWORD", "keyreeve_x", "PGPASSWORD", "PG", "AWS_SECRET_ACCESS_KEY", "aws_x", "", "A B",
        "A=B",
    ])
    func aVariableThatMayHoldACredentialOfOursIsNeverSent(name: String) {
        #expect(EnvironmentHeader.problem(withVariable: name) != nil)
        #expect(EnvironmentHeader.problem(withVariable: "OPENAI_ORGANIZATION") == nil)
    }

    @Test(arguments: [nil, "", "  ", "a\r\nb: c", "a ", "\u{e9}", String(repeating: "a", count: 1_025)])
    func aVariableThatNoHeaderCanHoldIsLeftOut(value: String?) {
        #expect(EnvironmentHeader.value(value) == nil)
        #expect(EnvironmentHeader.value("org-1 x") == "org-1 x")
    }
}
