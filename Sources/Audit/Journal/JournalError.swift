/// Why the journal refused or failed. Never holds a record's content.
package enum JournalError: Error, Hashable, Sendable {
    /// Another process holds this directory.
    case alreadyOpen(directory: String)
    /// The settings cannot work together; the sentence says which.
    case invalidSettings(String)
    /// The directory holds something that is not a journal, or its identity cannot be read; nothing was changed.
    case unusableDirectory(String)
    /// The operating system refused: what was tried, and its error number.
    case system(operation: String, code: Int32)
    /// The quota, or the disk behind it, has no room for this record. Nothing was written; try again later.
    case full
    /// A write or sync failed, so nothing can be promised any more. For ever: drain and exit.
    case unwritable
    /// The journal was closed.
    case closed
    /// A receipt was offered for an intent that it does not prove.
    case unusableReceipt
    /// The record's canonical bytes exceed `JournalSettings.maximumRecordBytes`.
    case recordTooLarge(count: Int)
    /// A segment's frames do not check, although they were durable once. `resumeAfter` is where the next one begins.
    case damaged(at: JournalPosition, resumeAfter: JournalPosition)
}
