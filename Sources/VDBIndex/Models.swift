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
    /// The lists that there were when the points were measured; 0 if nobody knows.
    package var listCount: Int

    package init(
        trainedCount: Int, centroidError: Float, quantizationError: Float,
        points: [OperatingPoint] = [], ranges: [RangePoint] = [], listCount: Int = 0
    ) {
        self.trainedCount = trainedCount
        self.centroidError = centroidError
        self.quantizationError = quantizationError
        self.points = points
        self.ranges = ranges
        self.listCount = listCount
    }
}

/// Everything that was learnt from the data: one generation. Once it is in force its codebooks
/// never change; lists come and go, and the calibration is measured anew as they do.
package final class Models: Sendable {
    package static let layoutVersion: UInt8 = 1
    /// Version 1, of databases up to format version 4, knew no rotations, and one estimate only.
    package static let quantizerVersion: UInt8 = 2
    /// Version 1, of databases up to format version 3, held all centroids in one value.
    package static let centroidsVersion: UInt8 = 2
    /// Version 1, of databases of format version 1, knew no bounds; version 2 no ranges, version 3
    /// not how many lists there were.
    package static let calibrationVersion: UInt8 = 4

    package let generation: UInt32
    /// The lists of the centroids.
    package let lists: ListSlots
    package let metric: Metric
    /// What lists are put in order by and what estimates approximate: the squared Euclidean
    /// distance, or the inner product, which it also is under the cosine in databases that an
    /// earlier release has built.
    package let listMetric: Metric
    package let centroids: Centroids
    /// What orders the lists for a search.
    package let coarse: CoarseQuantizer
    /// Whether its keys are near enough to the distances to take their place in estimates: where
    /// rounding to 8 bits adds little to the error that the codes have anyway. Exact codes have no
    /// part of the distance to the centroid.
    package let keysAreDistances: Bool
    package let quantizer: ProductQuantizer
    package let calibration: Calibration

    /// - Parameters:
    ///   - listMetric: nil for what suits the metric best.
    ///   - coarse: made from the centroids; nil to make it here.
    package init(
        generation: UInt32, lists: ListSlots, metric: Metric, listMetric givenMetric: Metric? = nil,
        centroids: Centroids,
        coarse given: CoarseQuantizer? = nil, quantizer: ProductQuantizer,
        calibration: Calibration
    ) {
        precondition(
            lists.count == centroids.count,
            "\(lists.count) lists of \(centroids.count) centroids")
        listMetric = givenMetric ?? metric.ofLists
        coarse = given ?? CoarseQuantizer(centroids, metric: listMetric)
        keysAreDistances =
            quantizer.shape.isExact
            || coarse.second.squaredError * Float(centroids.dimension) * 20
                < calibration.quantizationError
        self.generation = generation
        self.lists = lists
        self.metric = metric
        self.centroids = centroids
        self.quantizer = quantizer
        self.calibration = calibration
    }

    package func with(calibration: Calibration) -> Models {
        Models(
            generation: generation, lists: lists, metric: metric, listMetric: listMetric,
            centroids: centroids, coarse: coarse, quantizer: quantizer, calibration: calibration)
    }

    package var codec: Codec { Codec(quantizer.shape) }

    package func write(_ transaction: borrowing WriteTransaction) throws(StorageError) {
        try writeCentroids(nil, transaction)
        let table = transaction.environment.table(.models)
        try transaction.put(table, Keys.quantizer(generation: generation), encodeQuantizer())
        try writeCalibration(transaction)
    }

    /// Writes what was measured alone.
    package func writeCalibration(_ transaction: borrowing WriteTransaction) throws(StorageError) {
        try transaction.put(
            transaction.environment.table(.models), Keys.calibration(generation: generation),
            encodeCalibration())
    }

    package static func remove(
        generation: UInt32, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let table = transaction.environment.table(.models)
        var keys: [Key] = []
        let cursor = try transaction.access.cursor(table)
        var found = try cursor.seek(Keys.centroids(generation: generation))
        while let entry = found, entry.keyPart(UInt32.self) == generation,
            let part = entry.keyPart(UInt32.self, at: 4)
        {
            keys.append(Key(generation, part))
            found = try cursor.next()
        }
        for key in keys { try transaction.remove(table, key) }
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
        writer.write(UInt32(calibration.listCount))
        return SealedValue.seal(writer, key: Keys.calibration(generation: generation))
    }
}

extension Models {
    package static func read(
        generation: UInt32, shape: RecordShape, _ access: Access
    ) throws(StorageError) -> Models {
        let coarse = try readCentroids(generation: generation, shape: shape, access)
        let (quantizer, listMetric) = try decode(
            Keys.quantizer(generation: generation), ValueKind.quantizer,
            versions: layoutVersion...quantizerVersion, access
        ) { (reader, version) throws(DecodingFailure) -> (ProductQuantizer, Metric) in
            try readQuantizer(&reader, shape: shape, version: version)
        }
        let calibration = try calibration(generation: generation, access)
        return Models(
            generation: generation, lists: coarse.lists, metric: shape.metric,
            listMetric: listMetric, centroids: coarse.centroids, quantizer: quantizer,
            calibration: calibration)
    }

    /// What was measured of a generation alone, to see whether it has changed.
    package static func calibration(
        generation: UInt32, _ access: Access
    ) throws(StorageError) -> Calibration {
        try decode(
            Keys.calibration(generation: generation), ValueKind.calibration,
            versions: layoutVersion...calibrationVersion, access
        ) { (reader, version) throws(DecodingFailure) -> Calibration in
            try readCalibration(&reader, version: version)
        }
    }

    static func decode<Result>(
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
        if version >= 4 {
            calibration.listCount = Int(try reader.read(UInt32.self))
        }
        return calibration
    }
}
