package import Cryptography

/// Writes values so that two different sequences of values never give the same bytes: each is tagged and has its
/// length in front. For digests of values inside one process and its replicas, not a wire format.
package struct CanonicalWriter: Sendable {
    private var bytes: [UInt8] = []

    package init() {}

    package mutating func add(_ text: String) {
        add(tag: UInt8(ascii: "s"), text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    package mutating func add(_ text: String?) {
        if let text { add(text) } else { bytes.append(UInt8(ascii: "n")) }
    }

    package mutating func add(_ number: Int) { add(tag: UInt8(ascii: "i"), number) }

    package mutating func add(_ flag: Bool) { bytes.append(UInt8(ascii: flag ? "t" : "f")) }

    package mutating func add(_ pairs: [NamedValue]) {
        add(tag: UInt8(ascii: "l"), pairs.count)
        for pair in pairs {
            add(pair.name)
            add(pair.value)
        }
    }

    package var digest: Digest { SHA256Hash.digest(bytes) }

    private mutating func add(tag: UInt8, _ number: Int) {
        bytes.append(tag)
        bytes.append(contentsOf: String(number).utf8)
        bytes.append(UInt8(ascii: ":"))
    }
}
