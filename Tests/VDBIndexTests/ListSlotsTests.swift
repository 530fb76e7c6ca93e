import Testing
import VDBPrimitives
import VDBQuantizers
import VDBStorage

@testable import VDBIndex

@Suite("Slots of centroids")
struct ListSlotsTests {
    @Test("a list that goes leaves a slot, which the next one takes")
    func reuse() {
        var slots = ListSlots(firstList: 5, count: 4)
        #expect(slots.numbers == [5, 6, 7, 8])
        #expect(slots.change(removing: [6], adding: []) == [])
        #expect(slots.slots == [5, 0, 7, 8])
        #expect(slots.numbers == [5, 7, 8])
        #expect(slots.index(ofList: 7) == 1)
        #expect(slots.index(ofList: 6) == nil)
        #expect(slots.change(removing: [8], adding: [9, 10, 11]) == [1, 3, 4])
        #expect(slots.slots == [5, 9, 7, 10, 11])
    }

    @Test("centroids are read as they were after any changes, of which each writes few chunks")
    func changes() throws {
        let dimension = 1024
        let shape = RecordShape(
            dimension: dimension, element: .float32, metric: .euclidean, columns: [])
        var random = RandomSource(seed: 3)
        func vector() -> [Float] { (0..<dimension).map { _ in random.nextUnit() } }
        let quantizerShape = ProductQuantizer.Shape(
            dimension: dimension, subspaceCount: 4, bitsPerSubspace: 4)
        var models = Models(
            generation: 1, lists: ListSlots(firstList: 1, count: 30), metric: .euclidean,
            centroids: Centroids(
                Matrix(columnCount: dimension, values: (0..<30).flatMap { _ in vector() })),
            quantizer: ProductQuantizer(
                shape: quantizerShape,
                codebook: [Float](repeating: 1, count: quantizerShape.codebookCount)),
            calibration: Calibration(trainedCount: 1, centroidError: 1, quantizationError: 1))
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try models.write(transaction)
            }
            var next: UInt32 = 31
            for _ in 0..<12 {
                var change = Models.CentroidChange()
                for _ in 0..<1 + random.next(below: 2) {
                    let number = models.lists.numbers[random.next(below: models.lists.count)]
                    if !change.removed.contains(number) { change.removed.append(number) }
                }
                for _ in 0..<random.next(below: 4) {
                    change.added.append((next, vector()))
                    next += 1
                }
                let (changed, slots) = models.changed(by: change)
                #expect(slots.count == change.added.count)
                models = changed
                try environment.change { (transaction) throws(StorageError) in
                    try models.writeCentroids(slots, transaction)
                }
                let stored = try environment.read { (access) throws(StorageError) in
                    try Models.read(generation: 1, shape: shape, access)
                }
                #expect(stored.lists == models.lists)
                #expect(stored.centroids.matrix.values == models.centroids.matrix.values)
            }
        }
    }
}
