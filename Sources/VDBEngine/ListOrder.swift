internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers

/// Lists in the order of their distance, as far as a search asks for them.
///
/// Selects the nearest few among the keys of all and puts only those in order; asks for more cost
/// another round.
struct ListOrder: ~Copyable {
    private var keys = Buffer<Float>()
    private var bytes = Buffer<Int8>()
    private var selectedKeys = Buffer<Float>()
    private var selectedLists = Buffer<UInt32>()
    private var orderedKeys = Buffer<Float>()
    private var orderedLists = Buffer<UInt32>()
    /// What a key lacks to be a distance.
    private var origin: Float = 0
    private(set) var count = 0
    /// How many places are valid.
    private(set) var validCount = 0

    /// Lists that are put in order by counting; beyond, sorting is cheaper.
    private static let countingLimit = 512

    /// Works out how far all lists are from a query.
    mutating func reset(_ query: UnsafePointer<Float>, _ models: Models) {
        count = models.centroids.count
        validCount = 0
        keys.reserve(count)
        bytes.reserve(models.coarse.scratchSize)
        origin = models.coarse.keys(of: query, scratch: bytes.start, into: keys.start)
    }

    /// Makes the first `wanted` places valid, or all.
    mutating func order(first wanted: Int) {
        let wanted = min(wanted, count)
        guard wanted > validCount else { return }
        let limit = min(count, wanted + wanted / 4)
        selectedKeys.reserve(limit)
        selectedLists.reserve(limit)
        orderedKeys.reserve(limit)
        orderedLists.reserve(limit)
        validCount =
            SelectionKernel.select(
                keys.start, nil, count: count, wanted: wanted, limit: limit,
                into: selectedKeys.start, selectedLists.start
            ).count
        if validCount <= Self.countingLimit {
            SelectionKernel.order(
                selectedKeys.start, selectedLists.start, count: validCount,
                into: orderedKeys.start, orderedLists.start)
            return
        }
        let sorted = (0..<validCount).map {
            Neighbor(distance: selectedKeys.start[$0], row: selectedLists.start[$0])
        }.sorted()
        for (place, neighbor) in sorted.enumerated() {
            orderedLists.start[place] = neighbor.row
            orderedKeys.start[place] = neighbor.distance
        }
    }

    /// The index of the list at `place`, which has been put in order.
    subscript(place: Int) -> Int {
        precondition(place < validCount, "place \(place) of \(validCount) ordered ones")
        return Int(orderedLists.start[place])
    }

    /// The distance to the list at `place`, as far as 8 bits tell.
    func distance(_ place: Int) -> Float {
        precondition(place < validCount, "place \(place) of \(validCount) ordered ones")
        return orderedKeys.start[place] + origin
    }
}
