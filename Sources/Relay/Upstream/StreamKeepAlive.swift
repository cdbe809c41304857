import NIOCore

/// Sends `: keep-alive` comments to a client whose event stream is silent, so that an intermediary does not take it for
/// dead. It says nothing about the provider, whose own idle timeout runs on; off unless the operator sets it.
final class StreamKeepAlive: DeadlineBearing {
    private(set) var deadline: NIODeadline?
    private let interval: TimeAmount
    private let loop: RelayLoop
    private weak var client: (any ExchangeClient)?
    /// Whether the last byte ended an event, or nothing came yet: elsewhere a comment would land inside one.
    private var isBetweenEvents = true
    /// Whether the line that is being read has nothing in it so far.
    private var isLineEmpty = true
    private var wasCarriageReturn = false

    private static let comment = ": keep-alive\n\n"

    init(interval: Duration, client: any ExchangeClient, loop: RelayLoop) {
        self.interval = TimeAmount(interval)
        self.client = client
        self.loop = loop
        deadline = .now() + self.interval
        loop.watch(self)
    }

    func stop() {
        deadline = nil
        loop.unwatch(self)
    }

    /// What has just been written to the client.
    func passed(_ bytes: Span<UInt8>) {
        deadline = .now() + interval
        // Only the end decides, and two line ends fit into four bytes.
        let skipped = max(0, bytes.count - 4)
        if skipped > 0 {
            isLineEmpty = false
            wasCarriageReturn = false
        }
        for index in skipped..<bytes.count { step(bytes[index]) }
    }

    private func step(_ byte: UInt8) {
        switch byte {
        case 0x0a where wasCarriageReturn:
            // The second half of a line end that was counted already.
            wasCarriageReturn = false
        case 0x0a, 0x0d:
            isBetweenEvents = isLineEmpty
            isLineEmpty = true
            wasCarriageReturn = byte == 0x0d
        default:
            isBetweenEvents = false
            isLineEmpty = false
            wasCarriageReturn = false
        }
    }

    func deadlinePassed() {
        deadline = .now() + interval
        guard isBetweenEvents, let client, client.isWritable else { return }
        client.continueAnswer(ByteBuffer(string: Self.comment))
        client.flushAnswer()
    }
}
