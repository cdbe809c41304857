import Glibc

/// An open file; closed when the last reference goes.
final class FileDescriptor: Sendable {
    let number: Int32
    /// For messages.
    let path: String

    init(_ number: Int32, path: String) {
        self.number = number
        self.path = path
    }

    deinit {
        _ = close(number)
    }

    func status() throws(FileProblem) -> FileStatus {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw FileProblem(cannot: "look at \(path)", code: errno) }
        return FileStatus(status)
    }

    func read(atMost limit: Int) throws(FileProblem) -> [UInt8] {
        try Self.read(number, path: path, atMost: limit)
    }

    func write(_ bytes: [UInt8]) throws(FileProblem) {
        try Self.write(bytes, to: number, path: path)
    }

    /// Reads to the end; more than `limit` bytes is a problem of its own.
    static func read(_ number: Int32, path: String, atMost limit: Int) throws(FileProblem) -> [UInt8] {
        var result: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe Glibc.read(number, &piece, piece.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileProblem(cannot: "read \(path)", code: errno)
            }
            if count == 0 { return result }
            result.append(contentsOf: piece.prefix(count))
            guard result.count <= limit else { throw FileProblem("\(path) is larger than \(limit) bytes.") }
        }
    }

    /// Writes all of it.
    static func write(_ bytes: [UInt8], to number: Int32, path: String) throws(FileProblem) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileProblem(cannot: "write \(path)", code: errno)
            }
            rest = rest.dropFirst(count)
        }
    }
}
