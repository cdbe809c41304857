import Model
import NIOCore

/// Whoever asked for an exchange and gets its answer: a connection of HTTP/1.1, or one stream of another protocol.
///
/// An exchange lives on the event loop of its client and calls it there only. Every call may come when the client has
/// long gone, and is then without effect.
protocol ExchangeClient: AnyObject {
    /// The address for the audit: numeric, without a port.
    var clientAddress: String { get }

    /// Gives a whole answer. It goes out when the request's body is in, or at once where waiting for that is not worth
    /// it.
    func answer(_ answer: Answer, atOnce: Bool)

    /// Begins a provider's answer. Only called when the request's body is in.
    /// - Parameter fields: Header lines, each `name: value` and CRLF, without framing and without our own.
    func beginAnswer(status: Int, fields: [UInt8], framing: BodyFraming, requestID: String)

    /// Writes a piece of the answer's body; `flushAnswer` sends it.
    func continueAnswer(_ piece: ByteBuffer)
    func flushAnswer()

    /// Ends a provider's answer.
    func endAnswer()

    /// Breaks an answer off so that the client cannot take it for a whole one.
    func abortAnswer()

    /// Whether the client takes what we write as fast as it comes.
    var isWritable: Bool { get }

    /// Bounds how long a client may leave what we wrote unread; nil lifts the bound.
    func boundStall(_ limit: Duration?)
}

/// Something of the listener that lives until it is closed, and is told when the server goes away.
protocol ListenerConnection: DeadlineBearing {
    /// The server is going away: idle connections end now, others after their answer.
    func drain()
    func close()
}
