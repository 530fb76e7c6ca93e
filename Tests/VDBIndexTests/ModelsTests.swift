import Testing
import VDBPrimitives
import VDBQuantizers
import VDBStorage

@testable import VDBIndex

/// Round trips and damage of what was learnt from the data.
@Suite struct ModelsTests {
    private var shape: RecordShape {
        RecordShape(dimension: 6, element: .float16, metric: .cosine, columns: [.four])
    }

    private func models(bitsPerSubspace: Int, isRotated: Bool = false) -> Models {
        var random = RandomSource(seed: 11)
        let quantizerShape = ProductQuantizer.Shape(
            dimension: 6, subspaceCount: 4, bitsPerSubspace: bitsPerSubspace)
        let codebook = (0..<quantizerShape.codebookCount).map { _ in random.nextUnit() }
        let centroids = Matrix(columnCount: 6, values: (0..<30).map { _ in random.nextUnit() })
        // Components in another order are axes too.
        var axes = Matrix(rowCount: 6, columnCount: 6)
        for row in 0..<6 { axes[row, (row + 2) % 6] = row == 3 ? -1 : 1 }
        let points = (1...3).map {
            OperatingPoint(
                recall: Float($0) / 4, probeCount: $0 * 2, rerankCount: $0 * 30,
                probeBound: $0 == 1 ? .infinity : Float($0) / 3)
        }
        return Models(
            generation: 2, lists: ListSlots(firstList: 40, count: 5), metric: .cosine,
            centroids: Centroids(centroids),
            quantizer: ProductQuantizer(
                shape: quantizerShape, codebook: codebook,
                rotation: isRotated ? Rotation(axes) : nil),
            calibration: Calibration(
                trainedCount: 1000, centroidError: 0.5, quantizationError: 0.25, points: points,
                ranges: [
                    RangePoint(share: 0.5, reach: 0.25, spread: -1),
                    RangePoint(share: 1, reach: 0.75, spread: 4),
                ]))
    }

    @Test(
        "models are read as they were written, and any damage to them is noticed",
        arguments: [4, 8], [false, true])
    func models(bits: Int, isRotated: Bool) throws {
        let models = models(bitsPerSubspace: bits, isRotated: isRotated)
        let shape = shape
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try models.write(transaction)
            }
            let stored = try environment.read { (access) throws(StorageError) in
                try Models.read(generation: 2, shape: shape, access)
            }
            #expect(stored.generation == 2)
            #expect(stored.lists.numbers == [40, 41, 42, 43, 44])
            #expect(stored.codec == (bits == 4 ? .pq4 : .pq8))
            #expect(stored.centroids.matrix.values == models.centroids.matrix.values)
            #expect(stored.quantizer.shape == models.quantizer.shape)
            #expect(stored.quantizer.codebook == models.quantizer.codebook)
            let axes = [stored, models].map { $0.quantizer.rotation?.matrix.values }
            #expect(axes[0] == axes[1])
            #expect((stored.quantizer.rotation == nil) == !isRotated)
            #expect(stored.listMetric == .euclidean)
            #expect(stored.calibration == models.calibration)
            let quantizerKeys = bits == 4 ? [Keys.quantizer(generation: 2)] : []
            for key in [
                Keys.centroids(generation: 2), Keys.centroidChunk(generation: 2, chunk: 0),
                Keys.calibration(generation: 2),
            ]
                + quantizerKeys
            {
                try expectDetectionInTable(environment, .models, key) {
                    (access) throws(StorageError) in
                    _ = try Models.read(generation: 2, shape: shape, access)
                }
            }
        }
    }

    @Test(
        "a quantizer of layout version 1 is read, and its cosine is that of inner products",
        arguments: [Metric.euclidean, .innerProduct, .cosine])
    func earlierQuantizer(metric: Metric) throws {
        let models = models(bitsPerSubspace: 4)
        let shape = RecordShape(dimension: 6, element: .float16, metric: metric, columns: [])
        let key = Keys.quantizer(generation: 2)
        var writer = SealedValue.writer(kind: ValueKind.quantizer, version: 1)
        writer.write(UInt32(6))
        writer.write(UInt16(4))
        writer.write(UInt16(4))
        writer.write(UInt32(2))
        writer.write(UInt32(0))
        writer.write(contentsOf: models.quantizer.codebook)
        let value = SealedValue.seal(writer, key: key)
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try models.write(transaction)
                try transaction.put(environment.table(.models), key, value)
            }
            let stored = try environment.read { (access) throws(StorageError) in
                try Models.read(generation: 2, shape: shape, access)
            }
            #expect(stored.listMetric == (metric == .euclidean ? .euclidean : .innerProduct))
            #expect(stored.quantizer.codebook == models.quantizer.codebook)
            #expect(stored.quantizer.rotation == nil)
        }
    }

    @Test("lists of a metric that the schema's does not go with are damage")
    func foreignListMetric() throws {
        let shape = RecordShape(
            dimension: 6, element: .float16, metric: .innerProduct, columns: [])
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try models(bitsPerSubspace: 4).write(transaction)
            }
            _ = try environment.read { (access) throws(StorageError) in
                #expect(throws: StorageError.self) {
                    _ = try Models.read(generation: 2, shape: shape, access)
                }
            }
        }
    }

    @Test("models of another dimension, and removed ones, are damage")
    func wrongModels() throws {
        let other = RecordShape(dimension: 7, element: .float16, metric: .cosine, columns: [])
        try withTables { environment in
            try environment.change { (transaction) throws(StorageError) in
                try models(bitsPerSubspace: 4).write(transaction)
            }
            try environment.read { (access) throws(StorageError) in
                #expect(throws: StorageError.self) {
                    _ = try Models.read(generation: 2, shape: other, access)
                }
                #expect(throws: StorageError.self) {
                    _ = try Models.read(generation: 3, shape: shape, access)
                }
            }
            try environment.change { (transaction) throws(StorageError) in
                try Models.remove(generation: 2, transaction)
            }
            #expect(throws: StorageError.self) {
                try environment.read { (access) throws(StorageError) in
                    _ = try Models.read(generation: 2, shape: shape, access)
                }
            }
        }
    }
}
