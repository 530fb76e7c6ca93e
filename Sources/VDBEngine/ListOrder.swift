internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers

/// Lists in the order of their distance, as far as a search asks for them.
///
/// Selects the nearest few among the keys of all and puts only those in order; asks for more cost
/// another round. Where lists are so many that they come in groups, the nearest are looked for in
/// some of the groups, several times as many lists as asked for; the places given out stay as they
/// are when later groups hold nearer ones.
struct ListOrder: ~Copyable {
    private var keys = Buffer<Float>()
    /// The lists that the keys belong to, where they come in groups; else a key's place is that of
    /// its list.
    private var lists = Buffer<UInt32>()
    private var hasGroups = false
    private var keyCount = 0
    private var bytes = Buffer<Int8>()
    private var query: ByteCentroids.Query?
    private var groups = Buffer<UInt32>()
    private var groupKeys = Buffer<Float>()
    /// Groups that have been put in their places.
    private var nearGroupCount = 0
    /// Groups whose lists have keys.
    private var groupCount = 0
    private var selectedKeys = Buffer<Float>()
    private var selectedPlaces = Buffer<UInt32>()
    private var orderedKeys = Buffer<Float>()
    /// Places among the keys.
    private var orderedPlaces = Buffer<UInt32>()
    private(set) var count = 0
    /// How many places are valid.
    private(set) var validCount = 0

    /// Lists that are put in order by counting; beyond, sorting is cheaper.
    private static let countingLimit = 512
    /// Lists looked at for each one asked for, at least.
    private static let factor = 16

    /// Begins with a query whose keys are known.
    mutating func reset(_ known: KnownKeys) {
        count = known.keys.count
        validCount = 0
        keyCount = count
        groupCount = 1
        nearGroupCount = 1
        hasGroups = false
        keys.reserve(count)
        known.keys.withUnsafeBufferPointer { known in
            guard let start = known.baseAddress else { return }
            keys.start.update(from: start, count: known.count)
        }
        makeNumbers(0..<count)
        query = known.query
    }

    /// Begins with a query.
    mutating func reset(_ vector: UnsafePointer<Float>, _ coarse: CoarseQuantizer) {
        count = coarse.count
        validCount = 0
        keyCount = 0
        groupCount = 0
        keys.reserve(count)
        hasGroups = coarse.first != nil
        if hasGroups { lists.reserve(count) }
        bytes.reserve(coarse.second.scratchSize)
        orderGroups(vector, coarse)
        query = coarse.second.prepare(vector, in: bytes.start)
    }

    /// Makes the first `wanted` places valid, or all.
    mutating func order(first wanted: Int, _ coarse: CoarseQuantizer) {
        let wanted = min(wanted, count)
        guard wanted > validCount else { return }
        addKeys(min(count, wanted * Self.factor), coarse)
        let new = wanted - validCount
        let limit = min(keyCount, new + new / 4)
        selectedKeys.reserve(limit)
        selectedPlaces.reserve(limit)
        let found = SelectionKernel.select(
            keys.start, nil, count: keyCount, wanted: new, limit: limit,
            into: selectedKeys.start, selectedPlaces.start
        ).count
        orderedKeys.reserve(validCount + found, keeping: validCount)
        orderedPlaces.reserve(validCount + found, keeping: validCount)
        sort(found)
        // Those that were given out before have an infinite key, and come last.
        let end = validCount + min(found, keyCount - validCount)
        for place in validCount..<end {
            keys.start[Int(orderedPlaces.start[place])] = .infinity
        }
        validCount = end
    }

    /// Puts what was selected behind the valid places, in order.
    private mutating func sort(_ found: Int) {
        let (outKeys, outPlaces) = (
            orderedKeys.start + validCount, orderedPlaces.start + validCount
        )
        if found <= Self.countingLimit {
            SelectionKernel.order(
                selectedKeys.start, selectedPlaces.start, count: found, into: outKeys, outPlaces)
            return
        }
        let sorted = (0..<found).map {
            Neighbor(distance: selectedKeys.start[$0], row: selectedPlaces.start[$0])
        }.nearestFirst
        for (place, neighbor) in sorted.enumerated() {
            outPlaces[place] = neighbor.row
            outKeys[place] = neighbor.distance
        }
    }

    /// Finds the groups that are nearest.
    private mutating func orderGroups(
        _ vector: UnsafePointer<Float>, _ coarse: CoarseQuantizer
    ) {
        groups.reserve(coarse.groupCount)
        groups.start[0] = 0
        nearGroupCount = 1
        guard let first = coarse.first else { return }
        bytes.reserve(first.scratchSize)
        let query = first.prepare(vector, in: bytes.start)
        let all = [0 as UInt32].withUnsafeBufferPointer { one in
            first.keys(
                of: query, bytes.start, groups: one, wanted: coarse.groupCount, into: keys.start,
                lists.start)
        }
        groupKeys.reserve(all.count)
        groupKeys.start.update(from: keys.start, count: all.count)
        // Those that nearly every search is content with, in any order.
        let wanted = (all.count + 3) / 4
        orderedKeys.reserve(all.count)
        nearGroupCount =
            SelectionKernel.select(
                keys.start, lists.start, count: all.count, wanted: wanted, limit: wanted + 16,
                into: orderedKeys.start, groups.start
            ).count
    }

    /// Puts the groups behind the nearest ones in order too, for a search that goes far.
    private mutating func orderFarGroups(_ count: Int) {
        for place in 0..<nearGroupCount {
            groupKeys.start[Int(groups.start[place])] = -.infinity
        }
        let sorted = (0..<count).map {
            Neighbor(distance: groupKeys.start[$0], row: UInt32($0))
        }.nearestFirst
        for place in nearGroupCount..<count { groups.start[place] = sorted[place].row }
        nearGroupCount = count
    }

    /// Works out how far lists are until at least so many keys are there.
    private mutating func addKeys(_ wanted: Int, _ coarse: CoarseQuantizer) {
        guard let query else { return }
        while keyCount < wanted, groupCount < coarse.groupCount {
            if groupCount == nearGroupCount { orderFarGroups(coarse.groupCount) }
            addKeys(wanted, coarse, query)
        }
    }

    private mutating func addKeys(
        _ wanted: Int, _ coarse: CoarseQuantizer, _ query: ByteCentroids.Query
    ) {
        let left = UnsafeBufferPointer(
            start: groups.start + groupCount, count: nearGroupCount - groupCount)
        let added = coarse.second.keys(
            of: query, bytes.start, groups: left,
            // The nearest groups are in no order: all of them.
            wanted: groupCount == 0 ? .max : wanted - keyCount,
            into: keys.start + keyCount, hasGroups ? lists.start + keyCount : nil)
        makeNumbers(keyCount..<keyCount + added.count)
        keyCount += added.count
        groupCount += added.groupCount
    }

    /// Makes keys finite: those of centroids that are too far away for numbers, or are none, become
    /// the greatest there is. Kernels need numbers, and infinity is for what was given out.
    private func makeNumbers(_ range: Range<Int>) {
        for place in range where !(keys.start[place] <= .greatestFiniteMagnitude) {
            keys.start[place] = .greatestFiniteMagnitude
        }
    }

    /// The index of the list at `place`, which has been put in order.
    subscript(place: Int) -> Int {
        precondition(place < validCount, "place \(place) of \(validCount) ordered ones")
        let key = Int(orderedPlaces.start[place])
        return hasGroups ? Int(lists.start[key]) : key
    }

    /// The distance to the list at `place`, as far as 8 bits tell.
    func distance(_ place: Int) -> Float {
        precondition(place < validCount, "place \(place) of \(validCount) ordered ones")
        return orderedKeys.start[place] + (query?.origin ?? 0)
    }
}
