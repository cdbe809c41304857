import NIOCore
import Signing

/// A buffer for a head that holds a credential: its memory is overwritten once it has been written, whoever else still
/// refers to it.
///
/// Raw memory, because a `ByteBuffer` copies itself when it is changed while shared, and a wipe of a copy would be none.
struct WipedBuffer: ByteSink, Sendable {
    private(set) var buffer: ByteBuffer

    /// `capacity` must hold everything, so that growing never leaves a copy behind.
    init(capacity: Int) {
        buffer = ByteBufferAllocator().buffer(capacity: capacity)
    }

    mutating func append(_ bytes: Span<UInt8>) {
        unsafe buffer.writeBytes(bytes.bytes)
    }

    /// Overwrites the whole storage with zeroes, in place.
    func wipe() {
        unsafe buffer.withVeryUnsafeBytesWithStorageManagement { bytes, _ in
            guard let start = bytes.baseAddress else { return }
            unsafe UnsafeMutableRawPointer(mutating: start).initializeMemory(
                as: UInt8.self,
                repeating: 0,
                count: bytes.count
            )
        }
    }
}
