internal import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// One thing found wrong: table (or `log`), key, and why.
package struct Damage: Sendable, Hashable {
    package let table: String
    package let key: String
    package let reason: String
}

extension Engine {
    /// Reads everything and checks checksums, formats, and every id ↔ row ↔ list; changes nothing.
    package func verify(observer: EngineObserver?) throws(EngineError) -> [Damage] {
        try follow()
        var verifier = Verifier(snapshot: snapshot, schema: schema, shape: shape)
        observer?("checking pages", 0)
        verifier.checkStructure(of: environment)
        verifier.run(observer: observer)
        verifier.checkLog(path: path)
        return verifier.damages
    }
}

/// Goes through the tables of one snapshot and collects what is wrong.
struct Verifier {
    let snapshot: Snapshot
    let schema: Schema
    let shape: RecordShape
    private(set) var damages: [Damage] = []
    /// Tables with damaged pages.
    private var unwalkable: Set<String> = []
    /// A damaged database may have a finding for every record: more than these help nobody.
    private static let damageLimit = 10_000

    init(snapshot: Snapshot, schema: Schema, shape: RecordShape) {
        self.snapshot = snapshot
        self.schema = schema
        self.shape = shape
    }

    var stored: StoredState { snapshot.stored }

    mutating func run(observer: EngineObserver?) {
        let steps: [(String, (inout Verifier) -> Void)] = [
            ("vectors", { $0.checkVectors() }),
            ("rows", { $0.checkRows() }),
            ("identifiers", { $0.checkIdentifiers() }),
            ("keywords", { $0.checkKeywords() }),
            ("deleted", { $0.checkDeleted() }),
            ("payloads", { $0.checkPayloads() }),
            ("lists", { $0.checkLists() }),
            ("attributes", { $0.checkAttributes() }),
            ("manifest", { $0.checkForeignKeys() }),
            ("tables", { $0.checkTables() }),
        ]
        for (index, (name, step)) in steps.enumerated() {
            observer?("checking \(name)", Double(index) / Double(steps.count))
            step(&self)
        }
        observer?("checking", 1)
    }

    /// Checks LMDB's own pages, also those that opening has not looked at.
    mutating func checkStructure(of environment: Environment) {
        let found = attempt { () throws(StorageError) in
            try environment.checkStructure(limit: Self.damageLimit)
        }
        for finding in found ?? [] {
            report(finding.table, "page \(finding.page)", finding.reason)
            unwalkable.insert(finding.table)
        }
    }

    /// Whether LMDB can be trusted to walk a table without leaving its pages.
    func canWalk(_ table: TableName) -> Bool {
        unwalkable.isDisjoint(with: [table.rawValue, "tables"])
    }

    mutating func checkLog(path: String) {
        let identity = LogIdentity(stored.manifest.identity)
        do throws(LogError) {
            var reader = try LogReader(
                LogDirectory(
                    path: path + "/log", identity: identity),
                after: LogPosition(stored.manifest.appliedPosition))
            while let record = try reader.next() {
                do throws(DecodingFailure) {
                    _ = try Operation(decoding: record.payload, shape: shape)
                } catch {
                    report("log", "record \(record.position)", "\(error)")
                }
            }
        } catch {
            // A segment that was removed by a checkpoint beside us is not damage.
            if case .system = error { return }
            report("log", path + "/log", "\(error)")
        }
    }

    mutating func report(_ table: String, _ key: String, _ reason: String) {
        guard damages.count < Self.damageLimit else { return }
        damages.append(Damage(table: table, key: key, reason: reason))
    }

    /// Runs a check of one value; a storage error becomes a finding.
    mutating func attempt<Result>(
        _ body: () throws(StorageError) -> Result
    ) -> Result? {
        do throws(StorageError) {
            return try body()
        } catch {
            if case .damaged(let table, let key, let failure) = error {
                report(table, key, "\(failure)")
            } else if case .damagedPage(_, let page, let table, _, let reason) = error {
                report(table, "page \(page)", reason)
            } else {
                report("tables", "", "\(error)")
            }
            return nil
        }
    }

    private mutating func checkVectors() {
        let rows = stored.rows
        let chunkRowCount = rows.vectorChunkRowCount
        for chunk in 0..<rows.vectorChunkCount where !rows.isVectorChunkMissing(chunk) {
            guard
                let vectors = attempt({ () throws(StorageError) in
                    try rows.vectors(ofChunk: chunk)
                })
            else { continue }
            let expected = min(chunkRowCount, rows.count - chunk * chunkRowCount)
            if vectors.count != expected {
                report(
                    "vectors", Keys.chunk(chunk).description,
                    "\(vectors.count) vectors, \(expected) expected")
            }
            if let stray = vectors.firstStray(shape) {
                report(
                    "vectors", Keys.chunk(chunk).description,
                    "row \(chunk * chunkRowCount + stray) has bits behind its last component")
            }
            checkVectorValues(ofChunk: chunk, vectors)
        }
    }

    private mutating func checkRows() {
        let rows = stored.rows
        let counts = stored.keywords.counts
        for index in 0..<rows.rowChunkCount where !rows.isRowChunkMissing(index) {
            let key = Keys.chunk(index).description
            guard
                let chunk = attempt({ () throws(StorageError) in
                    try rows.rowChunk(index)
                })
            else { continue }
            let expected = min(RowChunk.rowCount, rows.count - index * RowChunk.rowCount)
            if chunk.count != expected {
                report("rows", key, "\(chunk.count) rows, \(expected) expected")
            }
            checkSummaries(chunk.columns, "rows", key)
            for position in 0..<chunk.count {
                do throws(DecodingFailure) {
                    // Which texts the codes stand for is no matter here.
                    _ = try schema.values(of: chunk.columns.map { $0[position] }) {
                        Int($0) < counts[$1] ? "" : nil
                    }
                } catch {
                    report("rows", key, "row \(index * RowChunk.rowCount + position): \(error)")
                }
            }
        }
    }

    /// Every live row is found by its id, and nothing else is.
    private mutating func checkIdentifiers() {
        guard canWalk(.identifiers) else { return }
        let rows = stored.rows
        var found = RowSet()
        var reports: [(UInt64, String)] = []
        let stored = stored
        var last: UInt64?
        _ = attempt { () throws(StorageError) in
            try Identifiers.forEachBucket(stored.access) {
                (firstID, entries) throws(StorageError) in
                if let first = entries.first, first.id < firstID {
                    reports.append((firstID, "id \(first.id) is below the bucket's key"))
                }
                for entry in entries {
                    if let last, entry.id <= last {
                        reports.append((firstID, "id \(entry.id) comes after \(last)"))
                    }
                    last = entry.id
                    guard Int(entry.row) < rows.count else {
                        reports.append(
                            (firstID, "id \(entry.id) has row \(entry.row) of \(rows.count)"))
                        continue
                    }
                    found.insert(entry.row)
                    if stored.dead.contains(entry.row) {
                        reports.append((firstID, "id \(entry.id) has the dead row \(entry.row)"))
                    } else if try rows.id(entry.row) != entry.id {
                        let other = try rows.id(entry.row)
                        reports.append(
                            (firstID, "id \(entry.id) has row \(entry.row), which is id \(other)"))
                    }
                }
            }
        }
        for (firstID, reason) in reports {
            report("identifiers", Keys.identifierBucket(firstID: firstID).description, reason)
        }
        for row in 0..<rows.count where !found.contains(UInt32(row)) {
            if !stored.dead.contains(UInt32(row)) {
                report("identifiers", "", "the live row \(row) is under no id")
            }
        }
    }

    private mutating func checkDeleted() {
        let live = stored.rows.count - stored.dead.count
        if live != Int(stored.manifest.liveCount) {
            report(
                "manifest", Keys.manifest.description,
                "\(stored.manifest.liveCount) live rows counted, there are \(live)")
        }
        for row in stored.dead.members(notIn: RowSet()) where Int(row) >= stored.rows.count {
            report("deleted", "", "dead row \(row) of \(stored.rows.count)")
        }
    }

    /// Payloads can be read, and belong to live rows.
    private mutating func checkPayloads() {
        let stored = stored
        let rows = attempt { () throws(StorageError) in try Payload.rows(stored.access) }
        var found = RowSet()
        for row in rows ?? [] {
            _ = attempt { () throws(StorageError) in
                try Payload.read(row: row, stored.access)
            }
            found.insert(row)
            let isExpected = attempt { () throws(StorageError) in
                guard Int(row) < stored.rows.count, !stored.dead.contains(row) else { return false }
                return try stored.rows.hasPayload(row)
            }
            if isExpected == false {
                report(
                    "payloads", Keys.payload(row: row).description,
                    "row \(row) is not alive, or has no payload")
            }
        }
        for chunk in 0..<stored.rows.rowChunkCount {
            guard let rows = attempt({ () throws(StorageError) in try stored.rows.rowChunk(chunk) })
            else { continue }
            for index in 0..<rows.count where rows.hasPayload(index) {
                let row = UInt32(chunk * RowChunk.rowCount + index)
                guard !found.contains(row), !stored.dead.contains(row) else { continue }
                report(
                    "payloads", Keys.payload(row: row).description, "the payload is missing")
            }
        }
    }

    /// Every live row is in exactly one list, with its own cells.
    private mutating func checkLists() {
        guard let lists = stored.lists, let models = stored.models else { return }
        let rows = stored.rows
        let shape = shape
        var listOfRow = [UInt32](repeating: 0, count: rows.count)
        for list in 0..<lists.listCount {
            checkOrder(ofList: list, lists)
            for index in lists.blockIndices(ofList: list) {
                let key = lists.key(ofBlock: index).description
                guard let block = attempt({ () throws(StorageError) in try lists.block(index) }),
                    let columns = attempt({ () throws(StorageError) in
                        try lists.columns(ofBlock: index, shape: shape)
                    })
                else { continue }
                if block.codec != models.codec || block.generation != models.generation
                    || block.subspaceCount != models.quantizer.shape.subspaceCount
                {
                    report("lists", key, "the block is not of the models in force")
                }
                checkSummaries(columns, "lists", key)
                checkEstimates(ofBlock: index, lists)
                for position in 0..<block.count {
                    let row = Int(block.rows[position])
                    guard row < rows.count else {
                        report("lists", key, "row \(row) of \(rows.count)")
                        continue
                    }
                    if listOfRow[row] != 0 {
                        report("lists", key, "row \(row) is also in list \(listOfRow[row])")
                    }
                    listOfRow[row] = lists.numbers[list]
                    // Of a row whose chunk is gone nobody knows the cells.
                    if rows.isRowChunkMissing(row / RowChunk.rowCount) { continue }
                    let cells = columns.map { $0[position] }
                    if let own = attempt({ () throws(StorageError) in
                        try rows.cells(UInt32(row))
                    }), own != cells {
                        report("lists", key, "row \(row) has other attributes than in rows")
                    }
                }
            }
        }
        checkPlacement(listOfRow)
    }

    /// No live row is without a list.
    private mutating func checkPlacement(_ listOfRow: [UInt32]) {
        let dead = stored.dead
        for (row, list) in listOfRow.enumerated() where list == 0 {
            if !dead.contains(UInt32(row)) {
                report("lists", "", "the live row \(row) is in no list")
            }
        }
    }

    /// The manifest's table holds the manifest and the schema, nothing else.
    private mutating func checkForeignKeys() {
        let access = stored.access
        let figures = attempt { () throws(StorageError) in
            try access.statistics(access.environment.table(.manifest))
        }
        if let figures, figures.entryCount != 2 {
            report("manifest", "", "\(figures.entryCount) entries, 2 expected")
        }
    }
}
