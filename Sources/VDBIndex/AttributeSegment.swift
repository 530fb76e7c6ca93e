package import VDBPrimitives
package import VDBStorage

/// A run of rows in the order of one attribute (`Formats/attributes.md`, "attributes"): keys,
/// ascending, and beside each the row that has it; then the rows that have none.
///
/// A segment that is full changes only where attributes of its rows are amended. Dead rows stay in
/// it, until it goes as a whole.
/// Valid as long as the transaction that its bytes came from.
package struct AttributeSegment {
    package static let layoutVersion: UInt8 = 1
    /// 32 chunks of rows; the places in it fit 16 bits.
    package static let rowCount = chunkCount * RowChunk.rowCount
    private static let chunkCount = 32
    private static let headerSize = 32

    /// Rows that it covers, from its first.
    package let count: Int
    /// Rows that have a key.
    package let validCount: Int
    package let width: CellWidth
    private let keys: UnsafeRawPointer
    /// `count` places of rows in the segment: those with a key in the order of their keys, and of
    /// their rows where keys are equal; then the others.
    package let places: UnsafePointer<UInt16>

    /// - Parameter value: a whole value, prologue included, whose checksum has been checked.
    package init(
        _ value: UnsafeRawBufferPointer, width: CellWidth
    ) throws(DecodingFailure) {
        var reader = ByteReader(value, offset: SealedValue.prologueSize)
        count = Int(try reader.read(UInt32.self))
        validCount = Int(try reader.read(UInt32.self))
        let stored = try reader.read(UInt8.self)
        _ = try reader.readBytes(Self.headerSize - reader.offset)
        guard count > 0, count <= Self.rowCount, validCount <= count else {
            throw .inconsistent(
                "\(validCount) keys of \(count) rows in a segment of \(Self.rowCount)")
        }
        guard stored == width.rawValue else {
            throw .inconsistent("keys of \(stored) bytes, the schema says \(width.rawValue)")
        }
        self.width = width
        let keyBytes = try reader.readBytes((validCount * width.size + 7) & ~7)
        let placeBytes = try reader.readBytes((count * 2 + 7) & ~7)
        try AlignedValue.checkPadding(&reader)
        guard let places = placeBytes.baseAddress else { throw .inconsistent("an empty segment") }
        keys = keyBytes.baseAddress ?? places
        self.places = places.assumingMemoryBound(to: UInt16.self)
    }

    /// A segment without rows.
    ///
    /// - Parameter start: any address; nothing there is read.
    init(emptyAt start: UnsafeRawPointer, width: CellWidth) {
        (count, validCount) = (0, 0)
        self.width = width
        keys = start
        places = start.assumingMemoryBound(to: UInt16.self)
    }

    /// The chunks of rows that a segment covers.
    package static func chunks(of segment: Int) -> Range<Int> {
        segment * chunkCount..<(segment + 1) * chunkCount
    }

    /// The key of each row that it covers.
    package func cells() -> [UInt64?] {
        var cells = [UInt64?](repeating: nil, count: count)
        for rank in 0..<validCount where Int(places[rank]) < count {
            cells[Int(places[rank])] = key(rank)
        }
        return cells
    }

    /// The key at a rank.
    package func key(_ rank: Int) -> UInt64 {
        precondition(rank >= 0 && rank < validCount, "key \(rank) of \(validCount)")
        return switch width {
        case .one: UInt64(keys.load(fromByteOffset: rank, as: UInt8.self))
        case .four:
            UInt64(UInt32(littleEndian: keys.load(fromByteOffset: rank * 4, as: UInt32.self)))
        case .eight: UInt64(littleEndian: keys.load(fromByteOffset: rank * 8, as: UInt64.self))
        }
    }

    /// The keys from a rank on, where they have 8 bytes.
    package func wideKeys(from rank: Int) -> UnsafePointer<UInt64> {
        precondition(width == .eight && rank <= validCount, "key \(rank) of \(validCount)")
        return keys.assumingMemoryBound(to: UInt64.self) + rank
    }

    /// How many keys are below `key`, if it is known to be at least `start`.
    package func rank(of key: UInt64, from start: Int = 0) -> Int {
        switch width {
        case .one: rank(UInt8(exactly: key), from: start)
        case .four: rank(UInt32(exactly: key), from: start)
        case .eight: rank(key, from: start)
        }
    }

    /// The ranks of the keys from `low` to `high`, both included.
    package func ranks(_ low: UInt64, _ high: UInt64, from start: Int = 0) -> Range<Int> {
        let first = rank(of: low, from: start)
        return first..<(high == .max ? validCount : rank(of: high + 1, from: first))
    }

    private func rank<Cell: FixedWidthInteger & UnsignedInteger>(
        _ key: Cell?, from start: Int
    ) -> Int {
        guard let key else { return validCount }
        let cells = keys.assumingMemoryBound(to: Cell.self)
        var low = start
        var length = validCount - start
        // Without a branch that depends on the comparison: it would be mispredicted half the time.
        while length > 0 {
            let half = length >> 1
            let isBelow = Cell(littleEndian: cells[low + half]) < key
            low = isBelow ? low + half + 1 : low
            length = isBelow ? length - half - 1 : half
        }
        return low
    }

    /// - Parameter cells: the key of each row, or nil.
    package static func encode(
        _ cells: [UInt64?], width: CellWidth, key: Key
    ) -> [UInt8] {
        precondition(
            !cells.isEmpty && cells.count <= rowCount,
            "\(cells.count) rows in a segment of \(rowCount)")
        var entries: [(key: UInt64, place: UInt16)] = []
        entries.reserveCapacity(cells.count)
        var nulls: [UInt16] = []
        for (place, cell) in cells.enumerated() {
            if let cell {
                entries.append((cell, UInt16(place)))
            } else {
                nulls.append(UInt16(place))
            }
        }
        entries.sort { $0.key < $1.key || $0.key == $1.key && $0.place < $1.place }
        var writer = SealedValue.writer(
            kind: ValueKind.attributeSegment, version: layoutVersion,
            reservingCapacity: cells.count * 10 + 64)
        writer.write(UInt32(cells.count))
        writer.write(UInt32(entries.count))
        writer.write(width.rawValue)
        writer.write([UInt8](repeating: 0, count: headerSize - writer.count))
        switch width {
        case .one: writer.write(contentsOf: entries.map { UInt8(truncatingIfNeeded: $0.key) })
        case .four: writer.write(contentsOf: entries.map { UInt32(truncatingIfNeeded: $0.key) })
        case .eight: writer.write(contentsOf: entries.map(\.key))
        }
        writer.pad(to: 8)
        writer.write(contentsOf: entries.map(\.place))
        writer.write(contentsOf: nulls)
        writer.pad(to: 8)
        return AlignedValue.finish(writer, key: key)
    }
}
