/// The three file operations whose failure the journal's promise turns on; tests make them fail.
package struct FileOperations: Sendable {
    /// Writes a batch of frames into a segment.
    var writeFrames: @Sendable (_ file: PosixFile, _ bytes: [UInt8], _ offset: Int64) throws(JournalError) -> Void
    /// Makes a batch durable.
    var synchronizeFrames: @Sendable (_ file: PosixFile) throws(JournalError) -> Void
    /// Writes a piece of a new segment's zeros.
    var writeZeros: @Sendable (_ file: PosixFile, _ bytes: [UInt8], _ offset: Int64) throws(JournalError) -> Void

    /// What production uses.
    package static let system = FileOperations(
        writeFrames: { file, bytes, offset throws(JournalError) in try file.write(bytes, at: offset) },
        synchronizeFrames: { file throws(JournalError) in try file.synchronizeData() },
        writeZeros: { file, bytes, offset throws(JournalError) in try file.write(bytes, at: offset) }
    )
}
