/// Encodes the head of an outbound HTTP/1.1 request, in the one order that is safe: what the client may send, then what
/// policy injects, then the credential, and nothing after it.
///
/// The caller has stripped and allow-listed; this type checks every byte once more, because a line break here is a
/// request of somebody else's making.
package struct OutboundHead<Sink: ByteSink>: ~Copyable {
    private var sink: Sink

    /// Throws when the method, target or host holds anything but visible ASCII.
    package init(method: String, target: String, host: String, into sink: consuming Sink) throws(SigningError) {
        for text in [method, target, host] {
            guard !text.isEmpty, text.utf8.allSatisfy(FieldText.isVisible) else { throw .unsafeHead }
        }
        self.sink = sink
        self.sink.append("\(method) \(target) HTTP/1.1\r\nhost: \(host)\r\n")
    }

    /// A client's own header, already allow-listed.
    package mutating func forward(name: Span<UInt8>, value: Span<UInt8>) throws(SigningError) {
        for index in name.indices where !FieldText.isNameByte(name[index]) { throw .unsafeHead }
        for index in value.indices where !FieldText.isValueByte(value[index]) { throw .unsafeHead }
        sink.append(name)
        sink.append(": ")
        sink.append(value)
        sink.append("\r\n")
    }

    package mutating func inject(_ header: InjectedHeader) {
        sink.append(header.name)
        sink.append(": ")
        sink.append(header.value)
        sink.append("\r\n")
    }

    /// How long the body is; we never send one of unknown length.
    package mutating func contentLength(_ count: Int) {
        sink.append("content-length: \(count)\r\n")
    }

    /// Ends a head that needs no credential.
    package consuming func finish() -> Sink {
        sink.append("\r\n")
        return sink
    }

    /// Writes the credential as the last header and ends the head. Nothing can be added after.
    package consuming func finish(bearer secret: RawSpan) throws(SigningError) -> Sink {
        guard BearerSigner.isUsable(secret) else { throw .unusableCredential }
        BearerSigner.write(secret, into: &sink)
        sink.append("\r\n")
        return sink
    }
}

package enum SigningError: Error, Hashable, Sendable {
    /// Something other than visible text would have reached the head.
    case unsafeHead
    /// The stored credential is empty, too long, or holds bytes that no header may.
    case unusableCredential
}
