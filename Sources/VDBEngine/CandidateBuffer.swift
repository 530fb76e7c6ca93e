internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers

/// The entries with the best estimates that a scan has seen.
///
/// No heap: what passes the threshold is appended, and when there is too much of it the best are
/// selected in a few passes, which lowers the threshold.
struct CandidateBuffer: ~Copyable {
    private var estimates = Buffer<Float>()
    private var placeMemory = Buffer<UInt32>()
    /// What `order` makes.
    private var orderedEstimates = Buffer<Float>()
    private var orderedPlaces = Buffer<UInt32>()
    private var wanted = 1
    private(set) var count = 0
    /// Estimates that are not below it cannot be among those wanted any more.
    private(set) var threshold = Float.infinity

    /// Estimates up to which entries count as near.
    private var nearBound = -Float.infinity
    /// Entries seen so far that are near.
    private(set) var nearCount = 0

    /// Candidates that are put in order by counting; beyond, sorting is cheaper.
    private static let orderLimit = 512

    /// Room to begin with where all may be wanted that is below a bound.
    private static let firstCapacity = 4096

    /// Starts anew, for the best `wanted` entries below a bound; those up to `near` are counted.
    mutating func reset(
        wanted: Int, bound: Float = .infinity, near: Float = -.infinity
    ) {
        nearBound = near
        nearCount = 0
        self.wanted = wanted
        count = 0
        threshold = bound
        let limit = Self.limit(wanted)
        let first = bound < .infinity ? min(limit, Self.firstCapacity) : limit
        estimates.reserve(first + ListBlock.capacity)
        placeMemory.reserve(first + ListBlock.capacity)
    }

    /// Where the next block's estimates go; there is room for a whole block.
    var freeEstimates: UnsafeMutablePointer<Float> { estimates.start + count }
    /// Where the places of its entries go: block × 256 + position.
    var freePlaces: UnsafeMutablePointer<UInt32> { placeMemory.start + count }

    /// Takes what was written to the free room.
    mutating func append(_ found: Int) {
        if nearBound > -.infinity {
            for index in count..<count + found where estimates.start[index] <= nearBound {
                nearCount += 1
            }
        }
        count += found
        if count > Self.limit(wanted) { select(limit: wanted + wanted / 4) }
        if count + ListBlock.capacity > estimates.capacity {
            let capacity = 2 * estimates.capacity
            estimates.grow(capacity, keeping: count)
            placeMemory.grow(capacity, keeping: count)
        }
    }

    /// Keeps the best `wanted`, in no order.
    mutating func finish() {
        if count > wanted { select(limit: wanted) }
    }

    /// A candidate, after `finish`.
    func place(_ index: Int) -> UInt32 { placeMemory.start[index] }

    /// All of them.
    var places: UnsafePointer<UInt32> { UnsafePointer(placeMemory.start) }

    /// Puts the candidates in order, best first, after `finish`.
    mutating func order() {
        orderedEstimates.reserve(count)
        orderedPlaces.reserve(count)
        if count <= Self.orderLimit {
            SelectionKernel.order(
                estimates.start, placeMemory.start, count: count, into: orderedEstimates.start,
                orderedPlaces.start)
            takeOrder()
            return
        }
        let sorted = (0..<count).map { Neighbor(distance: estimates.start[$0], row: UInt32($0)) }
            .nearestFirst
        for (rank, neighbor) in sorted.enumerated() {
            orderedEstimates.start[rank] = neighbor.distance
            orderedPlaces.start[rank] = placeMemory.start[Int(neighbor.row)]
        }
        takeOrder()
    }

    func estimate(_ index: Int) -> Float { estimates.start[index] }

    private mutating func takeOrder() {
        estimates.start.update(from: orderedEstimates.start, count: count)
        placeMemory.start.update(from: orderedPlaces.start, count: count)
    }

    /// How many may gather before the best are selected.
    private static func limit(_ wanted: Int) -> Int { wanted + max(wanted / 2, 16) }

    private mutating func select(limit: Int) {
        (count, threshold) = SelectionKernel.select(
            estimates.start, placeMemory.start, count: count, wanted: wanted, limit: limit,
            into: estimates.start, placeMemory.start)
    }
}
