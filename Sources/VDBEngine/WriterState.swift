internal import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// What the writing side knows: everything appended to the log, acknowledged or not.
///
/// Searches never see it; they see the snapshots that are published from its marks once the log is
/// durable up to them.
struct WriterState: Sendable {
    /// The state of the writing side right after one operation.
    struct Mark: Sendable {
        let position: LogPosition
        let rowEnd: Int
        let dead: RowSet
        let amendments: Amendments
        let keywords: KeywordDictionary

        /// The same, over a newer state of the tables.
        func following(_ stored: StoredState) throws(StorageError) -> Mark {
            Mark(
                position: position, rowEnd: rowEnd, dead: dead, amendments: amendments,
                keywords: try keywords.following(stored))
        }
    }

    var stored: StoredState
    var delta: Delta
    private(set) var dead: RowSet
    private(set) var amendments = Amendments()
    /// Those that the tables lack.
    var keywords: KeywordDictionary
    /// Ids whose row is not what the tables say: their row in the delta, or nil if deleted.
    private var changedIDs: [UInt64: UInt32?] = [:]
    /// Deletions that the tables do not know yet, oldest first.
    private var deletions: [(position: LogPosition, id: UInt64)] = []
    /// Where the delta is cut into checkpoints of bounded size, oldest first.
    private(set) var steps: [Mark] = []
    private var sinceCut = CheckpointLoad()
    /// No id in the tables is above it: a quick no for ids that ascend.
    private var highestStoredID: UInt64?
    /// Operations between append and the end of their sync.
    var inFlightCount = 0
    /// The log took back operations for want of room; they must be undone here too.
    var needsRewind = false
    /// Why writing is refused, if it is.
    var failure: EngineError?
    var isClosed = false
    /// Whether the tables are being replaced as a whole.
    private(set) var departure = Departure.none

    init(stored: StoredState) throws(StorageError) {
        self.stored = stored
        delta = Delta(start: stored.rows.count, shape: stored.rows.shape)
        dead = stored.dead
        keywords = KeywordDictionary(after: stored.keywords.counts)
        highestStoredID = try Identifiers.highestID(stored.access)
    }

    /// Begins or ends the replacement of the tables; false if one is under way already.
    mutating func depart(_ next: Departure) -> Bool {
        if case .copying = next {
            guard case .none = departure, !isClosed else { return false }
        }
        departure = next
        return true
    }

    /// Whether nobody may change the tables.
    var isDeparting: Bool {
        if case .none = departure { false } else { true }
    }

    func mark(at position: LogPosition) -> Mark {
        Mark(
            position: position, rowEnd: delta.end, dead: dead, amendments: amendments,
            keywords: keywords)
    }

    /// The live row of an id, or nil.
    func row(of id: UInt64) throws(StorageError) -> UInt32? {
        if let changed = changedIDs[id] { return changed }
        guard let highestStoredID, id <= highestStoredID else { return nil }
        return try stored.row(of: id)
    }

    /// The live row of an id as `snapshot`, the published one, shows it.
    func publishedRow(of id: UInt64, in snapshot: Snapshot) throws(StorageError) -> UInt32? {
        if let row = try self.row(of: id), Int(row) < snapshot.delta.end { return row }
        // Changed by an operation that is not acknowledged yet: look for the row before it.
        for row in stride(from: snapshot.delta.end - 1, through: snapshot.delta.start, by: -1) {
            let place = snapshot.delta.place(UInt32(row))
            if place.chunk.ids[place.index] == id {
                return snapshot.dead.contains(UInt32(row)) ? nil : UInt32(row)
            }
        }
        guard let row = try snapshot.stored.row(of: id), !snapshot.dead.contains(row) else {
            return nil
        }
        return row
    }

    /// Applies a logged operation.
    ///
    /// - Parameters:
    ///   - position: where it is in the log.
    ///   - hasKeywords: whether the operation's keywords are in the dictionary already.
    mutating func apply(
        _ operation: Operation, at position: LogPosition, hasKeywords: Bool
    ) throws(EngineError) {
        guard delta.end + operation.ids.count < Engine.rowCountLimit else {
            throw .tooManyRows(delta.end + operation.ids.count)
        }
        if !hasKeywords { try add(operation.keywords) }
        for id in operation.deletedIDs {
            if let row = try storing({ () throws(StorageError) in try self.row(of: id) }) {
                die(row)
                changedIDs[id] = .some(nil)
                deletions.append((position, id))
            }
        }
        sinceCut.add(operation)
        let vectorSize = delta.shape.vectorSize
        var payloads = operation.payloads[...]
        for (index, id) in operation.ids.enumerated() {
            if let old = try storing({ () throws(StorageError) in try self.row(of: id) }) {
                die(old)
            }
            let row = UInt32(delta.end)
            let cells = operation.columns.map { $0[index] }
            let payload = payloads.first?.index == index ? payloads.removeFirst().bytes : nil
            operation.vectors.withUnsafeBytes { bytes in
                delta.append(
                    id: id,
                    vector: UnsafeRawBufferPointer(
                        rebasing: bytes[index * vectorSize..<(index + 1) * vectorSize]),
                    cells: cells, payload: payload)
            }
            changedIDs[id] = row
        }
        try amend(operation, at: position)
    }

    private mutating func die(_ row: UInt32) {
        dead.insert(row)
        amendments.hide(row)
    }

    /// Gives the live rows of the ids that an operation amends their new cells.
    private mutating func amend(
        _ operation: Operation, at position: LogPosition
    ) throws(EngineError) {
        var found: [(row: UInt32, index: Int)] = []
        found.reserveCapacity(operation.amendedIDs.count)
        for (index, id) in operation.amendedIDs.enumerated() {
            if let row = try storing({ () throws(StorageError) in try self.row(of: id) }) {
                found.append((row, index))
            }
        }
        found.sort { $0.row < $1.row }
        for start in stride(from: 0, to: found.count, by: Amendments.runLimit) {
            let part = found[start..<min(start + Amendments.runLimit, found.count)]
            let cells = operation.amendedColumns.map { column in
                var picked = ColumnBuffer(width: column.width)
                for entry in part { picked.append(column[entry.index]) }
                return picked
            }
            amendments.add(
                AmendmentRun(
                    rows: part.map(\.row), positions: part.map { _ in position }, cells: cells),
                dead: dead)
        }
    }

    /// Cuts here if what came since the last cut is enough for a checkpoint of its own.
    mutating func cutStep(at position: LogPosition, policy: CheckpointPolicy) {
        guard sinceCut.reaches(policy, times: policy.stepFactor) else { return }
        steps.append(mark(at: position))
        sinceCut = CheckpointLoad()
    }

    /// What a checkpoint of everything would have to move.
    var pending: CheckpointLoad {
        CheckpointLoad(
            rowCount: delta.count, size: delta.size, deletionCount: deletions.count,
            amendmentCount: amendments.count)
    }

    /// The position that the tables hold.
    var applied: LogPosition { LogPosition(stored.manifest.appliedPosition) }

    /// Goes on from a new state of the tables, which hold part of the delta by now.
    mutating func adopt(_ newer: StoredState) throws(StorageError) {
        let rows = delta.start..<min(newer.rows.count, delta.end)
        keywords = try keywords.following(newer)
        stored = newer
        // What the tables know is looked up there.
        for row in rows {
            let place = delta.place(UInt32(row))
            let id = place.chunk.ids[place.index]
            if changedIDs[id] == .some(UInt32(row)) { changedIDs[id] = nil }
        }
        let applied = applied
        let known = deletions.prefix { $0.position <= applied }
        deletions.removeFirst(known.count)
        // One that was put again and deleted again is deleted still.
        let unknown = Set(deletions.map(\.id))
        for (_, id) in known where changedIDs[id] == .some(nil) && !unknown.contains(id) {
            changedIDs[id] = nil
        }
        steps.removeAll { $0.position <= applied }
        delta.removeRows(below: newer.rows.count)
        amendments = amendments.after(applied, dead: dead)
        if delta.count == 0 && deletions.isEmpty && amendments.isEmpty {
            sinceCut = CheckpointLoad()
        }
        if !rows.isEmpty { highestStoredID = try Identifiers.highestID(newer.access) }
    }

    /// Takes back everything after `mark`: the log has no room for it and never acknowledged it.
    mutating func rewind(to mark: Mark) throws(StorageError) {
        delta.removeRows(from: mark.rowEnd)
        dead = mark.dead
        amendments = mark.amendments.after(applied, dead: dead)
        keywords = mark.keywords
        steps.removeAll { $0.position > mark.position }
        try deriveChangedIDs(upTo: mark.position)
    }

    /// The ids that the delta and the newly dead rows change.
    private mutating func deriveChangedIDs(upTo position: LogPosition) throws(StorageError) {
        changedIDs.removeAll(keepingCapacity: true)
        deletions.removeAll { $0.position > position }
        for row in dead.members(notIn: stored.dead) where Int(row) < stored.rows.count {
            changedIDs[try stored.rows.id(row)] = .some(nil)
        }
        delta.forEachChunk { chunk, first, range in
            for index in range {
                let row = UInt32(first + index)
                if dead.contains(row) {
                    if changedIDs[chunk.ids[index]] == nil {
                        changedIDs[chunk.ids[index]] = .some(nil)
                    }
                } else {
                    changedIDs[chunk.ids[index]] = row
                }
            }
        }
    }
}
