internal import VDBPrimitives
internal import VectorDB

/// Vectors of one element type and dimension, to be put in and asked for.
struct VectorTable: Sendable, Hashable {
    let element: ElementType
    let dimension: Int
    /// Vector after vector, as they lie in files.
    let rows: [UInt8]

    /// Bytes of a vector.
    var vectorSize: Int { element.vectorSize(dimension: dimension) }

    var count: Int { rows.count / vectorSize }

    /// The vector of a row; rows are taken round and round.
    func vector(_ row: Int) -> Vector {
        let size = vectorSize
        let start = row % count * size
        return rows.withUnsafeBytes { bytes in
            let row = UnsafeRawBufferPointer(rebasing: bytes[start..<start + size])
            return switch element {
            case .float32: .float32(Self.components(row, dimension))
            case .float16: .float16(Self.components(row, dimension))
            case .int8: .int8(Self.components(row, dimension))
            case .uint8: .uint8(Self.components(row, dimension))
            case .bit: .bit(Array(row), dimension: dimension)
            }
        }
    }

    private static func components<Component: BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ count: Int
    ) -> [Component] {
        // Copied at once: what making records costs is no part of what is measured.
        [Component](unsafeUninitializedCapacity: count) { components, initializedCount in
            UnsafeMutableRawBufferPointer(components).copyMemory(from: bytes)
            initializedCount = count
        }
    }

    /// The same as bytes.
    func bytes(of row: Int) -> ArraySlice<UInt8> {
        let size = vectorSize
        let start = row % count * size
        return rows[start..<start + size]
    }

    /// The same for a database: bytes are bits where it has eight times as many of them.
    func fitting(_ schema: Schema) -> VectorTable {
        guard schema.element == .bit, element == .uint8,
            dimension == ElementType.bit.vectorSize(dimension: schema.dimension)
        else { return self }
        return VectorTable(element: .bit, dimension: schema.dimension, rows: rows)
    }

    /// The rows of a range.
    func slice(_ range: Range<Int>) -> VectorTable {
        let size = vectorSize
        return VectorTable(
            element: element, dimension: dimension,
            rows: Array(rows[range.lowerBound * size..<range.upperBound * size]))
    }

    /// Vectors of uniformly random whole numbers within 0…127, which every element type holds but
    /// bits, of which a vector has random ones: same seed, same vectors.
    static func random(
        _ count: Int, dimension: Int, element: ElementType = .float32, seed: UInt64
    ) -> VectorTable {
        var source = RandomSource(seed: seed)
        var writer = ByteWriter(reservingCapacity: count * element.vectorSize(dimension: dimension))
        for _ in 0..<count {
            let vector = (0..<dimension).map { _ in UInt8(source.next(below: 128)) }
            switch element {
            case .float32: for number in vector { writer.write(Float(number).bitPattern) }
            case .float16: for number in vector { writer.write(Float16(number).bitPattern) }
            case .int8, .uint8: writer.write(vector)
            case .bit:
                guard case .bit(let bytes, _) = Vector(bits: vector.map { $0 >= 64 }) else { break }
                writer.write(bytes)
            }
        }
        return VectorTable(element: element, dimension: dimension, rows: writer.bytes)
    }
}
