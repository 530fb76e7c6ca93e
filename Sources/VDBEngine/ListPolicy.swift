internal import VDBIndex
internal import VDBPrimitives

/// Says which lists are too large and which too small.
///
/// Scanning costs by the length of lists, ordering them by their number; `IndexPlan` knows the
/// number at which both together are cheapest. The largest lists are split until there are that
/// many, and one that is four times the mean in any case; where there are more than that, the
/// smallest go. (J. Mohoney et al., "Quake: Adaptive Indexing for Vector Search", OSDI 2025, weighs
/// the same two costs list by list.)
struct ListPolicy: Sendable {
    /// The number of lists to have.
    let plannedCount: Int
    /// Live records in a list on the average, if there were that many.
    let targetSize: Int

    /// Lists that one transaction splits, or merges, at most.
    private static let stepLimit = 8
    /// A list of so many times the target is split, however many lists there are.
    private static let greatestFactor = 4
    /// A list below one part in so many of the target may go.
    private static let leastPart = 4

    init(liveCount: Int, shape: RecordShape, options: IndexOptions) {
        plannedCount =
            IndexPlan(liveCount: max(liveCount, 1), shape: shape, options: options).listCount
        targetSize = max(1, liveCount / plannedCount)
    }

    /// Lists to split, the largest first.
    ///
    /// - Parameters:
    ///   - sizes: entries of each list.
    ///   - isStubborn: whether a list of a size is known to be indivisible.
    func splits(
        of sizes: [Int], isStubborn: (_ index: Int, _ size: Int) -> Bool
    ) -> [Int] {
        // With a little slack, so that not every few records are a reason.
        let isShort = sizes.count * 20 < plannedCount * 19
        let missing = isShort ? plannedCount - sizes.count : 0
        let large = sizes.indices.filter {
            sizes[$0] > max(targetSize * 5 / 4, 1) && !isStubborn($0, sizes[$0])
        }.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
        let overlong = large.prefix { sizes[$0] > targetSize * Self.greatestFactor }.count
        return Array(large.prefix(min(max(missing, overlong), Self.stepLimit)))
    }

    /// Lists to merge into their neighbours, the smallest first.
    func merges(of sizes: [Int]) -> [Int] {
        let surplus = sizes.count - max(plannedCount, 1)
        guard surplus > 0 else { return [] }
        // Far too many lists are too many, even where none is very small.
        let isMany = sizes.count * 5 > plannedCount * 6
        let small = sizes.indices
            .filter { sizes[$0] * (isMany ? 1 : Self.leastPart) < targetSize }
            .sorted { (sizes[$0], $0) < (sizes[$1], $1) }
        return Array(small.prefix(min(surplus, Self.stepLimit)))
    }

    /// How many parts a list is cut into: two, or more if it is far too large.
    func partCount(size: Int) -> Int {
        size > targetSize * Self.greatestFactor ? min(size / targetSize, 8) : 2
    }
}
