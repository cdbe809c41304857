import Model
import NIOCore
import NIOHTTP2

/// A client's connection of HTTP/2: its limits, how long it may idle, and how it ends. What is asked is its streams'
/// business.
///
/// The protections against floods are NIOHTTP2's; each answers with GOAWAY, and the connection is closed here then.
final class HTTP2Connection: ChannelInboundHandler, ListenerConnection {
    typealias InboundIn = HTTP2Frame

    let loop: RelayLoop
    let origin: ClientOrigin
    private(set) var deadline: NIODeadline?
    private var context: ChannelHandlerContext?
    private var streams = 0
    private var isLeaving = false

    private var settings: RelaySettings { loop.context.settings }

    private init(loop: RelayLoop, origin: ClientOrigin) {
        self.loop = loop
        self.origin = origin
    }

    /// Makes the rest of a pipeline speak HTTP/2.
    static func add(
        to channel: any Channel,
        after handler: any ChannelHandler,
        loop: RelayLoop,
        origin: ClientOrigin
    ) throws {
        let connection = HTTP2Connection(loop: loop, origin: origin)
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let farewell = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(maxIdleTime: nil, maxAge: nil, maxGraceTime: nil, keepalive: nil)
        )
        let http2 = NIOHTTP2Handler(
            mode: .server,
            eventLoop: channel.eventLoop,
            connectionConfiguration: connectionConfiguration(loop.context.settings),
            streamConfiguration: streamConfiguration,
            streamDelegate: farewell.http2StreamDelegate,
            inboundStreamInitializer: { stream in
                stream.eventLoop.makeCompletedFuture {
                    try stream.pipeline.syncOperations.addHandler(HTTP2Stream(connection: bound.value))
                }
            }
        )
        try channel.pipeline.syncOperations.addHandlers([http2, connection, farewell], position: .after(handler))
    }

    private static func connectionConfiguration(_ settings: RelaySettings) -> NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: settings.maximumStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: settings.maximumHeadBytes),
            HTTP2Setting(parameter: .initialWindowSize, value: window),
            // No memory of earlier heads: a token does not stay in a table, and a small head cannot unfold into a big one.
            HTTP2Setting(parameter: .headerTableSize, value: 0),
        ]
        configuration.targetWindowSize = 4 * window
        configuration.maximumBufferedControlFrames = 1_000
        configuration.maximumSequentialContinuationFrames = 4
        // What a client sent before it heard of a reset is no offence, not even on every stream at once.
        configuration.maximumRecentlyResetStreams = 2 * settings.maximumStreams
        return configuration
    }

    /// Bytes of a body that a client may send ahead on one stream; a connection has four times as many.
    private static let window = 256 << 10

    private static var streamConfiguration: NIOHTTP2Handler.StreamConfiguration {
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        configuration.targetWindowSize = window
        configuration.outboundBufferSizeHighWatermark = 64 << 10
        configuration.outboundBufferSizeLowWatermark = 32 << 10
        return configuration
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        setDeadline(in: settings.headTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        loop.remove(self)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline = nil
        loop.remove(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // NIOHTTP2 has answered it: what is wrong with one stream with RST_STREAM, everything else with GOAWAY.
        guard !Self.concernsOneStream(error) else { return }
        if error is any NIOHTTP2Error { loop.context.strangers.count(.malformedRequest, from: origin.text) }
        context.close(promise: nil)
    }

    /// Whether the connection is still good. What is not known to be harmless ends it.
    private static func concernsOneStream(_ error: any Error) -> Bool {
        switch error {
        case is NIOHTTP2Errors.StreamError, is NIOHTTP2Errors.StreamClosed,
            is NIOHTTP2Errors.BadStreamStateTransition, is NIOHTTP2Errors.TrailersWithoutEndStream,
            is NIOHTTP2Errors.ContentLengthViolated, is NIOHTTP2Errors.ContentLengthHeadersMismatch,
            is NIOHTTP2Errors.ContentLengthHeaderNegative, is NIOHTTP2Errors.ContentLengthHeaderMalformedValue,
            is NIOHTTP2Errors.MissingPseudoHeader, is NIOHTTP2Errors.DuplicatePseudoHeader,
            is NIOHTTP2Errors.PseudoHeaderAfterRegularHeader, is NIOHTTP2Errors.UnknownPseudoHeader,
            is NIOHTTP2Errors.UnsupportedPseudoHeader, is NIOHTTP2Errors.InvalidPseudoHeaders,
            is NIOHTTP2Errors.EmptyPathHeader, is NIOHTTP2Errors.InvalidHTTP2HeaderFieldName,
            is NIOHTTP2Errors.InvalidHTTP2HeaderFieldValue, is NIOHTTP2Errors.ForbiddenHeaderField,
            is NIOHTTP2Errors.InvalidPseudoHeaderValue:
            true
        default: false
        }
    }

    // MARK: Streams

    func streamOpened() {
        streams += 1
        deadline = nil
    }

    func streamClosed() {
        streams -= 1
        if streams == 0 { setDeadline(in: isLeaving ? settings.lingerTimeout : settings.keepAliveTimeout) }
    }

    // MARK: Ends

    /// Says goodbye: no stream begins after it, and the connection ends with its last one.
    func drain() {
        guard !isLeaving else { return }
        isLeaving = true
        if streams == 0 { setDeadline(in: settings.lingerTimeout) }
        context?.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    func close() { context?.close(promise: nil) }

    private func setDeadline(in duration: Duration) {
        deadline = .now() + TimeAmount(duration)
    }

    func deadlinePassed() {
        deadline = nil
        if isLeaving { close() } else { drain() }
    }
}
