internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers

/// The buffers of one search, kept for the next one: a search allocates nothing once they have
/// grown. Used by one thread at a time.
final class SearchScratch: @unchecked Sendable {
    // @unchecked: the pool gives it to one search at a time.
    /// Rebuilt for every query; made anew when the shape of the models changes.
    private var table: DistanceTable?
    var order = ListOrder()
    var candidates = CandidateBuffer()
    /// The query as the lists see it: of length 1 under cosine.
    var query = Buffer<Float>()
    /// The query in integers, if it has whole components.
    var integers = Buffer<Int16>()
    /// Which of a block's entries match the filter.
    let mask = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: ListBlock.capacity / 64)
    /// Rows and vectors to compare, and the results.
    var rows = Buffer<UInt32>()
    var pointers = Buffer<UnsafeRawPointer?>()
    var distances = Buffer<Float>()

    deinit { mask.deallocate() }

    /// Runs `body` with a table of the given shape, in its last state.
    func withTable<Result: ~Copyable, Failure: Error>(
        _ shape: ProductQuantizer.Shape,
        _ body: (inout DistanceTable) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var current = table.take() ?? DistanceTable(shape: shape)
        if current.shape != shape { current = DistanceTable(shape: shape) }
        do throws(Failure) {
            let result = try body(&current)
            table = consume current
            return result
        } catch {
            table = consume current
            throw error
        }
    }
}

/// Scratch buffers that are not in use.
final class SearchScratchPool: Sendable {
    private let idle = Monitor<[SearchScratch]>([])

    func take() -> SearchScratch {
        idle.update { $0.popLast() } ?? SearchScratch()
    }

    func give(back scratch: SearchScratch) {
        idle.update { $0.append(scratch) }
    }
}
