import struct FoundationEssentials.UUID

/// The small file `identity` of a journal directory: who it is, and whether it was closed cleanly. Replaced as a
/// whole, by rename.
struct DirectoryIdentity: Hashable, Sendable {
    static let fileName = "identity"
    private static let temporaryName = "identity.new"
    private static let magic = Array("KRVJIDN1".utf8)
    private static let byteCount = 72

    var node: UUID
    var incarnation: UUID
    /// Where and with which next sequence the journal was closed; nil while it is open and after a crash.
    var cleanEnd: CleanEnd?

    struct CleanEnd: Hashable, Sendable {
        var position: JournalPosition
        var nextSequence: Int64
    }

    func encode() -> [UInt8] {
        var bytes = Self.magic
        bytes.appendInteger(0 as UInt32)
        bytes.appendInteger(cleanEnd == nil ? 0 : 1 as UInt32)
        bytes.appendIdentifier(node)
        bytes.appendIdentifier(incarnation)
        bytes.appendInteger(cleanEnd?.position.segment ?? 0)
        bytes.appendInteger(cleanEnd?.position.offset ?? 0)
        bytes.appendInteger(cleanEnd?.nextSequence ?? 0)
        bytes.overwrite(CRC32C.checksum(bytes, from: 12, to: bytes.count), at: 8)
        return bytes
    }

    init(node: UUID, incarnation: UUID, cleanEnd: CleanEnd?) {
        self.node = node
        self.incarnation = incarnation
        self.cleanEnd = cleanEnd
    }

    init?(decoding bytes: [UInt8]) {
        guard bytes.count == Self.byteCount, bytes.starts(with: Self.magic),
            bytes.integer(UInt32.self, at: 8) == CRC32C.checksum(bytes, from: 12, to: bytes.count),
            let flags = bytes.integer(UInt32.self, at: 12),
            let node = UUID(octets: bytes, at: 16),
            let incarnation = UUID(octets: bytes, at: 32),
            let segment = bytes.integer(UInt64.self, at: 48),
            let offset = bytes.integer(Int64.self, at: 56),
            let nextSequence = bytes.integer(Int64.self, at: 64)
        else { return nil }
        let end = CleanEnd(position: JournalPosition(segment: segment, offset: offset), nextSequence: nextSequence)
        self.init(node: node, incarnation: incarnation, cleanEnd: flags == 1 ? end : nil)
    }

    /// nil if there is none; a file that cannot be understood is an error, since its node id cannot be made up.
    static func load(from directory: PosixFile) throws(JournalError) -> DirectoryIdentity? {
        guard let file = try directory.openFile(fileName) else { return nil }
        guard let identity = DirectoryIdentity(decoding: try file.read(byteCount + 1, at: 0)) else {
            throw .unusableDirectory("The journal's identity file cannot be read; restore it or move the journal away.")
        }
        return identity
    }

    /// Durable when it returns.
    func save(in directory: PosixFile) throws(JournalError) {
        let file = try directory.createFile(Self.temporaryName)
        try file.write(encode(), at: 0)
        try file.synchronize()
        try directory.rename(Self.temporaryName, to: Self.fileName)
        try directory.synchronize()
    }
}
