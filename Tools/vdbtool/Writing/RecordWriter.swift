internal import VectorDB

/// Writes records into a file, one after the other.
protocol RecordWriter {
    mutating func write(_ record: Record) throws(ToolFailure)
}

extension VectorFormat {
    /// The formats that records can be written in.
    static let written = allCases.filter { $0 != .idx }

    /// Whether the file begins with the number of its vectors.
    var needsCount: Bool {
        switch self {
        case .fbin, .u8bin, .i8bin, .npy: true
        case .fvecs, .bvecs, .jsonl, .idx: false
        }
    }

    /// The type of the components that the format has; nil if it takes any.
    private var element: ElementType? {
        switch self {
        case .fvecs, .fbin: .float32
        case .bvecs, .u8bin: .uint8
        case .i8bin: .int8
        case .npy, .jsonl, .idx: nil
        }
    }

    /// Begins a file.
    ///
    /// - Parameter count: the records that will come, if the format needs to know.
    func writer(
        _ sink: ByteSink, _ schema: Schema, count: Int?
    ) throws(ToolFailure) -> any RecordWriter {
        // Bits go into formats of bytes as they are packed.
        let isPacked = schema.element == .bit && (element == nil || element == .uint8)
        let element = isPacked ? .bit : element ?? schema.element
        let width = isPacked ? (schema.dimension + 7) / 8 : schema.dimension
        guard element == schema.element || element == .float32 else {
            throw .usage(
                "cannot export as \(rawValue), whose components are \(element.name): the "
                    + "database's are \(schema.element.name)")
        }
        let count = count ?? 0
        switch self {
        case .jsonl, .idx:
            return JSONLinesWriter(sink: sink, schema: schema)
        case .fvecs, .bvecs:
            return FixedRowWriter(
                sink: sink, element: element,
                rowHeader: littleEndian(UInt32(width)))
        case .fbin, .u8bin, .i8bin:
            guard let number = UInt32(exactly: count) else {
                throw .usage("cannot export \(count) vectors as \(rawValue): it counts to 2^32")
            }
            try sink.write(littleEndian(number) + littleEndian(UInt32(width)))
        case .npy:
            try sink.write(Numpy.header(isPacked ? .uint8 : element, [count, width]))
        }
        return FixedRowWriter(sink: sink, element: element)
    }
}

/// Rows of equal size: all formats except JSON.
private struct FixedRowWriter: RecordWriter {
    let sink: ByteSink
    let element: ElementType
    var rowHeader: [UInt8] = []

    mutating func write(_ record: Record) throws(ToolFailure) {
        if !rowHeader.isEmpty { try sink.write(rowHeader) }
        // Of other types than its own a format takes float32 only.
        let vector = record.vector
        try sink.write(
            vector.element == element ? vector.bytes : Vector.float32(vector.floats).bytes)
    }
}

/// A JSON object on every line, as `get` shows it and `import` reads it.
private struct JSONLinesWriter: RecordWriter {
    let sink: ByteSink
    let schema: Schema

    mutating func write(_ record: Record) throws(ToolFailure) {
        try sink.write(JSON(record, schema).text + "\n")
    }
}

extension Vector {
    /// The components as they are in files: little-endian, one after the other.
    fileprivate var bytes: [UInt8] {
        switch self {
        case .float32(let values): values.flatMap { littleEndian($0.bitPattern) }
        case .float16(let values): values.flatMap { littleEndian($0.bitPattern) }
        case .int8(let values): values.map { UInt8(bitPattern: $0) }
        case .uint8(let values), .bit(let values, dimension: _): values
        }
    }
}

/// The bytes of a number, the least significant first.
func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
