internal import Synchronization
internal import VDBPrimitives
internal import VDBStorage

/// The chunks of vectors as a snapshot sees them, each vector checked with its stripe on the first
/// touch.
///
/// Safe to use from any number of threads while the snapshot's transaction lives.
final class StripedVectors: @unchecked Sendable {
    // @unchecked: what is behind the pointers is atomic.
    let chunks: ResolvedValues
    private let shape: RecordShape
    /// Vectors in all chunks.
    private let count: Int
    /// log₂ of the rows of a chunk.
    private let chunkShift: Int
    private let ownLayout: Layout
    /// Of chunks that are stored in bytes.
    private let byteLayout: Layout
    /// The element type of each chunk whose head has been checked, 0 before.
    private let elements: UnsafeMutablePointer<Atomic<UInt8>>
    /// A bit for each stripe that has been checked, from `wordCount` words a chunk.
    private let checked: UnsafeMutablePointer<Atomic<UInt64>>
    private let wordCount: Int

    /// How the vectors of a chunk lie, worked out once as every candidate of a search asks.
    private struct Layout {
        let vectorSize: Int
        /// log₂ of the rows of a stripe.
        let stripeShift: Int

        init(vectorSize: Int) {
            self.vectorSize = vectorSize
            stripeShift =
                VectorStripes.rowCount(vectorSize: vectorSize).trailingZeroBitCount
        }
    }

    /// A chunk whose head has been checked.
    private struct CheckedChunk {
        let number: Int
        let vectors: UnsafeRawPointer
        let element: ElementType
        let layout: Layout
        /// Bits of the stripes that have been checked.
        let checked: UnsafeMutablePointer<Atomic<UInt64>>
    }

    /// - Parameter earlier: the snapshot before, still alive; what it has checked and what has not
    ///   moved is not checked again.
    init(
        _ chunks: ResolvedValues, shape: RecordShape, count: Int, chunkShift: Int,
        earlier: StripedVectors?
    ) {
        self.chunks = chunks
        self.shape = shape
        self.count = count
        self.chunkShift = chunkShift
        ownLayout = Layout(vectorSize: shape.vectorSize)
        byteLayout = Layout(vectorSize: shape.storedSize(as: .uint8))
        wordCount = (1 << max(chunkShift - ownLayout.stripeShift, 0) + 63) / 64
        elements = .allocate(capacity: max(chunks.count, 1))
        checked = .allocate(capacity: max(chunks.count * wordCount, 1))
        for chunk in 0..<chunks.count {
            let known = earlier.flatMap { chunks.isSame(chunk, in: $0.chunks) ? $0 : nil }
            // The element first: bits without it count for nothing.
            let element = known?.elements[chunk].load(ordering: .relaxed) ?? 0
            (elements + chunk).initialize(to: Atomic(element))
            for word in chunk * wordCount..<(chunk + 1) * wordCount {
                let bits = element == 0 ? 0 : known?.checked[word].load(ordering: .relaxed) ?? 0
                (checked + word).initialize(to: Atomic(bits))
            }
        }
    }

    deinit {
        elements.deinitialize(count: chunks.count)
        elements.deallocate()
        checked.deinitialize(count: chunks.count * wordCount)
        checked.deallocate()
    }

    /// The vector of a row, in place.
    func vector(_ row: UInt32) throws(StorageError) -> StoredVector {
        let chunk = try checkedChunk(Int(row) &>> chunkShift)
        return StoredVector(start: try start(of: row, in: chunk), element: chunk.element)
    }

    /// Where the vectors of some rows begin, as far as these are stored alike; quicker where rows
    /// of one chunk follow each other.
    ///
    /// - Parameters:
    ///   - rows: `count` of them, at least one.
    ///   - starts: room for as many.
    /// - Returns: how many were found, and what they are stored in: the next, if there is one, is
    ///   stored in something else.
    func find(
        _ rows: UnsafePointer<UInt32>, count: Int,
        into starts: UnsafeMutablePointer<UnsafeRawPointer?>
    ) throws(StorageError) -> (count: Int, element: ElementType) {
        var chunk = try checkedChunk(Int(rows[0]) &>> chunkShift)
        for index in 0..<count {
            let row = rows[index]
            let number = Int(row) &>> chunkShift
            if number != chunk.number {
                let next = try checkedChunk(number)
                if next.element != chunk.element { return (index, chunk.element) }
                chunk = next
            }
            starts[index] = try start(of: row, in: chunk)
        }
        return (count, chunk.element)
    }

    @inline(__always)
    private func checkedChunk(_ chunk: Int) throws(StorageError) -> CheckedChunk {
        guard chunk < chunks.count else {
            throw failure(chunk, .inconsistent("the chunk is missing"))
        }
        var field = elements[chunk].load(ordering: .relaxed)
        if field == 0 { field = try checkHead(chunk) }
        guard let element = ElementType(rawValue: field) else {
            throw failure(chunk, .unknownValue(field: "element type", value: UInt64(field)))
        }
        return CheckedChunk(
            number: chunk, vectors: chunks.start(chunk) + AlignedValue.headerSize,
            element: element, layout: element == shape.element ? ownLayout : byteLayout,
            checked: checked + chunk &* wordCount)
    }

    /// The vector of one of a chunk's rows, its stripe checked.
    @inline(__always)
    private func start(
        of row: UInt32, in chunk: CheckedChunk
    ) throws(StorageError) -> UnsafeRawPointer {
        guard row < count else {
            throw failure(chunk.number, .inconsistent("row \(row) is not in it"))
        }
        let index = Int(row) & (1 &<< chunkShift &- 1)
        let stripe = index &>> chunk.layout.stripeShift
        let bits = chunk.checked[stripe &>> 6].load(ordering: .relaxed)
        if bits & (1 &<< UInt64(truncatingIfNeeded: stripe)) == 0 {
            try check(stripe, of: chunk.number, vectorSize: chunk.layout.vectorSize)
        }
        return chunk.vectors + index &* chunk.layout.vectorSize
    }

    /// The vectors of a chunk's rows, one after the other, all of them checked; none of a chunk
    /// that is missing, as all its rows are dead.
    func vectors(ofChunk chunk: Int) throws(StorageError) -> StoredVectors {
        guard chunk < chunks.count else {
            throw failure(chunk, .inconsistent("the chunk is missing"))
        }
        if chunks.isMissing(chunk) {
            return StoredVectors(start: chunks.start(chunk), count: 0, element: shape.element)
        }
        let shape = shape
        return try chunks.decode(chunk) { (value) throws(DecodingFailure) in
            try VectorChunk.vectors(value, vectorSize: shape.vectorSize, element: shape.element)
        }
    }

    /// The first touch of a chunk; one of a layout without stripes is checked whole.
    @inline(never)
    private func checkHead(_ chunk: Int) throws(StorageError) -> UInt8 {
        if chunks.isMissing(chunk) {
            throw failure(chunk, .inconsistent("the chunk is missing, as all its rows are dead"))
        }
        let value = chunks.uncheckedValue(chunk)
        let first = chunk << chunkShift
        var element: ElementType
        if value[5] >= VectorStripes.firstVersion {
            do throws(DecodingFailure) {
                element = try VectorStripes.checkHead(
                    value, key: chunks.key(chunk), shape: shape,
                    count: min(1 << chunkShift, count - first))
            } catch {
                throw failure(chunk, error)
            }
        } else {
            let vectors = try vectors(ofChunk: chunk)
            guard vectors.count >= min(1 << chunkShift, count - first) else {
                throw failure(
                    chunk, .inconsistent("\(vectors.count) vectors in the chunk of row \(first)"))
            }
            element = vectors.element
            for word in chunk * wordCount..<(chunk + 1) * wordCount {
                checked[word].store(.max, ordering: .relaxed)
            }
        }
        elements[chunk].store(element.rawValue, ordering: .relaxed)
        return element.rawValue
    }

    @inline(never)
    private func check(
        _ stripe: Int, of chunk: Int, vectorSize: Int
    ) throws(StorageError) {
        do throws(DecodingFailure) {
            try VectorStripes.check(
                stripe, of: chunks.uncheckedValue(chunk), vectorSize: vectorSize)
        } catch {
            throw failure(chunk, error)
        }
        checked[chunk * wordCount + stripe >> 6].bitwiseOr(
            1 << UInt64(stripe & 63), ordering: .relaxed)
    }

    private func failure(_ chunk: Int, _ failure: DecodingFailure) -> StorageError {
        .damaged(
            table: TableName.vectors.rawValue, key: Keys.chunk(chunk).description,
            failure: failure)
    }
}
