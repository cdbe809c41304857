/// The small file `released`: how far the shipper got. It is not synced: an older value only ships something twice,
/// and the intake knows duplicates.
enum ReleaseCursor {
    private static let fileName = "released"
    private static let byteCount = 20

    static func open(in directory: PosixFile) throws(JournalError) -> (file: PosixFile, position: JournalPosition?) {
        guard let file = try directory.openFile(fileName) else { return (try directory.createFile(fileName), nil) }
        let bytes = try file.read(byteCount, at: 0)
        guard let segment = bytes.integer(UInt64.self, at: 4), let offset = bytes.integer(Int64.self, at: 12),
            bytes.integer(UInt32.self, at: 0) == CRC32C.checksum(bytes, from: 4, to: bytes.count), segment < .max
        else { return (file, nil) }
        return (file, JournalPosition(segment: segment, offset: offset))
    }

    /// nil forgets it.
    static func save(_ position: JournalPosition?, to file: PosixFile) {
        var bytes: [UInt8] = []
        bytes.appendInteger(0 as UInt32)
        bytes.appendInteger(position?.segment ?? 0)
        bytes.appendInteger(position?.offset ?? 0)
        if position != nil { bytes.overwrite(CRC32C.checksum(bytes, from: 4, to: bytes.count), at: 0) }
        // Not being able to note it costs a second shipment and nothing else.
        try? file.write(bytes, at: 0)
    }
}
