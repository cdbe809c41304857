import struct FoundationEssentials.UUID

extension UUID {
    /// The sixteen bytes in order.
    var octets: [16 of UInt8] {
        let (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) = uuid
        return [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
    }

    /// From sixteen bytes starting at `index`.
    init?(octets bytes: [UInt8], at index: Int) {
        guard index >= 0, index <= bytes.count, bytes.count - index >= 16 else { return nil }
        let b = bytes[index..<index + 16]
        let i = index
        self.init(
            uuid: (
                b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7],
                b[i + 8], b[i + 9], b[i + 10], b[i + 11], b[i + 12], b[i + 13], b[i + 14], b[i + 15]
            )
        )
    }

    static var zero: UUID { UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)) }

    var isZero: Bool { self == .zero }
}
