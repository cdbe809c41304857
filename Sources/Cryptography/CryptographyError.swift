/// What went wrong in this module.
///
/// Holds names of operations and sizes, never bytes: any of these may be logged.
package enum CryptographyError: Error, Hashable, Sendable {
    /// The seal does not open: changed bytes, another key, another nonce or other authenticated data.
    case notAuthentic
    /// A key, nonce or input has a size that the algorithm does not take.
    case wrongSize(what: String, count: Int)
    /// The kernel refused to lock `bytes` more bytes into memory; raise `RLIMIT_MEMLOCK` or choose to be warned.
    case memoryNotLocked(bytes: Int)
    /// The kernel refused to map `bytes` more bytes.
    case outOfMemory(bytes: Int)
    /// OpenSSL refused an operation that depends on no input; the provider may be missing it.
    case refused(operation: String)
}
