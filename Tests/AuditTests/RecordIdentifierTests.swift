import Testing

import struct FoundationEssentials.UUID

@testable import Audit

@Suite struct RecordIdentifierTests {
    @Test func idsAreVersion7AndSortByTime() {
        let moments: [Int64] = [0, 1_000, 1_795_554_123_123_456, 1_795_554_123_124_456]
        let ids = moments.map { RecordIdentifier.next(at: $0).uuidString }
        #expect(ids == ids.sorted())
        for id in ids {
            let characters = Array(id)
            #expect(characters[14] == "7")
            #expect("89AB".contains(characters[19]))
        }
        #expect(ids[2].hasPrefix("01A20F5D-9D73-7"))
    }

    @Test func timesBefore1970DoNotTrap() {
        #expect(RecordIdentifier.next(at: -5_000).uuidString.hasPrefix("00000000-0000-7"))
    }

    @Test func idsOfManyTasksInOneMillisecondDiffer() async {
        let ids = await withTaskGroup(of: [UUID].self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<10_000).map { _ in RecordIdentifier.next(at: 42_000_000) } }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 80_000)
    }
}
