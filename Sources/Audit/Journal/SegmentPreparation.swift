/// Makes a segment file that is all zeros and fully on disk, so that a sync later finds no metadata to write: that is
/// ten times cheaper than syncing a file that grows or that was only allocated.
struct SegmentPreparation {
    let directory: PosixFile
    let files: FileOperations

    private static let temporaryName = "segment.new"

    /// A file of that number exists as a whole or not at all.
    func make(number: Int, bytes: Int64) throws(JournalError) -> SegmentShelf.Slot {
        let file = try directory.createFile(Self.temporaryName)
        do {
            let zeros = [UInt8](repeating: 0, count: Int(min(bytes, 1 << 20)))
            var offset: Int64 = 0
            while offset < bytes {
                let piece = min(Int64(zeros.count), bytes - offset)
                try files.writeZeros(file, piece == Int64(zeros.count) ? zeros : Array(zeros[..<Int(piece)]), offset)
                offset += piece
            }
            try file.synchronize()
            try directory.rename(Self.temporaryName, to: SegmentShelf.Slot.fileName(number))
            try directory.synchronize()
        } catch {
            directory.remove(Self.temporaryName)
            throw error
        }
        return SegmentShelf.Slot(number: number, file: file, capacity: bytes)
    }
}
