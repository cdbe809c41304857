/// Gathers what became of a commit's records, and tells each lane once.
struct SettlementDelivery {
    private var lanes: [(lane: any JournalLane, settlements: [JournalSettlement])] = []
    private var callbacks: [() -> Void] = []

    mutating func add(
        _ result: Result<JournalReceipt, JournalError>,
        of entry: JournalEntry,
        to destination: JournalIntake.Destination
    ) {
        switch destination {
        case .nobody: break
        case .callback(let callback): callbacks.append { callback(result) }
        case .lane(let lane):
            let settlement = JournalSettlement(tag: entry.tag, result: result)
            // There is one lane for each event loop, so a search beats a dictionary.
            if let index = lanes.firstIndex(where: { $0.lane === lane }) {
                lanes[index].settlements.append(settlement)
            } else {
                lanes.append((lane, [settlement]))
            }
        }
    }

    consuming func deliver() {
        for (lane, settlements) in lanes { lane.journalDidSettle(settlements) }
        for callback in callbacks { callback() }
    }
}
