#if KEYREEVE_LIBSECRET
import CLibSecret

/// A `GCancellable` with an owner. GLib lets any thread cancel one at any time, which is what makes it `Sendable`.
@safe final class Cancellation: @unchecked Sendable {
    let pointer: UnsafeMutablePointer<GCancellable>?

    init() {
        unsafe pointer = unsafe g_cancellable_new()
    }

    deinit {
        unsafe g_object_unref(pointer)
    }

    var isCancelled: Bool { unsafe g_cancellable_is_cancelled(pointer) != 0 }

    func cancel() {
        unsafe g_cancellable_cancel(pointer)
    }
}
#else
/// Nothing to cancel without libsecret.
final class Cancellation: Sendable {
    func cancel() {}
}
#endif
