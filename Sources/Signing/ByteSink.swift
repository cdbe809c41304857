/// Where the bytes of an outbound head go: an array in tests, a NIO buffer in the relay.
package protocol ByteSink {
    mutating func append(_ bytes: Span<UInt8>)
}

extension ByteSink {
    package mutating func append(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        append(text.utf8.span)
    }

    package mutating func append(_ bytes: [UInt8]) {
        append(bytes.span)
    }
}

extension Array: ByteSink where Element == UInt8 {
    package mutating func append(_ bytes: Span<UInt8>) {
        reserveCapacity(count + bytes.count)
        for index in bytes.indices { append(bytes[index]) }
    }
}
