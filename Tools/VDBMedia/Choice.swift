internal import VDBPrimitives

/// How a loss of power decides what of the unsynced reached the disk.
package struct Choice: Sendable {
    /// The manner: each finds other mistakes.
    package enum Manner: String, CaseIterable, Sendable, Hashable {
        /// Nothing did.
        case dropped
        /// Everything did.
        case kept
        /// Every sector, size and entry decides for itself.
        case mixed
        /// A few did not.
        case mostlyKept
        /// A few did.
        case mostlyDropped
        /// Of some files everything did, of others nothing.
        case byFile
    }

    package let manner: Manner
    private var random: RandomSource
    /// Whether everything of the file at hand is kept, under `byFile`.
    private var keepsFile = false

    package init(_ manner: Manner, seed: UInt64) {
        self.manner = manner
        random = RandomSource(seed: seed)
    }

    /// Turns to the next file or directory.
    mutating func beginFile() { keepsFile = random.next(below: 2) == 0 }

    /// Whether a change of a directory arrived.
    mutating func keepsEntry() -> Bool { version(count: 2) == 1 }

    /// Which of `count` versions is there, 0 being the durable one.
    mutating func version(count: Int) -> Int {
        let newest = count - 1
        return switch manner {
        case .dropped: 0
        case .kept: newest
        case .mixed: random.next(below: count)
        case .mostlyKept: random.next(below: 16) == 0 ? random.next(below: count) : newest
        case .mostlyDropped: random.next(below: 16) == 0 ? random.next(below: count) : 0
        case .byFile: keepsFile ? newest : 0
        }
    }

    /// The size: one that the file had, or one between.
    mutating func size(among sizes: [Int]) -> Int {
        let least = sizes.min() ?? 0
        let most = sizes.max() ?? 0
        if manner == .mixed, least < most, random.next(below: 4) == 0 {
            return least + random.next(below: min(most - least, 1 << 31) + 1)
        }
        return sizes[version(count: sizes.count)]
    }
}
