/// One line of an operator's egress list: `api.example.com`, `*.example.com`, either with `:8443`, or a range of
/// addresses, `10.20.0.0/16`.
package enum EgressTarget: Hashable, Sendable {
    /// Exactly this name or, behind `*.`, every name below it; at one port, or at any.
    case host(name: String, below: Bool, port: Int?)
    case range(AddressRange)

    /// Nil for what is neither.
    package init?(_ text: String) {
        if let range = AddressRange(text) {
            self = .range(range)
            return
        }
        let parts = text.lowercased().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard var name = parts.first else { return nil }
        var port: Int?
        if parts.count == 2 {
            guard let number = UInt16(parts[1]), number > 0 else { return nil }
            port = Int(number)
        }
        let below = name.hasPrefix("*.")
        if below { name = name.dropFirst(2) }
        guard HostName.isValid(name), !EgressAddress.isAmbiguous(String(name)) else { return nil }
        self = .host(name: String(name), below: below, port: port)
    }

    package func matches(host: String, port: Int) -> Bool {
        switch self {
        case .host(let name, let below, let wanted):
            guard wanted ?? port == port else { return false }
            return below ? host.hasSuffix("." + name) : host == name
        case .range(let range): return EgressAddress(literal: host).map { range.contains($0) } ?? false
        }
    }

    package var range: AddressRange? { if case .range(let range) = self { range } else { nil } }
}
