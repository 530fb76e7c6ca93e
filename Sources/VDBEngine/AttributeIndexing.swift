internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Rows in the tables that wait for their index until they are so many: looking at each costs
    /// a search less than writing the last segment anew costs a checkpoint.
    static let indexedTailLimit = 4 * RowChunk.rowCount
    /// Segments of each attribute that one transaction writes: about 16 in all, of up to 650 KB.
    private var segmentsPerStep: Int { max(1, 16 / max(1, shape.indexes.count)) }

    /// Brings a checkpoint's rows into the index of attributes, if enough have gathered.
    ///
    /// - Parameter rowCount: rows that the tables hold with those of this transaction.
    func writeAttributes(
        since stored: StoredState, rowCount: Int, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let covered = stored.attributes.coveredCount
        guard rowCount - covered >= Self.indexedTailLimit else { return }
        try AttributeWriter(shape: shape, rowCount: rowCount)
            .write(from: covered, limit: segmentsPerStep, transaction)
    }

    /// Writes the segments anew in which amended rows have other keys, those of the attributes that
    /// are others; the transaction's rows have them already.
    func amendAttributes(
        _ rows: [UInt32], of snapshot: Snapshot, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let covered = snapshot.stored.attributes.coveredCount
        var touched: [Int: Set<Int>] = [:]
        for row in rows where row < covered {
            let before = try snapshot.stored.rows.cells(row)
            let now = try snapshot.storedCells(row)
            let segment = Int(row) / AttributeSegment.rowCount
            for (attribute, index) in shape.indexes.enumerated()
            where index.columns.contains(where: { before[$0] != now[$0] }) {
                touched[segment, default: []].insert(attribute)
            }
        }
        let writer = AttributeWriter(shape: shape, rowCount: covered)
        for (segment, attributes) in touched.sorted(by: { $0.key < $1.key }) {
            try writer.rewrite(segment: segment, attributes: attributes.sorted(), transaction)
        }
    }

    /// Brings rows that are in the tables into the index of attributes, in transactions of bounded
    /// size, until no more than `tailLimit` are left: those of a database of an earlier format, and
    /// those that wait for more.
    ///
    /// A crash in between leaves an index of the rows so far.
    func indexAttributes(leaving tailLimit: Int) throws(EngineError) {
        while try exclusively({ () throws(EngineError) in
            try indexSomeAttributes(leaving: tailLimit)
        }) {}
    }

    /// One transaction; false when there is nothing left to do.
    private func indexSomeAttributes(leaving tailLimit: Int) throws(EngineError) -> Bool {
        let stored = snapshot.stored
        let (covered, rowCount) = (stored.attributes.coveredCount, stored.rows.count)
        guard !shape.indexes.isEmpty, rowCount - covered > max(tailLimit, 0) else { return false }
        try storing { () throws(StorageError) in
            environment.clearStaleReaders()
            let transaction = try environment.beginWrite()
            try AttributeWriter(shape: shape, rowCount: rowCount)
                .write(from: covered, limit: segmentsPerStep, transaction)
            try transaction.commit()
            try adoptStored(
                try StoredState(environment: environment, shape: shape, earlier: stored))
        }
        return true
    }
}
