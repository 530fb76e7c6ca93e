package import VDBPrimitives
internal import VDBQuantizers
package import VDBStorage

/// A run of up to 256 entries of one list, in columns, as it lies in the memory map
/// (`Formats/lists.md`, "Blocks").
///
/// Valid as long as the transaction that its bytes came from.
package struct ListBlock {
    package static let layoutVersion: UInt8 = 1
    /// A multiple of 32, the entries that one scan step takes.
    package static let capacity = 256
    package static let groupSize = 32

    package let codec: Codec
    /// The models that the codes were made with.
    package let generation: UInt32
    package let count: Int
    package let subspaceCount: Int
    /// `pq4`: `⌈count / 32⌉` groups; `pq8` and `bits`: `subspaceCount` bytes an entry.
    package let codes: UnsafePointer<UInt8>
    /// Padded to a multiple of 32 with α = 0, β = ∞, which no threshold lets through; none of
    /// `bits`.
    package let alphas: UnsafePointer<Float>
    package let betas: UnsafePointer<Float>
    package let rows: UnsafePointer<UInt32>
    private let value: UnsafeRawBufferPointer
    private let columnsOffset: Int

    /// Entries rounded up to whole groups.
    static func paddedCount(_ count: Int) -> Int {
        (count + groupSize - 1) / groupSize * groupSize
    }

    /// - Parameter value: a whole value, prologue included, whose checksum has been checked.
    package init(_ value: UnsafeRawBufferPointer) throws(DecodingFailure) {
        guard value.count >= AlignedValue.headerSize else {
            throw .truncated(needed: AlignedValue.headerSize, available: value.count)
        }
        // Loaded one by one: this runs for every block of every search.
        count = Int(UInt16(littleEndian: value.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
        guard let codec = Codec(rawValue: value[10]) else {
            throw .unknownValue(field: "codec", value: UInt64(value[10]))
        }
        self.codec = codec
        generation = UInt32(
            littleEndian: value.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        subspaceCount = Int(
            UInt16(littleEndian: value.loadUnaligned(fromByteOffset: 16, as: UInt16.self)))
        var reader = ByteReader(value, offset: AlignedValue.headerSize)
        guard count > 0, count <= Self.capacity, subspaceCount > 0 else {
            throw .inconsistent("\(count) entries of \(subspaceCount) subspaces in a block")
        }
        let shape = BlockShape(codec, subspaceCount: subspaceCount)
        let codes = try reader.readBytes(shape.codeSize(count: count))
        let alphas = try reader.readBytes(shape.correctionSize(count: count))
        let betas = try reader.readBytes(shape.correctionSize(count: count))
        let rows = try reader.readBytes((count + 1) / 2 * 8)
        guard let codesStart = codes.baseAddress, let alphasStart = alphas.baseAddress,
            let betasStart = betas.baseAddress, let rowsStart = rows.baseAddress
        else { throw .inconsistent("an empty block") }
        self.codes = codesStart.assumingMemoryBound(to: UInt8.self)
        self.alphas = alphasStart.assumingMemoryBound(to: Float.self)
        self.betas = betasStart.assumingMemoryBound(to: Float.self)
        self.rows = rowsStart.assumingMemoryBound(to: UInt32.self)
        self.value = value
        columnsOffset = reader.offset
    }

    /// The attribute columns, which a search without a filter never touches.
    package func columns(shape: RecordShape) throws(DecodingFailure) -> [ColumnView] {
        var reader = ByteReader(value, offset: columnsOffset)
        let views = try ColumnBuffer.views(&reader, shape: shape, count: count)
        try AlignedValue.checkPadding(&reader)
        return views
    }

    /// All entries, unpacked.
    package func entries(shape: RecordShape) throws(DecodingFailure) -> ListEntries {
        var entries = ListEntries(codec: codec, subspaceCount: subspaceCount, shape: shape)
        switch codec {
        case .pq4:
            entries.codes = PackedCodes.unpack(
                codes, count: count, subspaceCount: subspaceCount)
        case .pq8, .bits:
            entries.codes = Array(
                UnsafeBufferPointer(start: codes, count: count * subspaceCount))
        }
        if codec.hasCorrections {
            entries.alphas = Array(UnsafeBufferPointer(start: alphas, count: count))
            entries.betas = Array(UnsafeBufferPointer(start: betas, count: count))
        } else {
            entries.alphas = [Float](repeating: 0, count: count)
            entries.betas = entries.alphas
        }
        entries.rows = Array(UnsafeBufferPointer(start: rows, count: count))
        for (index, view) in try columns(shape: shape).enumerated() {
            entries.columns[index].append(contentsOf: view)
        }
        return entries
    }

    /// The block with other attribute columns, all else as it is.
    ///
    /// - Parameter columns: `count` cells in each.
    func encoded(with columns: [ColumnBuffer], key: Key) -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: value.count)
        writer.write(UnsafeRawBufferPointer(rebasing: value[..<columnsOffset]))
        for column in columns { column.encode(into: &writer) }
        return AlignedValue.finish(writer, key: key)
    }

    package static func encode(
        _ entries: ListEntries, key: Key, generation: UInt32
    ) -> [UInt8] {
        let count = entries.count
        precondition(count > 0 && count <= capacity, "\(count) entries in a block")
        var writer = SealedValue.writer(
            kind: ValueKind.listBlock, version: layoutVersion,
            reservingCapacity: entries.codes.count + 64 * count)
        writer.write(UInt16(count))
        writer.write(entries.codec.rawValue)
        writer.write(UInt8(0))
        writer.write(generation)
        writer.write(UInt16(entries.subspaceCount))
        writer.write([UInt8](repeating: 0, count: AlignedValue.headerSize - writer.count))
        let codeSize = BlockShape(entries.codec, subspaceCount: entries.subspaceCount)
            .codeSize(count: count)
        switch entries.codec {
        case .pq4:
            writer.write(
                PackedCodes.pack(entries.codes, subspaceCount: entries.subspaceCount))
        case .pq8, .bits:
            writer.write(entries.codes)
            writer.write([UInt8](repeating: 0, count: codeSize - entries.codes.count))
        }
        let padding = paddedCount(count) - count
        if entries.codec.hasCorrections {
            writer.write(contentsOf: entries.alphas)
            writer.write(contentsOf: [Float](repeating: 0, count: padding))
            writer.write(contentsOf: entries.betas)
            writer.write(contentsOf: [Float](repeating: .infinity, count: padding))
        }
        writer.write(contentsOf: entries.rows)
        if count % 2 == 1 { writer.write(UInt32(0)) }
        for column in entries.columns { column.encode(into: &writer) }
        return AlignedValue.finish(writer, key: key)
    }
}
