internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// What was found in a damaged file of tables, by what it is (`Formats/database.md`, "Repair").
///
/// Of vectors, ids, attributes and payloads only the places are kept. Memory: about nine bytes a
/// row, some forty more if it has a payload, keywords and dictionaries.
struct SalvageInventory {
    /// Keys that values of these kinds have; the index is made anew.
    static let wanted: PageScan.Wanted = [
        ValueKind.manifest: Keys.manifest.size, ValueKind.schema: Keys.schema.size,
        ValueKind.vectorChunk: 4, ValueKind.rowChunk: 4, ValueKind.deletedChunk: 4,
        ValueKind.identifierBucket: 8, ValueKind.keyword: 8, ValueKind.payload: 4,
        ValueKind.dictionary: 4,
    ]

    /// One version of a chunk.
    struct Place: Hashable {
        let offset: Int
        let size: Int
        /// Rows that it holds.
        let count: Int
        /// What the tables held of the log when it was written; 0 where nobody noted it.
        var position: UInt64 = 0
    }

    private struct Name: Hashable {
        let kind: UInt8
        let key: Key
    }

    /// The one with the highest applied position.
    private(set) var manifest: Manifest?
    /// Why a manifest that is whole cannot be read.
    private(set) var manifestRefusal: DecodingFailure?
    private(set) var schema: Schema?
    private(set) var vectors: [Int: [Place]] = [:]
    private(set) var rows: [Int: [Place]] = [:]
    /// Dead rows never live again, so that all versions together say the most.
    private(set) var dead = RowSet()
    /// Ids by row, from any version: they never change.
    private(set) var ids = KnownIDs()
    private(set) var keywords: [KeywordTable.Entry] = []
    /// By row; they never change.
    private(set) var payloads: [UInt32: Place] = [:]
    private(set) var dictionaries: [UInt32: [UInt8]] = [:]
    /// Why values are not sound, by what they would have been.
    private var failures: [Name: String] = [:]
    /// Versions of chunks of rows that are not sound, with the positions that they claim.
    private var failedRows: [Int: [Place]] = [:]
    /// Where sound chunks of rows begin.
    private var rowOffsets: Set<Int> = []

    mutating func add(_ found: borrowing PageScan.Found) {
        do throws(DecodingFailure) {
            if let failure = found.failure { throw failure }
            try addSound(found)
        } catch {
            let name = Name(kind: found.kind, key: Key(bytes: found.key))
            if failures[name] == nil { failures[name] = "\(error) (page \(found.page))" }
            if found.kind == ValueKind.rowChunk { addFailedRows(found) }
        }
    }

    private mutating func addFailedRows(_ found: borrowing PageScan.Found) {
        let claimed =
            RowChunk.versions.contains(found.value[5])
            ? try? RowChunk.position(in: found.value) : nil
        failedRows[Int(Self.part(found.key, at: 0)), default: []].append(
            Place(
                offset: found.offset, size: found.value.count, count: 0,
                position: claimed ?? .max))
    }

    /// Whether a damaged version of a chunk of rows may be newer than a sound one. A page that is
    /// no more what a node left elsewhere says is not damaged: another chunk begins there.
    func mayHaveNewerRows(_ chunk: Int, than sound: Place) -> Bool {
        failedRows[chunk]?.contains {
            $0.position > sound.position && !rowOffsets.contains($0.offset)
        } ?? false
    }

    /// Why there is no sound version of a value.
    func reason(kind: UInt8, key: Key) -> String {
        failures[Name(kind: kind, key: key)] ?? "no sound copy was found"
    }

    /// Whether a chunk was found that is not sound.
    func hasFailed(kind: UInt8, key: Key) -> Bool {
        failures[Name(kind: kind, key: key)] != nil
    }

    /// The rows that any chunk holds, and those before.
    func rowEnd(vectorChunkRowCount: Int) -> Int {
        let ends = vectors.flatMap { chunk, places in
            places.map { chunk * vectorChunkRowCount + $0.count }
        }
        let end = rows.flatMap { chunk, places in
            places.map { chunk * RowChunk.rowCount + $0.count }
        }.reduce(ends.max() ?? 0, max)
        // The keys of chunks may be anything, rows are numbered with 32 bits.
        return min(end, Int(UInt32.max) - 1)
    }

    /// The version of a chunk that holds `count` rows, as the manifest says; without it the one
    /// that comes next below, and only then one with more, which a commit that never came to be may
    /// have left.
    ///
    /// - Parameter applied: what the tables hold of the log. Of versions with as many rows the last
    ///   that is not behind it counts: attributes may have been amended since the others.
    static func best(
        of places: [Place]?, count: Int, applied: UInt64 = .max
    ) -> Place? {
        guard let places else { return nil }
        let counts = places.map(\.count)
        let chosen =
            counts.contains(count)
            ? count : counts.filter { $0 < count }.max() ?? counts.min() ?? 0
        let versions = places.filter { $0.count == chosen }
        return versions.filter { $0.position <= applied }.max { $0.position < $1.position }
            ?? versions.min { $0.position < $1.position }
    }

    private mutating func addSound(_ found: borrowing PageScan.Found) throws(DecodingFailure) {
        let value = found.value
        switch found.kind {
        case ValueKind.manifest: addManifest(value)
        case ValueKind.schema: schema = try SchemaRecord.decode(value)
        case ValueKind.vectorChunk:
            try Self.check(found, among: VectorChunk.versions)
            let count = try VectorChunk.count(in: value)
            try Self.check(count, of: found, size: 1, limit: VectorChunk.rowCounts.upperBound)
            Self.add(found, count: count, to: &vectors)
        case ValueKind.rowChunk:
            try Self.check(found, among: RowChunk.versions)
            rowOffsets.insert(found.offset)
            let count = try RowChunk.count(in: value)
            try Self.check(count, of: found, size: 8, limit: RowChunk.rowCount)
            Self.add(
                found, count: count, position: try RowChunk.position(in: value), to: &rows)
        case ValueKind.deletedChunk:
            let body = try SealedValue.openUnchecked(
                value, kind: found.kind, version: DeletedRows.layoutVersion)
            let chunk = Int(Self.part(found.key, at: 0))
            guard chunk < RowSet.chunkLimit else {
                throw .inconsistent("chunk \(chunk) is of rows that no table can have")
            }
            dead.formUnion(chunk: chunk, words: try DeletedRows.decode(body))
        case ValueKind.identifierBucket:
            let body = try SealedValue.openUnchecked(
                value, kind: found.kind, version: Identifiers.layoutVersion)
            for entry in try Identifiers.decode(body) { ids.set(entry.id, row: entry.row) }
        case ValueKind.keyword:
            let body = try SealedValue.openUnchecked(
                value, kind: found.kind, version: KeywordTable.layoutVersion)
            keywords.append(
                KeywordTable.Entry(
                    attribute: Self.part(found.key, at: 0), code: Self.part(found.key, at: 4),
                    text: try KeywordTable.decode(body)))
        case ValueKind.payload:
            try Self.check(found, among: Payload.versions)
            payloads[Self.part(found.key, at: 0)] = Place(
                offset: found.offset, size: value.count, count: 1)
        case ValueKind.dictionary:
            let body = try SealedValue.openUnchecked(
                value, kind: found.kind, version: PayloadDictionary.layoutVersion)
            let number = Self.part(found.key, at: 0)
            dictionaries[number] =
                try PayloadDictionary(number: number, decoding: body).bytes
        default: break
        }
    }

    /// Refuses a layout version that is not known.
    /// Refuses more rows than a chunk has room for, at `size` bytes each at least.
    private static func check(
        _ count: Int, of found: borrowing PageScan.Found, size: Int, limit: Int
    ) throws(DecodingFailure) {
        let chunk = Int(part(found.key, at: 0))
        guard count <= limit, count * size <= found.value.count,
            count > 0
        else {
            throw .inconsistent("\(count) rows in chunk \(chunk) of \(found.value.count) bytes")
        }
    }

    private static func check(
        _ found: borrowing PageScan.Found, among versions: ClosedRange<UInt8>
    ) throws(DecodingFailure) {
        _ = try SealedValue.openUnchecked(
            found.value, kind: found.kind,
            version: SealedValue.version(of: found.value, among: versions))
    }

    private mutating func addManifest(_ value: UnsafeRawBufferPointer) {
        do throws(DecodingFailure) {
            let found = try Manifest(unsealing: value)
            let isNewer = manifest.map {
                ($0.appliedPosition, $0.rowCount) < (found.appliedPosition, found.rowCount)
            }
            if isNewer ?? true { manifest = found }
        } catch {
            manifestRefusal = error
        }
    }

    private static func add(
        _ found: borrowing PageScan.Found, count: Int, position: UInt64 = 0,
        to chunks: inout [Int: [Place]]
    ) {
        let place = Place(
            offset: found.offset, size: found.value.count, count: count, position: position)
        let chunk = Int(part(found.key, at: 0))
        // One is enough of those that are equal.
        let isKnown = chunks[chunk]?.contains { $0.count == count && $0.position == position }
        if isKnown ?? false { return }
        chunks[chunk, default: []].append(place)
    }

    private static func part(_ key: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        UInt32(bigEndian: key.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
