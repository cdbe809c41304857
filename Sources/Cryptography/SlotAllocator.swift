/// Which parts of one chunk are taken, in units; pure bookkeeping, touches no memory.
///
/// First fit, with neighbours joined when freed, so that a long life of unequal secrets does not eat the chunk.
package struct SlotAllocator {
    /// Free stretches in order of their offset; no two touch.
    package private(set) var free: [Range<Int>]

    package init(units: Int) {
        free = units > 0 ? [0..<units] : []
    }

    /// The offset of `units` units, or nil where no stretch is long enough.
    package mutating func allocate(_ units: Int) -> Int? {
        guard units > 0, let index = free.firstIndex(where: { $0.count >= units }) else { return nil }
        let stretch = free[index]
        let rest = (stretch.lowerBound + units)..<stretch.upperBound
        if rest.isEmpty {
            free.remove(at: index)
        } else {
            free[index] = rest
        }
        return stretch.lowerBound
    }

    /// Gives back what `allocate` gave.
    package mutating func deallocate(_ slot: Range<Int>) {
        var low = 0
        var high = free.count
        while low < high {
            let middle = (low + high) / 2
            if free[middle].lowerBound < slot.lowerBound {
                low = middle + 1
            } else {
                high = middle
            }
        }
        let touchesNext = low < free.count && free[low].lowerBound == slot.upperBound
        let touchesPrevious = low > 0 && free[low - 1].upperBound == slot.lowerBound
        switch (touchesPrevious, touchesNext) {
        case (true, true):
            free[low - 1] = free[low - 1].lowerBound..<free[low].upperBound
            free.remove(at: low)
        case (true, false): free[low - 1] = free[low - 1].lowerBound..<slot.upperBound
        case (false, true): free[low] = slot.lowerBound..<free[low].upperBound
        case (false, false): free.insert(slot, at: low)
        }
    }
}
