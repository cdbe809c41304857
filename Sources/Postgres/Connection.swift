import CLibPQ
import Glibc

/// One libpq connection, always driven through its non-blocking calls, so that every wait has a deadline and can be
/// cancelled.
///
/// `@unchecked`: used on its session's thread only; what other threads may hold is the reference, until it is freed.
@safe
final class Connection: @unchecked Sendable {
    let handle: OpaquePointer
    private let wakeup: Wakeup
    /// The transport or the protocol is in an unknown state: nothing may be sent any more.
    private(set) var isBroken = false

    init(_ handle: OpaquePointer, wakeup: Wakeup) {
        unsafe self.handle = handle
        self.wakeup = wakeup
        // libpq would print notices to stderr, and they may hold values.
        unsafe PQsetNoticeReceiver(handle, { _, _ in }, nil)
        unsafe PQsetErrorVerbosity(handle, PQERRORS_TERSE)
    }

    deinit { unsafe PQfinish(handle) }

    var transactionStatus: PGTransactionStatusType { unsafe PQtransactionStatus(handle) }
    var isIdle: Bool { !isBroken && transactionStatus == PQTRANS_IDLE }
    /// As `150020`.
    var serverVersion: Int { Int(unsafe PQserverVersion(handle)) }
    var processID: Int32 { unsafe PQbackendPID(handle) }

    /// Marks the connection as unusable and gives the error back.
    func broken(_ error: PostgresError) -> PostgresError {
        isBroken = true
        return error
    }

    /// Waits until the socket is ready. After an error the connection is broken.
    func wait(for events: Int32, _ patience: Patience) throws(PostgresError) {
        guard try waitOrGiveUp(for: events, patience) else { throw broken(.unanswered) }
    }

    /// Waits until the socket is ready; false when the deadline has passed.
    func waitOrGiveUp(for events: Int32, _ patience: Patience) throws(PostgresError) -> Bool {
        while true {
            if patience.cancellation.isSet { throw broken(.cancelled) }
            guard let milliseconds = patience.milliseconds else { return false }
            let socket = unsafe PQsocket(handle)
            guard socket >= 0 else { throw broken(.lost) }
            var descriptors: InlineArray<2, pollfd> = [
                pollfd(fd: socket, events: Int16(events), revents: 0),
                pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            var span = descriptors.mutableSpan
            _ = unsafe span.withUnsafeMutableBufferPointer { unsafe poll($0.baseAddress, 2, milliseconds) }
            if descriptors[1].revents != 0 { wakeup.drain() }
            if descriptors[0].revents != 0 { return true }
        }
    }

    /// Sees without waiting whether an idle connection is still good. Anything that the server says unasked counts as
    /// its farewell: nothing else is to be expected by a session that does not listen.
    func checkAlive() -> Bool {
        guard !isBroken else { return false }
        let socket = unsafe PQsocket(handle)
        guard socket >= 0 else { return false }
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, 0) == 0
    }

    /// Tells the server to stop what this connection runs. Blocks for a connection's set-up; for a broken connection.
    func requestCancel() {
        guard let cancel = unsafe PQgetCancel(handle) else { return }
        var message: InlineArray<256, CChar> = .init(repeating: 0)
        var span = message.mutableSpan
        _ = unsafe span.withUnsafeMutableBufferPointer { unsafe PQcancel(cancel, $0.baseAddress, 256) }
        unsafe PQfreeCancel(cancel)
    }
}
