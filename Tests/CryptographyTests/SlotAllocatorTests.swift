import Cryptography
import Testing

@Suite struct SlotAllocatorTests {
    @Test func slotsArePackedAndNeighboursJoin() {
        var slots = SlotAllocator(units: 10)
        #expect(slots.allocate(3) == 0)
        #expect(slots.allocate(3) == 3)
        #expect(slots.allocate(4) == 6)
        #expect(slots.allocate(1) == nil)
        slots.deallocate(0..<3)
        slots.deallocate(6..<10)
        #expect(slots.free == [0..<3, 6..<10])
        #expect(slots.allocate(5) == nil)
        slots.deallocate(3..<6)
        #expect(slots.free == [0..<10])
        #expect(slots.allocate(10) == 0)
        #expect(slots.free.isEmpty)
    }

    @Test func neitherNothingNorLessIsAllocated() {
        var slots = SlotAllocator(units: 4)
        #expect(slots.allocate(0) == nil)
        #expect(slots.allocate(-1) == nil)
        #expect(slots.free == [0..<4])
    }

    @Test func randomUseNeverOverlapsAndGivesEverythingBack() {
        var random = SystemRandomNumberGenerator()
        var slots = SlotAllocator(units: 200)
        var taken: [Range<Int>] = []
        for _ in 0..<5000 {
            if Bool.random(using: &random), let index = taken.indices.randomElement(using: &random) {
                slots.deallocate(taken.remove(at: index))
            } else {
                let units = Int.random(in: 1...9, using: &random)
                guard let offset = slots.allocate(units) else { continue }
                let slot = offset..<(offset + units)
                #expect(!taken.contains { $0.overlaps(slot) })
                #expect(slot.upperBound <= 200)
                taken.append(slot)
            }
            let takenUnits = taken.map(\.count).reduce(0, +)
            let freeUnits = slots.free.map(\.count).reduce(0, +)
            #expect(takenUnits + freeUnits == 200)
        }
        for slot in taken { slots.deallocate(slot) }
        #expect(slots.free == [0..<200])
    }
}
