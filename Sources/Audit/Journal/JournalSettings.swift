/// How a journal uses its disk.
package struct JournalSettings: Hashable, Sendable {
    /// Bytes of one pre-written segment.
    package var segmentBytes: Int64
    /// Bytes that all segments may take together. From 80 % unreleased on commits are slowed; the last 5 % are kept
    /// for outcomes of what was already let through and for the platform's summaries.
    package var quotaBytes: Int64
    /// How long a released segment is kept when the quota allows, so that it can be shipped again after a failover.
    package var retention: Duration
    /// Longest a record without urgency (an outcome) waits for a commit to ride on.
    package var settlementDelay: Duration

    /// The largest record: canonical bytes.
    package static let maximumRecordBytes = 64 << 10

    package init(
        segmentBytes: Int64 = 64 << 20,
        quotaBytes: Int64 = 1 << 30,
        retention: Duration = .seconds(24 * 3600),
        settlementDelay: Duration = .milliseconds(50)
    ) {
        self.segmentBytes = segmentBytes
        self.quotaBytes = quotaBytes
        self.retention = retention
        self.settlementDelay = settlementDelay
    }
}

extension JournalSettings {
    static let smallestSegment: Int64 = 128 << 10
    /// Share of the quota, in percent, from which on commits are slowed.
    static let throttlePercent: Int64 = 80
    /// Share of the quota, in percent, at which new intents are refused.
    static let admissionPercent: Int64 = 95
    /// Memory for records that wait for the disk; beyond it they are refused.
    static let waitingBytes: Int64 = 64 << 20

    /// What new intents may fill.
    var admissionBytes: Int64 { quotaBytes / 100 * Self.admissionPercent }

    func validate() throws(JournalError) {
        guard segmentBytes >= Self.smallestSegment, segmentBytes <= 1 << 30 else {
            throw .invalidSettings("A journal segment must have between 128 KiB and 1 GiB.")
        }
        guard quotaBytes >= 4 * segmentBytes else {
            throw .invalidSettings("The journal's quota must hold at least four segments.")
        }
        guard settlementDelay >= .zero, settlementDelay <= .milliseconds(80) else {
            throw .invalidSettings(
                "The settlement delay must not exceed 80 ms, so that outcomes are durable in 100 ms."
            )
        }
    }

    /// How long a commit is held back when so much waits to be shipped: nothing below 80 % of the quota, then rising
    /// to 100 ms where intents are refused. Callers that wait for their commit are slowed before they are refused.
    func commitPauseMilliseconds(usedBytes: Int64) -> Int32 {
        let threshold = quotaBytes / 100 * Self.throttlePercent
        guard usedBytes >= threshold else { return 0 }
        let range = max(1, admissionBytes - threshold)
        return Int32(min(100, 1 + min(usedBytes - threshold, range) * 99 / range))
    }
}

/// What a journal can take right now.
package enum JournalState: Hashable, Sendable {
    case writable
    /// 80 % of the quota or more waits to be shipped: commits are slowed, callers should admit less.
    case throttled
    /// No room for new intents; outcomes of running exchanges are still taken.
    case full
    /// A write or sync failed: nothing is taken until the process is started again.
    case unwritable
    case closed
}
