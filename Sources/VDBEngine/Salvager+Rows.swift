internal import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

extension Salvager {
    /// The rows whose ids and attributes can be read.
    typealias Available = RowSet

    /// Chunks of lost rows that are reported one by one; a count of rows may be anything.
    private static let namelessLimit = 1000

    /// Reads all ids that are still there; those of lost chunks may be known from identifiers.
    mutating func readIDs() throws(EngineError) -> Available {
        var available = RowSet()
        let chunkCount = (rowCount + RowChunk.rowCount - 1) / RowChunk.rowCount
        for chunk in 0..<chunkCount {
            observer?("reading ids", Double(chunk) / Double(chunkCount))
            let first = chunk * RowChunk.rowCount
            let shape = shape
            var found: [UInt64] = []
            try withRowChunk(chunk) { value throws(DecodingFailure) in
                found = Array(try RowChunk(value, shape: shape).ids)
            }
            for (index, id) in found.prefix(rowCount - first).enumerated() {
                ids.set(id, row: UInt32(first + index))
                available.insert(UInt32(first + index))
            }
        }
        return available
    }

    /// The row of each id: the highest that is not known to be dead. What has no vector is lost,
    /// what has no attributes comes without them.
    mutating func liveRows(_ available: Available) -> [UInt32] {
        var rows = ids.rows(below: rowCount).filter { !inventory.dead.contains($0) }
        reportNameless(rows)
        let ids = ids
        rows.sort { left, right in
            let (a, b) = (ids[left] ?? 0, ids[right] ?? 0)
            return a == b ? left < right : a < b
        }
        var live: [UInt32] = []
        for (index, row) in rows.enumerated() {
            let isLast = index + 1 == rows.count || ids[rows[index + 1]] != ids[row]
            if isLast { live.append(row) }
        }
        live.sort()
        reportLost(live, available)
        return live.filter { hasVector($0) }
    }

    /// Reports the rows that are alive and have no id.
    ///
    /// - Parameter named: those that have one, ascending.
    private mutating func reportNameless(_ named: [UInt32]) {
        var next = 0
        var reported = 0
        var rest = (first: 0, count: 0)
        for chunk in 0..<(rowCount + RowChunk.rowCount - 1) / RowChunk.rowCount {
            let start = chunk * RowChunk.rowCount
            let rows = start..<min(start + RowChunk.rowCount, rowCount)
            var count = rows.count - inventory.dead.count(in: rows)
            while next < named.count, Int(named[next]) < rows.upperBound {
                count -= 1
                next += 1
            }
            guard count > 0 else { continue }
            reported += 1
            if reported <= Self.namelessLimit {
                report(
                    Loss(
                        "table rows, chunk \(chunk)", rowReason(chunk), .lost,
                        unknownCount: count))
            } else {
                rest = (rest.count == 0 ? chunk : rest.first, rest.count + count)
            }
        }
        guard rest.count > 0 else { return }
        report(
            Loss(
                "table rows, chunks from \(rest.first) on", "no sound copies were found", .lost,
                unknownCount: rest.count))
    }

    private mutating func reportLost(_ live: [UInt32], _ available: Available) {
        var lost: [Int: [UInt64]] = [:]
        var bare: [Int: [UInt64]] = [:]
        var kept: [Int: [UInt64]] = [:]
        for row in live {
            guard let id = ids[row] else { continue }
            if !hasVector(row) {
                lost[Int(row) / vectorChunkRowCount, default: []].append(id)
            } else if !schema.attributes.isEmpty {
                let chunk = Int(row) / RowChunk.rowCount
                if !available.contains(row) {
                    bare[chunk, default: []].append(id)
                } else {
                    kept[chunk, default: []].append(id)
                }
            }
        }
        for (chunk, ids) in lost.sorted(by: { $0.key < $1.key }) {
            report(
                Loss(
                    "table vectors, chunk \(chunk)",
                    inventory.reason(kind: ValueKind.vectorChunk, key: Keys.chunk(chunk)),
                    .lost, ids: ids))
        }
        for (chunk, ids) in bare.sorted(by: { $0.key < $1.key }) {
            report(
                Loss(
                    "table rows, chunk \(chunk)", rowReason(chunk), .withoutAttributes, ids: ids))
        }
        for (chunk, ids) in kept.sorted(by: { $0.key < $1.key }) where mayBeOlder(chunk) {
            report(
                Loss("table rows, chunk \(chunk)", rowReason(chunk), .olderAttributes, ids: ids))
        }
    }

    /// Whether the last version of a chunk of rows is known to be missing, or may be one that is
    /// damaged.
    private func mayBeOlder(_ chunk: Int) -> Bool {
        guard let place = rowPlace(chunk) else { return false }
        let count = min(RowChunk.rowCount, rowCount - chunk * RowChunk.rowCount)
        return place.count < count || inventory.mayHaveNewerRows(chunk, than: place)
    }

    /// Whether all deletions are known, and if not, which records may have come back.
    mutating func reportDeletions(_ live: [UInt32]) {
        guard let manifest = inventory.manifest, isManifestCurrent else {
            if rowCount > 0 {
                report(
                    Loss(
                        "table deleted", "without the last manifest nobody knows how many",
                        .unknown))
            }
            return
        }
        // Rows that another of the same id has replaced are dead, whatever the bitmaps say.
        let alive = summary.losses.filter { $0.consequence == .lost }.reduce(live.count) {
            $0 + $1.unknownCount + $1.ids.reduce(0) { $0 + $1.count }
        }
        let excess = alive - Int(manifest.liveCount)
        guard excess > 0 else { return }
        let chunks = Set(live.map { Int($0) / RowSet.chunkRowCount }).sorted()
        let failed = chunks.filter {
            inventory.hasFailed(kind: ValueKind.deletedChunk, key: Keys.chunk($0))
        }
        for chunk in failed.isEmpty ? chunks : failed {
            let concerned = live.filter { Int($0) / RowSet.chunkRowCount == chunk }
            report(
                Loss(
                    "table deleted, chunk \(chunk)",
                    inventory.reason(kind: ValueKind.deletedChunk, key: Keys.chunk(chunk))
                        + ", \(excess) deletions are lost",
                    .maybeDeleted, ids: concerned.compactMap { ids[$0] }))
        }
    }

    func rowPlace(_ chunk: Int) -> SalvageInventory.Place? {
        let first = chunk * RowChunk.rowCount
        return SalvageInventory.best(
            of: inventory.rows[chunk], count: min(RowChunk.rowCount, rowCount - first),
            applied: applied?.rawValue ?? .max)
    }

    func vectorPlace(_ chunk: Int) -> SalvageInventory.Place? {
        let first = chunk * vectorChunkRowCount
        return SalvageInventory.best(
            of: inventory.vectors[chunk], count: min(vectorChunkRowCount, rowCount - first))
    }

    private func hasVector(_ row: UInt32) -> Bool {
        let (chunk, index) = Int(row).quotientAndRemainder(dividingBy: vectorChunkRowCount)
        return vectorPlace(chunk).map { index < $0.count } ?? false
    }

    private func rowReason(_ chunk: Int) -> String {
        inventory.reason(kind: ValueKind.rowChunk, key: Keys.chunk(chunk))
    }

    /// Reads a value again and runs `body` with it; false, with nothing done, if it is not there or
    /// has changed since it was found.
    func withValue(
        _ place: SalvageInventory.Place?, kind: UInt8, versions: ClosedRange<UInt8>, key: Key,
        _ body: (UnsafeRawBufferPointer) throws(DecodingFailure) -> Void
    ) throws(EngineError) -> Bool {
        guard let place else { return false }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: place.size, alignment: 64)
        defer { buffer.deallocate() }
        guard
            try storing({ () throws(StorageError) in
                try scan.read(into: buffer, at: place.offset)
            })
        else { return false }
        let value = UnsafeRawBufferPointer(buffer)
        do throws(DecodingFailure) {
            let version = SealedValue.version(of: value, among: versions)
            _ = try SealedValue.open(value, key: key, kind: kind, version: version)
            try body(value)
            return true
        } catch {
            return false
        }
    }

    /// The same for the chunk `number` of ids and attributes.
    func withRowChunk(
        _ number: Int, _ body: (UnsafeRawBufferPointer) throws(DecodingFailure) -> Void
    ) throws(EngineError) {
        _ = try withValue(
            rowPlace(number), kind: ValueKind.rowChunk, versions: RowChunk.versions,
            key: Keys.chunk(number), body)
    }
}
