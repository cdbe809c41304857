import Audit
import Credentials
import FoundationEssentials
import Model
import NIOCore
import Policy
import WireFormats

/// The life of one relayed request, from its head to its outcome. One file for each phase beside this one.
///
/// Lives on one event loop. Its steps are ordered by types: an `AuthorizedRequest` only comes from the authoriser, a
/// `RecordedRequest` only from a durable intent, a `SignedRequest` only from a recorded one, and only that can be sent.
final class Exchange {
    enum Phase {
        /// Taking the body in.
        case receiving
        /// A denial is on its way to the disk.
        case denying
        /// An intent is on its way to the disk.
        case recording
        case connecting
        /// Waiting before another attempt.
        case waiting
        /// Sent; nothing has come back.
        case sent
        /// The provider's answer goes to the client.
        case answering
        /// A provider's error is held until it is whole.
        case holdingError
        case finished
    }

    let head: RequestHead
    let requestID: String
    let loop: RelayLoop
    let connection: any ExchangeClient
    let started = NIODeadline.now()
    var phase = Phase.receiving

    // Who and what, as far as it is known.
    var principal: Principal?
    var organization: OrganizationSnapshot?
    var route: Route?
    var operation: Operation?
    var model: String?

    // The body.
    var body = HeldBody()
    var scanner = RequestScanner()
    var heldBytes = 0
    var requestBytes = 0

    // Proofs.
    var authorized: AuthorizedRequest?
    var pending: PendingAuditTicket?
    var recorded: RecordedRequest?
    var lease: CredentialLease?
    var fingerprint: String?

    // The upstream side.
    var plan = RetryPlan(retries: 0)
    var attempt = 1
    var upstream: UpstreamConnection?
    /// When all attempts together have taken too long; set at the first.
    var upstreamEnd: NIODeadline?
    var keepAlive: StreamKeepAlive?
    var upstreamStatus: Int?
    var answeredStatus: Int?
    var heldError: HeldError?
    var meter = Meter.none
    var responseBytes = 0

    init(head: RequestHead, connection: any ExchangeClient, loop: RelayLoop) {
        self.head = head
        self.connection = connection
        self.loop = loop
        // Unique, not secret: a random one would cost three system calls a request.
        requestID = RecordIdentifier.next(at: SystemClock.microseconds()).uuidString.lowercased()
    }

    var context: RelayContext { loop.context }

    var isFinished: Bool { if case .finished = phase { true } else { false } }

    /// Whether the body is still of use.
    var wantsBody: Bool { if case .receiving = phase { true } else { false } }

    /// 2 and 3 as soon as the head is there, so that nobody unknown gets to send a body.
    func begin() {
        guard authenticate() else { return }
        takeRoute()
    }

    // MARK: What the client does

    func clientGone() {
        abandon(reason: "client_gone")
    }

    func clientMisframed() {
        abandon(reason: Failure.malformedRequest.rawValue)
    }

    func clientTimedOut() {
        guard wantsBody else { return }
        deny(.requestTimeout, atOnce: true)
    }

    func clientWritability(_ isWritable: Bool) {
        upstream?.setPaused(!isWritable)
        connection.boundStall(isWritable || isFinished ? nil : idleTimeout)
    }

    /// Between two pieces of an answer.
    var idleTimeout: Duration {
        .milliseconds(Int64(min(max(route?.provider.streamIdleTimeoutMS ?? 300_000, 1), 86_400_000)))
    }
}

/// What becomes of an answer's bytes besides being sent on.
enum Meter {
    case none
    case stream(EventStreamMeter)
    case document(DocumentMeter)

    mutating func consume(_ bytes: Span<UInt8>) {
        switch self {
        case .none: break
        case .stream(var meter):
            // Emptied first, so that the meter is changed in place and not copied.
            self = .none
            meter.consume(bytes)
            self = .stream(meter)
        case .document(var meter):
            self = .none
            meter.consume(bytes)
            self = .document(meter)
        }
    }

    var usage: Usage {
        switch self {
        case .none: Usage()
        case .stream(let meter): meter.usage
        case .document(let meter): meter.usage
        }
    }
}
