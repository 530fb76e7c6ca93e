internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

// The value of the quantizer (`Formats/models.md`, "Quantizer").

extension Models {
    func encodeQuantizer() -> [UInt8] {
        let shape = quantizer.shape
        var writer = SealedValue.writer(
            kind: ValueKind.quantizer, version: Self.quantizerVersion,
            reservingCapacity: quantizer.codebook.count * 4 + 16)
        writer.write(UInt32(shape.dimension))
        writer.write(UInt16(shape.subspaceCount))
        writer.write(UInt16(shape.isExact ? 1 : shape.bitsPerSubspace))
        writer.write(UInt32(shape.isExact ? 8 : shape.subspaceDimension))
        writer.write(listMetric.rawValue)
        writer.write(UInt8(quantizer.rotation == nil ? 0 : 1))
        writer.write(UInt16(0))
        writer.write(contentsOf: quantizer.codebook)
        if let rotation = quantizer.rotation { writer.write(contentsOf: rotation.matrix.values) }
        return SealedValue.seal(writer, key: Keys.quantizer(generation: generation))
    }

    /// The quantizer, and the metric of its lists.
    static func readQuantizer(
        _ reader: inout ByteReader, shape: RecordShape, version: UInt8
    ) throws(DecodingFailure) -> (quantizer: ProductQuantizer, listMetric: Metric) {
        let dimension = Int(try reader.read(UInt32.self))
        let subspaceCount = Int(try reader.read(UInt16.self))
        let bits = Int(try reader.read(UInt16.self))
        let subspaceDimension = Int(try reader.read(UInt32.self))
        let metricNumber = try reader.read(UInt8.self)
        let rotationNumber = try reader.read(UInt8.self)
        _ = try reader.read(UInt16.self)
        let listMetric = try listMetric(metricNumber, of: shape, version: version)
        let isRotated = version > layoutVersion && rotationNumber == 1
        guard version == layoutVersion || rotationNumber <= 1 else {
            throw .inconsistent("\(rotationNumber) rotations")
        }
        let exact = ProductQuantizer.Shape(bits: shape.dimension)
        if shape.element == .bit, dimension == shape.dimension, bits == 1, !isRotated,
            subspaceCount == exact.subspaceCount, subspaceDimension == 8
        {
            return (ProductQuantizer(shape: exact), listMetric)
        }
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
        let axes =
            isRotated ? try reader.readArray(of: Float.self, count: dimension * dimension) : []
        let rotation =
            isRotated ? Rotation(Matrix(columnCount: dimension, values: axes)) : nil
        return (
            ProductQuantizer(shape: quantizerShape, codebook: codebook, rotation: rotation),
            listMetric
        )
    }

    private static func listMetric(
        _ number: UInt8, of shape: RecordShape, version: UInt8
    ) throws(DecodingFailure) -> Metric {
        guard version > layoutVersion else {
            // There the cosine was that of inner products.
            return shape.metric == .cosine ? .innerProduct : shape.metric.ofLists
        }
        guard let metric = Metric(rawValue: number),
            metric == shape.metric.ofLists
                || shape.metric == .cosine && metric == .innerProduct
        else { throw .inconsistent("lists of metric \(number) under \(shape.metric.name)") }
        return metric
    }
}
