import Glibc
import NIOCore
import NIOPosix
import Policy

/// Resolves a host to all of its addresses, off the event loop. The only caller of `getaddrinfo`, and with
/// `WipedBuffer` the only file of the relay that touches raw memory.
enum NameResolver {
    struct Failed: Error {
        let code: Int32
    }

    /// On a thread that may block; the system bounds it, the caller's connect deadline does not wait for it.
    static func resolve(host: String, port: Int, on eventLoop: any EventLoop) -> EventLoopFuture<[SocketAddress]> {
        if let literal = try? SocketAddress(ipAddress: host, port: port) {
            return eventLoop.makeSucceededFuture([literal])
        }
        return NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { try lookUp(host: host, port: port) }
    }

    private static func lookUp(host: String, port: Int) throws -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, String(port), &hints, &list)
        guard code == 0, let first = unsafe list else { throw Failed(code: code) }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next: UnsafeMutablePointer<addrinfo>? = unsafe first
        while let entry = unsafe next {
            if let address = unsafe address(of: entry.pointee) { addresses.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        return addresses
    }

    private static func address(of entry: addrinfo) -> SocketAddress? {
        guard let raw = unsafe UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch unsafe entry.ai_family {
        case AF_INET: return unsafe SocketAddress(raw.loadUnaligned(as: sockaddr_in.self))
        case AF_INET6: return unsafe SocketAddress(raw.loadUnaligned(as: sockaddr_in6.self))
        default: return nil
        }
    }
}

extension EgressAddress {
    /// Where the address stands in `sockaddr_in` and `sockaddr_in6`, in bytes: behind family and port, and, in the
    /// second, the flow label.
    private static let offsetV4 = 4
    private static let offsetV6 = 8

    /// Nil for anything that is not an IP address.
    init?(_ address: SocketAddress) {
        let raw = unsafe address.withSockAddr { pointer, count in
            unsafe Array(UnsafeRawBufferPointer(start: pointer, count: count))
        }
        switch address {
        case .v4: self = .v4(Array(raw.dropFirst(Self.offsetV4).prefix(4)))
        case .v6: self = .v6(Array(raw.dropFirst(Self.offsetV6).prefix(16)))
        case .unixDomainSocket: return nil
        }
    }
}
