package import VDBPrimitives
package import VDBQuantizers
package import VDBStorage

/// How much work gives how much recall, as measured on held-out queries when the models were made.
package struct OperatingPoint: Sendable, Hashable {
    /// Mean share of the true ten nearest that were found, 0 … 1.
    package let recall: Float
    /// At most.
    package let probeCount: Int
    /// For ten matches.
    package let rerankCount: Int
    /// How far away lists may be, as a multiple of the distance that the last of the candidates is
    /// estimated at; infinity for no bound.
    package let probeBound: Float

    package init(
        recall: Float, probeCount: Int, rerankCount: Int, probeBound: Float = .infinity
    ) {
        self.recall = recall
        self.probeCount = probeCount
        self.rerankCount = rerankCount
        self.probeBound = probeBound
    }
}

/// What training measured (`Formats/models.md`, "Calibration").
package struct Calibration: Sendable, Hashable {
    /// Live rows when the models were trained.
    package var trainedCount: Int
    /// Mean squared distance of a vector to its centroid.
    package var centroidError: Float
    /// Mean squared distance of a vector to what its code stands for.
    package var quantizationError: Float
    /// By rising recall; empty before calibration.
    package var points: [OperatingPoint]
    /// By rising share; empty before calibration, and where it was made before there were any.
    package var ranges: [RangePoint]

    package init(
        trainedCount: Int, centroidError: Float, quantizationError: Float,
        points: [OperatingPoint] = [], ranges: [RangePoint] = []
    ) {
        self.trainedCount = trainedCount
        self.centroidError = centroidError
        self.quantizationError = quantizationError
        self.points = points
        self.ranges = ranges
    }
}

/// Everything that was learnt from the data: one generation, never changed once it is in force.
package final class Models: Sendable {
    package static let layoutVersion: UInt8 = 1
    /// Version 1, of databases of format version 1, knew no bounds; version 2 no ranges.
    package static let calibrationVersion: UInt8 = 3

    package let generation: UInt32
    /// The number of the first list; centroid i is that of list `firstList + i`.
    package let firstList: UInt32
    package let metric: Metric
    package let centroids: Centroids
    /// What orders the lists for a search.
    package let coarse: CoarseQuantizer
    /// Whether its keys are near enough to the distances to take their place in estimates: where
    /// rounding to 8 bits adds little to the error that the codes have anyway.
    package let keysAreDistances: Bool
    package let quantizer: ProductQuantizer
    package let calibration: Calibration

    package init(
        generation: UInt32, firstList: UInt32, metric: Metric, centroids: Centroids,
        quantizer: ProductQuantizer, calibration: Calibration
    ) {
        coarse = CoarseQuantizer(centroids, metric: metric)
        keysAreDistances =
            coarse.second.squaredError * Float(centroids.dimension) * 20
            < calibration.quantizationError
        self.generation = generation
        self.firstList = firstList
        self.metric = metric
        self.centroids = centroids
        self.quantizer = quantizer
        self.calibration = calibration
    }

    package func with(calibration: Calibration) -> Models {
        Models(
            generation: generation, firstList: firstList, metric: metric, centroids: centroids,
            quantizer: quantizer, calibration: calibration)
    }

    package var codec: Codec { Codec(bitsPerSubspace: quantizer.shape.bitsPerSubspace) }

    package func write(_ transaction: borrowing WriteTransaction) throws(StorageError) {
        let table = transaction.environment.table(.models)
        for (key, value) in [
            (Keys.centroids(generation: generation), encodeCentroids()),
            (Keys.quantizer(generation: generation), encodeQuantizer()),
            (Keys.calibration(generation: generation), encodeCalibration()),
        ] {
            try transaction.put(table, key, value)
        }
    }

    package static func remove(
        generation: UInt32, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let table = transaction.environment.table(.models)
        try transaction.remove(table, Keys.centroids(generation: generation))
        try transaction.remove(table, Keys.quantizer(generation: generation))
        try transaction.remove(table, Keys.calibration(generation: generation))
    }

    private func encodeCentroids() -> [UInt8] {
        var writer = SealedValue.writer(
            kind: ValueKind.centroids, version: Self.layoutVersion,
            reservingCapacity: centroids.matrix.values.count * 4 + 16)
        writer.write(UInt32(centroids.count))
        writer.write(UInt32(centroids.dimension))
        writer.write(firstList)
        writer.write(UInt32(0))
        writer.write(contentsOf: centroids.matrix.values)
        return SealedValue.seal(writer, key: Keys.centroids(generation: generation))
    }

    private func encodeQuantizer() -> [UInt8] {
        let shape = quantizer.shape
        var writer = SealedValue.writer(
            kind: ValueKind.quantizer, version: Self.layoutVersion,
            reservingCapacity: quantizer.codebook.count * 4 + 16)
        writer.write(UInt32(shape.dimension))
        writer.write(UInt16(shape.subspaceCount))
        writer.write(UInt16(shape.bitsPerSubspace))
        writer.write(UInt32(shape.subspaceDimension))
        writer.write(UInt32(0))
        writer.write(contentsOf: quantizer.codebook)
        return SealedValue.seal(writer, key: Keys.quantizer(generation: generation))
    }

    private func encodeCalibration() -> [UInt8] {
        var writer = SealedValue.writer(
            kind: ValueKind.calibration, version: Self.calibrationVersion)
        writer.write(UInt64(calibration.trainedCount))
        writer.write(calibration.centroidError)
        writer.write(calibration.quantizationError)
        writer.write(UInt32(calibration.points.count))
        for point in calibration.points {
            writer.write(point.recall)
            writer.write(UInt32(point.probeCount))
            writer.write(UInt32(point.rerankCount))
            writer.write(point.probeBound)
        }
        writer.write(UInt32(calibration.ranges.count))
        for point in calibration.ranges {
            writer.write(point.share)
            writer.write(point.reach)
            writer.write(point.spread)
        }
        return SealedValue.seal(writer, key: Keys.calibration(generation: generation))
    }
}

extension Models {
    package static func read(
        generation: UInt32, shape: RecordShape, _ access: Access
    ) throws(StorageError) -> Models {
        let coarse = try decode(
            Keys.centroids(generation: generation), ValueKind.centroids, access
        ) { (reader, _) throws(DecodingFailure) -> (centroids: Centroids, firstList: UInt32) in
            try readCentroids(&reader, shape: shape)
        }
        let quantizer = try decode(
            Keys.quantizer(generation: generation), ValueKind.quantizer, access
        ) { (reader, _) throws(DecodingFailure) -> ProductQuantizer in
            try readQuantizer(&reader, shape: shape)
        }
        let calibration = try decode(
            Keys.calibration(generation: generation), ValueKind.calibration,
            versions: layoutVersion...calibrationVersion, access
        ) { (reader, version) throws(DecodingFailure) -> Calibration in
            try readCalibration(&reader, version: version)
        }
        return Models(
            generation: generation, firstList: coarse.firstList, metric: shape.metric,
            centroids: coarse.centroids, quantizer: quantizer, calibration: calibration)
    }

    private static func decode<Result>(
        _ key: Key, _ kind: UInt8,
        versions: ClosedRange<UInt8> = layoutVersion...layoutVersion, _ access: Access,
        _ body: (inout ByteReader, _ version: UInt8) throws(DecodingFailure) -> Result
    ) throws(StorageError) -> Result {
        let table = access.environment.table(.models)
        let value = try access.value(table, key)
        do throws(DecodingFailure) {
            guard let value else { throw .inconsistent("the model is missing") }
            let version = SealedValue.version(of: value, among: versions)
            var reader = ByteReader(
                try SealedValue.open(value, key: key, kind: kind, version: version))
            let result = try body(&reader, version)
            try reader.finish()
            return result
        } catch {
            throw .damaged(table: table.name, key: key.description, failure: error)
        }
    }

    private static func readCentroids(
        _ reader: inout ByteReader, shape: RecordShape
    ) throws(DecodingFailure) -> (centroids: Centroids, firstList: UInt32) {
        let count = Int(try reader.read(UInt32.self))
        let dimension = Int(try reader.read(UInt32.self))
        let firstList = try reader.read(UInt32.self)
        _ = try reader.read(UInt32.self)
        guard dimension == shape.dimension, count > 0 else {
            throw .inconsistent(
                "\(count) centroids of dimension \(dimension), the schema says \(shape.dimension)")
        }
        let values = try reader.readArray(of: Float.self, count: count * dimension)
        return (Centroids(Matrix(columnCount: dimension, values: values)), firstList)
    }

    private static func readQuantizer(
        _ reader: inout ByteReader, shape: RecordShape
    ) throws(DecodingFailure) -> ProductQuantizer {
        let dimension = Int(try reader.read(UInt32.self))
        let subspaceCount = Int(try reader.read(UInt16.self))
        let bits = Int(try reader.read(UInt16.self))
        let subspaceDimension = Int(try reader.read(UInt32.self))
        _ = try reader.read(UInt32.self)
        guard dimension == shape.dimension, bits == 4 || bits == 8,
            subspaceCount >= 1, subspaceCount <= min(dimension, 256),
            subspaceDimension == (dimension + subspaceCount - 1) / subspaceCount
        else {
            throw .inconsistent(
                "\(subspaceCount) subspaces of \(bits) bits and \(subspaceDimension) dimensions "
                    + "for vectors of \(dimension), the schema says \(shape.dimension)")
        }
        let quantizerShape = ProductQuantizer.Shape(
            dimension: dimension, subspaceCount: subspaceCount, bitsPerSubspace: bits)
        let codebook = try reader.readArray(
            of: Float.self, count: subspaceCount * subspaceDimension << bits)
        return ProductQuantizer(shape: quantizerShape, codebook: codebook)
    }

    private static func readCalibration(
        _ reader: inout ByteReader, version: UInt8
    ) throws(DecodingFailure) -> Calibration {
        var calibration = Calibration(
            trainedCount: Int(truncatingIfNeeded: try reader.read(UInt64.self)),
            centroidError: try reader.readFloat(), quantizationError: try reader.readFloat())
        let count = Int(try reader.read(UInt32.self))
        for _ in 0..<count {
            calibration.points.append(
                OperatingPoint(
                    recall: try reader.readFloat(),
                    probeCount: Int(try reader.read(UInt32.self)),
                    rerankCount: Int(try reader.read(UInt32.self)),
                    probeBound: version == layoutVersion ? .infinity : try reader.readFloat()))
        }
        guard version >= 3 else { return calibration }
        for _ in 0..<Int(try reader.read(UInt32.self)) {
            calibration.ranges.append(
                RangePoint(
                    share: try reader.readFloat(), reach: try reader.readFloat(),
                    spread: try reader.readFloat()))
        }
        return calibration
    }
}
