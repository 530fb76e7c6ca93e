internal import VectorDB

/// How rows of equal size lie in a file.
struct RowLayout: Hashable {
    private(set) var element: ElementType
    private(set) var dimension: Int
    /// Rows that the header promises, or nil if rows go on to the end of the file.
    var count: Int?
    /// Whether each row begins with its number of components, as 32-bit integer.
    var hasRowHeader = false
    /// Whether components have their most significant byte first.
    var isBigEndian = false

    var rowHeaderSize: Int { hasRowHeader ? 4 : 0 }
    /// Bytes of a row without its header.
    var vectorSize: Int { element.vectorSize(dimension: dimension) }
    /// Bytes of a row with its header.
    var rowSize: Int { rowHeaderSize + vectorSize }
    /// What a row's header says: the bytes of bits, else the components.
    var headerNumber: Int { element == .bit ? vectorSize : dimension }

    /// The largest dimension that is believed: more is damage, or a file of another format.
    static let maximumDimension = 65_536

    /// The same rows as a database takes them: for one of bits, bytes that are as many as those
    /// of its vectors are bits, eight a byte.
    func fitting(_ schema: Schema) -> RowLayout {
        guard schema.element == .bit, element == .uint8,
            dimension == ElementType.bit.vectorSize(dimension: schema.dimension)
        else { return self }
        var layout = self
        layout.element = .bit
        layout.dimension = schema.dimension
        return layout
    }
}

/// Reads rows of equal size: all formats except JSON.
struct FixedRowReader: VectorReader {
    private let source: ByteSource
    private let layout: RowLayout
    private let firstOffset: Int
    /// Rows taken or left out so far.
    private var row = 0
    /// What is wrong with the row that comes next.
    private var failure: ToolFailure?

    init(_ source: ByteSource, _ layout: RowLayout) {
        self.source = source
        self.layout = layout
        firstOffset = source.offset
    }

    var path: String { source.path }
    var element: ElementType { layout.element }
    var dimension: Int { layout.dimension }

    var count: Int? {
        layout.count ?? source.size.map { ($0 - firstOffset) / layout.rowSize }
    }

    mutating func skip(_ count: Int) throws(ToolFailure) -> Int {
        let wanted = min(count, (layout.count ?? .max) - row)
        let (size, overflows) = wanted.multipliedReportingOverflow(by: layout.rowSize)
        let skipped = try source.skip(overflows ? Int.max >> 1 : size) / layout.rowSize
        row += skipped
        return skipped
    }

    mutating func next(_ count: Int) throws(ToolFailure) -> VectorBatch? {
        if let failure { throw failure }
        let wanted = min(count, (layout.count ?? .max) - row)
        guard wanted > 0 else {
            try checkEnd()
            return nil
        }
        // Of a stream, the rows that are there already, but at least one.
        let ready = max(1, try source.ready(wanted * layout.rowSize) / layout.rowSize)
        let bytes = try source.read(ready * layout.rowSize)
        let whole = bytes.count / layout.rowSize
        let sound = layout.hasRowHeader ? soundRows(bytes, whole) : whole
        noteEnd(wanted: ready, bytes, sound: sound)
        row += sound
        if sound == 0 {
            if let failure { throw failure }
            return nil
        }
        let vectors = Vector(rows: sound, of: bytes, layout)
        return VectorBatch(rowCount: sound, vectors: vectors)
    }

    /// Finds out whether what comes after the rows is as it should be.
    private mutating func noteEnd(wanted: Int, _ bytes: [UInt8], sound: Int) {
        let rowSize = layout.rowSize
        let offset = firstOffset + (row + sound) * rowSize
        if sound < bytes.count / rowSize {
            let found = Vecs.integer(bytes, at: sound * rowSize)
            failure = source.failure(
                "row \(row + sound) has \(found) components, "
                    + "the rows before it \(layout.headerNumber)",
                at: offset)
        } else if bytes.count % rowSize != 0 || (layout.count != nil && sound < wanted) {
            let end = firstOffset + row * rowSize + bytes.count
            let promised = layout.count.map { " of \($0)" } ?? ""
            failure = source.failure(
                "the file ends within row \(row + sound)\(promised), which begins "
                    + "at byte \(offset) and takes \(rowSize) bytes; it ends", at: end)
        }
    }

    /// After the last row that the header promises, the file must end.
    private func checkEnd() throws(ToolFailure) {
        let end = source.offset
        guard try source.read(1).isEmpty else {
            throw source.failure(
                "something follows the last of \(row) rows; they end", at: end)
        }
    }

    /// How many rows from the first on have the number of components that they should.
    private func soundRows(_ bytes: [UInt8], _ whole: Int) -> Int {
        (0..<whole).first {
            Vecs.integer(bytes, at: $0 * layout.rowSize) != layout.headerNumber
        } ?? whole
    }
}

extension Vector {
    /// Copies rows out of a file's bytes.
    init(rows rowCount: Int, of bytes: [UInt8], _ layout: RowLayout) {
        func components<Component>() -> [Component] {
            let size = layout.vectorSize
            let total = rowCount * size / MemoryLayout<Component>.size
            return [Component](unsafeUninitializedCapacity: total) { components, count in
                let target = UnsafeMutableRawBufferPointer(components)
                bytes.withUnsafeBytes { source in
                    for row in 0..<rowCount {
                        let begin = row * layout.rowSize + layout.rowHeaderSize
                        UnsafeMutableRawBufferPointer(rebasing: target[(row * size)...])
                            .copyMemory(
                                from: UnsafeRawBufferPointer(
                                    rebasing: source[begin..<begin + size]))
                    }
                }
                count = total
            }
        }
        switch layout.element {
        case .float32:
            let values: [Float] = components()
            self = .float32(
                layout.isBigEndian
                    ? values.map { Float(bitPattern: $0.bitPattern.byteSwapped) } : values)
        case .float16: self = .float16(components())
        case .int8: self = .int8(components())
        case .uint8: self = .uint8(components())
        case .bit: self = .bit(components(), dimension: layout.dimension)
        }
    }
}
