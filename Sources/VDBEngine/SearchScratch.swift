internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers

/// The buffers of one search, kept for the next one: a search allocates nothing once they have
/// grown. Used by one thread at a time.
final class SearchScratch: @unchecked Sendable {
    // @unchecked: the pool gives it to one search at a time.
    // What changes during a search is behind pointers: a class's own variables are guarded
    // against overlapping access, call by call.
    let order = Cell(ListOrder())
    let candidates = Cell(CandidateBuffer())
    /// Rebuilt for every query; made anew when the shape of the models changes.
    let table = Cell<DistanceTable?>(nil)
    /// The query as the lists see it: of length 1 under cosine.
    let query = Cell(Buffer<Float>())
    /// The query in integers, if it has whole components.
    let integers = Cell(QueryIntegers())
    /// Which of a block's entries match the filter.
    let maskStart = UnsafeMutablePointer<UInt64>.allocate(capacity: ListBlock.capacity / 64)
    /// A block's attribute columns.
    let views = Cell<[ColumnView]>([])
    /// Rows and vectors to compare, and the results.
    let rows = Cell(Buffer<UInt32>())
    let pointers = Cell(Buffer<UnsafeRawPointer?>())
    let distances = Cell(Buffer<Float>())
    /// A bit for each row.
    let rowBits = Cell(RowBits())
    /// Which of some gathered rows match the filter.
    let batchMask = UnsafeMutableBufferPointer<UInt64>.allocate(
        capacity: GatheredColumns.capacity / 64)
    /// Cells of rows of the one schema that an engine has.
    private let gathered = Cell<GatheredColumns?>(nil)

    deinit {
        maskStart.deallocate()
        batchMask.deallocate()
    }

    var mask: UnsafeMutableBufferPointer<UInt64> {
        UnsafeMutableBufferPointer(start: maskStart, count: ListBlock.capacity / 64)
    }

    /// Room for cells of rows of a schema.
    func columns(widths: [CellWidth]) -> GatheredColumns {
        if let known = gathered.value { return known }
        let made = GatheredColumns(widths: widths)
        gathered.value = made
        return made
    }

    /// Makes the table one of the given shape.
    func prepareTable(_ shape: ProductQuantizer.Shape) {
        if let known = table.value?.shape, known == shape { return }
        table.value = DistanceTable(shape: shape)
    }
}

/// A value in memory of its own.
struct Cell<Value: ~Copyable>: ~Copyable {
    private let memory = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    init(_ value: consuming Value) { memory.initialize(to: value) }

    deinit {
        memory.deinitialize(count: 1)
        memory.deallocate()
    }

    var value: Value {
        @inline(__always)
        _read { yield memory.pointee }
        @inline(__always)
        nonmutating _modify { yield &memory.pointee }
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
