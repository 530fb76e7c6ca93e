package import VDBPrimitives
internal import VDBQuantizers
package import VDBStorage

extension Models {
    /// Lists that go and lists that come, with their centroids. A centroid never moves: a list
    /// with another one has another number.
    package struct CentroidChange: Sendable {
        /// Numbers of lists that are no more.
        package var removed: [UInt32] = []
        /// New lists.
        package var added: [(number: UInt32, centroid: [Float])] = []

        package init() {}

        package var isEmpty: Bool { removed.isEmpty && added.isEmpty }
    }

    /// The same generation after a change of lists, and the slots that it touches.
    package func changed(
        by change: CentroidChange
    ) -> (models: Models, slots: Set<Int>) {
        let dimension = centroids.dimension
        // What each slot holds: a centroid of before, by index, or one that is new.
        var rows = [(index: Int?, centroid: ArraySlice<Float>)?](
            repeating: nil, count: lists.slots.count)
        for (index, slot) in lists.slotOfIndex.enumerated() {
            rows[slot] = (index, centroids.matrix.row(index))
        }
        var touched = Set<Int>()
        var slots = lists
        for number in change.removed {
            guard let index = lists.index(ofList: number) else { continue }
            let slot = lists.slotOfIndex[index]
            rows[slot] = nil
            // Its vector becomes zeros, as the page says of free slots.
            touched.insert(slot)
        }
        let taken = slots.change(
            removing: change.removed, adding: change.added.map(\.number))
        for (slot, added) in zip(taken, change.added) {
            while rows.count <= slot { rows.append(nil) }
            rows[slot] = (nil, added.centroid[...])
            touched.insert(slot)
        }
        var values: [Float] = []
        values.reserveCapacity(slots.count * dimension)
        let filled = rows.compactMap { $0 }
        for row in filled { values.append(contentsOf: row.centroid) }
        let changed = Centroids(Matrix(columnCount: dimension, values: values))
        let models = Models(
            generation: generation, lists: slots, metric: metric, listMetric: listMetric,
            centroids: changed,
            coarse: CoarseQuantizer(
                changed, changedFrom: coarse, origins: filled.map(\.index)),
            quantizer: quantizer, calibration: calibration)
        return (models, touched)
    }

    /// Writes which list is in which slot, and the chunks of the slots in `touched`; nil for all.
    package func writeCentroids(
        _ touched: Set<Int>?, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let table = transaction.environment.table(.models)
        let key = Keys.centroids(generation: generation)
        try transaction.put(table, key, encodeSlots(key))
        let width = CentroidChunk.slotCount(dimension: centroids.dimension)
        let chunkCount = (lists.slots.count + width - 1) / width
        let chunks = touched.map { Set($0.map { $0 / width }).sorted() } ?? Array(0..<chunkCount)
        for chunk in chunks {
            let slots = chunk * width..<min((chunk + 1) * width, lists.slots.count)
            let key = Keys.centroidChunk(generation: generation, chunk: chunk)
            var values: [Float] = []
            for slot in slots {
                let number = lists.slots[slot]
                if number != 0, let index = lists.index(ofList: number) {
                    values.append(contentsOf: centroids.matrix.row(index))
                } else {
                    values.append(
                        contentsOf: repeatElement(0, count: centroids.dimension))
                }
            }
            try transaction.put(
                table, key,
                CentroidChunk.encode(key, centroids: values, dimension: centroids.dimension))
        }
    }

    private func encodeSlots(_ key: Key) -> [UInt8] {
        var writer = SealedValue.writer(
            kind: ValueKind.centroids, version: Self.centroidsVersion,
            reservingCapacity: lists.slots.count * 4 + 16)
        writer.write(UInt32(lists.slots.count))
        writer.write(UInt32(centroids.dimension))
        writer.write(UInt32(CentroidChunk.slotCount(dimension: centroids.dimension)))
        writer.write(UInt32(0))
        writer.write(contentsOf: lists.slots)
        return SealedValue.seal(writer, key: key)
    }

    /// The lists of a generation alone, to see whether they have changed.
    package static func lists(
        generation: UInt32, shape: RecordShape, _ access: Access
    ) throws(StorageError) -> ListSlots {
        try head(generation: generation, shape: shape, access).lists
    }

    private static func head(
        generation: UInt32, shape: RecordShape, _ access: Access
    ) throws(StorageError) -> CentroidsHead {
        try decode(
            Keys.centroids(generation: generation), ValueKind.centroids,
            versions: layoutVersion...centroidsVersion, access
        ) { (reader, version) throws(DecodingFailure) -> CentroidsHead in
            try CentroidsHead(&reader, version: version, dimension: shape.dimension)
        }
    }

    /// Centroids and lists of a generation, in either layout.
    static func readCentroids(
        generation: UInt32, shape: RecordShape, _ access: Access
    ) throws(StorageError) -> (centroids: Centroids, lists: ListSlots) {
        let head = try head(generation: generation, shape: shape, access)
        var values = head.values
        if head.slotsPerChunk > 0 {
            values.reserveCapacity(head.lists.count * shape.dimension)
            for start in stride(from: 0, to: head.lists.slots.count, by: head.slotsPerChunk) {
                let slots = start..<min(start + head.slotsPerChunk, head.lists.slots.count)
                let key = Keys.centroidChunk(
                    generation: generation, chunk: start / head.slotsPerChunk)
                let chunk = try decode(key, ValueKind.centroidChunk, access) {
                    (reader, _) throws(DecodingFailure) -> [Float] in
                    try CentroidChunk.decode(
                        &reader, count: slots.count, dimension: shape.dimension)
                }
                for slot in slots where head.lists.slots[slot] != 0 {
                    let first = (slot - start) * shape.dimension
                    values.append(contentsOf: chunk[first..<first + shape.dimension])
                }
            }
        }
        return (
            Centroids(Matrix(columnCount: shape.dimension, values: values)), head.lists
        )
    }
}

/// What the value says under which a generation's centroids begin (`Formats/models.md`,
/// "Centroids").
private struct CentroidsHead {
    let lists: ListSlots
    /// 0 in layout version 1, where the centroids are here.
    let slotsPerChunk: Int
    var values: [Float] = []

    init(_ reader: inout ByteReader, version: UInt8, dimension: Int) throws(DecodingFailure) {
        let count = Int(try reader.read(UInt32.self))
        let width = Int(try reader.read(UInt32.self))
        let third = try reader.read(UInt32.self)
        _ = try reader.read(UInt32.self)
        guard width == dimension, count > 0 else {
            throw .inconsistent(
                "\(count) centroids of dimension \(width), the schema says \(dimension)")
        }
        if version == Models.layoutVersion {
            values = try reader.readArray(of: Float.self, count: count * dimension)
            guard third > 0, count <= UInt32.max - third else {
                throw .inconsistent("\(count) lists from number \(third) on")
            }
            lists = ListSlots(firstList: third, count: count)
            slotsPerChunk = 0
            return
        }
        let slots = try reader.readArray(of: UInt32.self, count: count)
        let used = slots.filter { $0 != 0 }
        guard third > 0, !used.isEmpty, Set(used).count == used.count else {
            throw .inconsistent(
                "\(used.count) lists in \(count) slots, \(third) a chunk, some of them twice or "
                    + "none at all")
        }
        lists = ListSlots(slots: slots)
        slotsPerChunk = Int(third)
    }
}
