import Configuration
import Cryptography
import Foundation
import Policy
import Relay

/// The `[egress]` section: where requests may leave to, and how.
struct EgressSettings: Sendable {
    /// `allow`, `deny`, `private_networks`, and the names of what documents may refer to.
    let rules: EgressRules
    /// PEM files by id.
    let certificateBundles: [String: String]
    /// Values of the variables that documents may name.
    let environment: [String: String]
    private let proxyURL: String?
    private let proxyUser: String?
    private let proxyPassword: String?
    private let exceptions: [EgressTarget]

    init(_ config: ConfigReader, environment: [String: String]) throws(SettingsError) {
        var problems: [String] = []
        func list(_ key: String) -> [String] { config.stringArray(forKey: ConfigKey("egress.\(key)")) ?? [] }
        func targets(_ key: String) -> [EgressTarget] {
            list(key).compactMap { text in
                let target = EgressTarget(text)
                if target == nil {
                    problems.append("egress.\(key): write \(text) as HOST, *.HOST, HOST:PORT or a range of addresses")
                }
                return target
            }
        }
        var rules = EgressRules.strict
        rules.allowed = targets("allow")
        rules.denied = targets("deny")
        exceptions = targets("no_proxy")
        for text in list("private_networks") {
            guard let range = AddressRange(text), range.isPrivate else {
                problems.append(
                    "egress.private_networks: \(text) is not within 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, "
                        + "100.64.0.0/10 or fc00::/7"
                )
                continue
            }
            rules.openedNetworks.append(range)
        }
        var bundles: [String: String] = [:]
        for text in list("ca_bundles") {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[1].hasPrefix("/"), bundles[parts[0]] == nil else {
                problems.append("egress.ca_bundles: write \(text) as ID=/path/of/bundle.pem, each ID once")
                continue
            }
            bundles[parts[0]] = parts[1]
        }
        var values: [String: String] = [:]
        for name in list("environment_headers") {
            if let problem = EnvironmentHeader.problem(withVariable: name) {
                problems.append("egress.environment_headers: \(problem)")
            } else if let value = EnvironmentHeader.value(environment[name]) {
                values[name] = value
            } else if let value = environment[name], !EnvironmentHeader.isBlank(value) {
                problems.append("egress.environment_headers: the value of \(name) cannot stand in a header")
            }
            rules.environmentNames.insert(name)
        }
        rules.certificateBundles = Set(bundles.keys)
        self.rules = rules
        certificateBundles = bundles
        self.environment = values

        proxyURL = config.string(forKey: "egress.proxy")
        proxyUser = config.string(forKey: "egress.proxy_user")
        proxyPassword = config.string(forKey: "egress.proxy_password", isSecret: true)
        if let proxyURL, OutboundProxy(url: proxyURL, authorization: nil, exceptions: []) == nil {
            problems.append(
                "egress.proxy: write it as http://HOST:PORT; its user and password stand in their own settings"
            )
        }
        if proxyURL == nil, proxyUser != nil || proxyPassword != nil || !exceptions.isEmpty {
            problems.append("egress.proxy is missing, though other settings of a proxy are there")
        }
        if (proxyUser == nil) != (proxyPassword == nil) {
            problems.append("egress.proxy_user and egress.proxy_password stand together or not at all")
        }
        if proxyUser?.contains(":") ?? false { problems.append("egress.proxy_user cannot hold a colon") }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
    }

    /// The proxy with its credentials in the arena; nil where none is set.
    func proxy(arena: SecretArena) throws -> OutboundProxy? {
        guard let proxyURL else { return nil }
        var authorization: Secret?
        if let proxyUser, let proxyPassword {
            let encoded = Data("\(proxyUser):\(proxyPassword)".utf8).base64EncodedData()
            var value = Array("Basic ".utf8) + encoded
            authorization = try arena.store(wiping: &value)
        }
        return OutboundProxy(url: proxyURL, authorization: authorization, exceptions: exceptions)
    }
}
