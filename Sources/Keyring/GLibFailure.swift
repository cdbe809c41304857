#if KEYREEVE_LIBSECRET
import CLibSecret

/// What a `GError` means for us. The messages are those of GLib, libsecret and the daemon, which hold no secret.
enum GLibFailure: Error {
    case cancelled
    case locked
    case failed(String)

    /// Takes the error over and frees it.
    init(consuming error: UnsafeMutablePointer<GError>?) {
        guard let error = unsafe error else {
            self = .failed("the keyring failed without saying why")
            return
        }
        defer { unsafe g_error_free(error) }
        let code = unsafe error.pointee.code
        switch unsafe error.pointee.domain {
        case keyreeve_io_error_domain() where code == Int32(bitPattern: G_IO_ERROR_CANCELLED.rawValue):
            self = .cancelled
        case keyreeve_secret_error_domain() where code == Int32(bitPattern: SECRET_ERROR_IS_LOCKED.rawValue):
            self = .locked
        default:
            self = .failed(unsafe error.pointee.message.map { unsafe String(cString: $0) } ?? "unknown error")
        }
    }
}
#endif
