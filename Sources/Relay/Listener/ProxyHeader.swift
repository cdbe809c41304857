import NIOCore

/// The binary header of the PROXY protocol, version 2, that a load balancer sends ahead of its client's bytes.
/// https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, section 2.2.
enum ProxyHeader: Hashable, Sendable {
    /// The balancer's own connection, such as a health check.
    case local
    /// A connection of this client; nil for a family that has no numeric address.
    case client(NetworkAddress?)

    enum Problem: Error, Hashable, Sendable {
        case badSignature
        case badVersion
        case badFamily
        case badLength
    }

    private static let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
    /// Bytes of addresses and extensions: TLS details of a client certificate fit, and nobody holds more.
    private static let maximumLength = 2 << 10

    /// Takes the header off the front of `buffer`; nil, and nothing taken, while it is not whole.
    static func read(_ buffer: inout ByteBuffer) throws(Problem) -> ProxyHeader? {
        let start = buffer.readableBytesView
        guard start.prefix(signature.count).elementsEqual(signature.prefix(start.count)) else { throw .badSignature }
        var header = buffer
        header.moveReaderIndex(forwardBy: min(signature.count, header.readableBytes))
        guard let command = header.readInteger(as: UInt8.self) else { return nil }
        guard command == 0x20 || command == 0x21 else { throw .badVersion }
        guard let family = header.readInteger(as: UInt8.self) else { return nil }
        // Bytes of one address: none for an unspecified family, then IPv4 and IPv6 over TCP.
        let size: Int
        switch family {
        case 0x00: size = 0
        case 0x11: size = 4
        case 0x21: size = 16
        case _ where command == 0x20: size = 0
        default: throw .badFamily
        }
        guard let length = header.readInteger(as: UInt16.self) else { return nil }
        guard length <= maximumLength, command == 0x20 || Int(length) >= (size == 0 ? 0 : 2 * size + 4) else {
            throw .badLength
        }
        guard var rest = header.readSlice(length: Int(length)) else { return nil }
        buffer = header
        guard command == 0x21 else { return .local }
        return .client(NetworkAddress(bytes: rest.readBytes(length: size) ?? []))
    }
}
