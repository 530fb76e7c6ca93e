internal import VectorDB

/// One run of `import`: takes batches from the files and puts them into the database.
struct Import {
    struct Options {
        var skip = 0
        var limit: Int?
        /// Vectors in a batch; nil derives it from their size.
        var batchCount: Int?
        /// nil takes the ids that the file has, or else begins with 0.
        var firstID: UInt64?
        var onDuplicate = DuplicatePolicy.fail
        var badValues = BadValuePolicy.fail
    }

    private let database: Database
    private var reader: any VectorReader
    private var attributes: (any AttributeReader)?
    private var ids: IDReader?
    private let options: Options

    private(set) var report: Report
    private var greatestID: UInt64 = 0
    /// What helps after the failure; nil goes by its exit code.
    private var remedy: Remedy?

    init(
        _ database: Database, _ reader: any VectorReader,
        attributes: (any AttributeReader)?, ids: IDReader?, _ options: Options
    ) {
        self.database = database
        self.reader = reader
        self.attributes = attributes
        self.ids = ids
        self.options = options
        report = Report(nextSkip: options.skip)
        report.nextID = id(ofRow: options.skip)
    }

    /// How many vectors there are to import, if that is known.
    var expectedCount: Int? {
        guard let count = reader.count else { return options.limit }
        return min(max(0, count - options.skip), options.limit ?? .max)
    }

    /// Imports until the end, the limit, or the wish to stop.
    ///
    /// Whatever fails, the batches before it are kept, and the failure says how many.
    mutating func run(_ progress: Progress) throws(ToolFailure) {
        defer { progress.finish() }
        try skip()
        do throws(ToolFailure) {
            while Interruption.requested == nil, try importBatch() {
                progress.report(report.nextSkip - options.skip)
            }
        } catch {
            // Ctrl-C while a pipe had nothing is the same wish as at any other time.
            if let code = Interruption.requested, error.code == code { return }
            throw error.adding((remedy ?? Remedy(error.code)).words(report))
        }
    }

    // MARK: - Batches

    /// 1000 vectors, fewer if they take more than 8 MB.
    private var batchCount: Int {
        if let count = options.batchCount { return count }
        let dimension = reader.dimension
        let size = max(
            reader.element.vectorSize(dimension: dimension),
            database.schema.element.vectorSize(dimension: dimension))
        return min(1000, max(1, 8_000_000 / size))
    }

    private mutating func skip() throws(ToolFailure) {
        guard options.skip > 0 else { return }
        try check(try reader.skip(options.skip), reader.path, "vectors")
        if var rest = attributes {
            try check(try rest.skip(options.skip), rest.path, "rows")
            attributes = rest
        }
        if var rest = ids {
            try check(try rest.skip(options.skip), rest.path, "ids")
            ids = rest
        }
    }

    private func check(_ count: Int, _ path: String, _ unit: String) throws(ToolFailure) {
        guard count == options.skip else {
            throw .badInput(
                "cannot leave out \(options.skip) \(unit) of \(path): there are \(count)")
        }
    }

    /// Imports the next batch; false if there is none.
    private mutating func importBatch() throws(ToolFailure) -> Bool {
        let done = report.nextSkip - options.skip
        let wanted = min(batchCount, (options.limit ?? .max) - done)
        guard wanted > 0 else { return false }
        guard let read = try reader.next(wanted) else {
            try checkEnd()
            return false
        }
        // Where another file fails, the rows before that are still imported.
        var rowCount = read.rowCount
        var failure: ToolFailure?
        var badValues = read.badValues
        let columns = readAttributes(&rowCount, &badValues, &failure) ?? read.attributes
        let givenIDs = readIDs(&rowCount, &failure) ?? (options.firstID == nil ? read.ids : nil)
        if rowCount > 0 {
            let ids = if let givenIDs { givenIDs } else { try rowIDs(rowCount) }
            try insert(
                ImportBatch(
                    ids: Array(ids.prefix(rowCount)), read: read, columns: columns ?? [:],
                    badValues: badValues, dimension: reader.dimension))
        }
        if let failure { throw failure }
        return true
    }

    /// Inserts the rows of a batch, as far as duplicates and bad values let them.
    private mutating func insert(_ batch: ImportBatch) throws(ToolFailure) {
        var selection = BatchSelection(
            batch.ids, options.onDuplicate,
            leavingOut: options.badValues == .skip ? Set(batch.badValues.keys) : [])
        var failure: ToolFailure?
        do throws(VectorDBError) {
            try insert(batch.batch(selection.rows), selection)
        } catch {
            guard error.code == .duplicateID, let row = try firstKnown(batch, selection) else {
                throw ToolFailure(error, input: .file)
            }
            failure = duplicate(batch, row, "which is there already")
            selection.end(before: row)
            let (part, selection) = (batch.batch(selection.rows), selection)
            do throws(VectorDBError) {
                try insert(part, selection)
            } catch {
                throw ToolFailure(error, input: .file)
            }
        }
        if let (row, earlier) = selection.duplicate {
            failure = duplicate(batch, row, "as row \(report.nextSkip + earlier) has")
        }
        settle(batch, end: selection.end)
        if let failure {
            remedy = .policy
            throw failure
        }
    }

    private mutating func insert(
        _ batch: Batch, _ selection: BatchSelection
    ) throws(VectorDBError) {
        if !batch.ids.isEmpty {
            let result = try database.insert(batch, onDuplicate: options.onDuplicate)
            report.imported += result.inserted + result.replaced
            report.replaced += result.replaced
            report.skipped += result.skipped
        }
        report.imported += selection.replacedCount
        report.replaced += selection.replacedCount
        report.skipped += selection.skippedCount
    }

    /// Takes down that the first rows of a batch are dealt with.
    private mutating func settle(_ batch: ImportBatch, end: Int) {
        for row in batch.badValues.keys.sorted() where row < end {
            report.badValues.note(batch.badValues[row] ?? [], row: report.nextSkip + row)
            if options.badValues == .skip { report.refused += 1 }
        }
        report.nextSkip += end
        guard let greatest = batch.ids.prefix(end).max() else { return }
        greatestID = max(greatestID, greatest)
        report.nextID = greatestID == .max ? nil : greatestID + 1
    }

    /// The first of the selected rows whose id is in the database.
    private func firstKnown(
        _ batch: ImportBatch, _ selection: BatchSelection
    ) throws(ToolFailure) -> Int? {
        try engine { () throws(VectorDBError) in
            for row in selection.rows where try database.get(batch.ids[row]) != nil { return row }
            return nil
        }
    }

    private func duplicate(_ batch: ImportBatch, _ row: Int, _ reason: String) -> ToolFailure {
        .badInput(
            "cannot import \(reader.path): row \(report.nextSkip + row) has id \(batch.ids[row]), "
                + reason)
    }

    // MARK: - Attributes and ids

    /// The attributes of the next rows as columns; fewer rows if they end or fail.
    private mutating func readAttributes(
        _ rowCount: inout Int, _ badValues: inout [Int: [BadValue]],
        _ failure: inout ToolFailure?
    ) -> [String: [AttributeValue]]? {
        guard attributes != nil else { return nil }
        badValues = [:]
        let names = database.schema.attributes.map(\.name)
        var columns = [[AttributeValue]](repeating: [], count: names.count)
        for row in 0..<rowCount {
            do throws(ToolFailure) {
                guard let values = try attributes?.next() else {
                    throw tooFew(attributes?.path, "rows", report.nextSkip + row)
                }
                if let bad = attributes?.badValues, !bad.isEmpty { badValues[row] = bad }
                for (index, name) in names.enumerated() {
                    columns[index].append(values[name] ?? .null)
                }
            } catch {
                (rowCount, failure) = (row, error)
                break
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(names, columns))
    }

    private mutating func readIDs(
        _ rowCount: inout Int, _ failure: inout ToolFailure?
    ) -> [UInt64]? {
        guard ids != nil else { return nil }
        var read: [UInt64] = []
        while read.count < rowCount {
            do throws(ToolFailure) {
                guard let id = try ids?.next() else {
                    throw tooFew(ids?.path, "ids", report.nextSkip + read.count)
                }
                read.append(id)
            } catch {
                (rowCount, failure) = (read.count, error)
            }
        }
        return read
    }

    private func rowIDs(_ rowCount: Int) throws(ToolFailure) -> [UInt64] {
        let row = report.nextSkip
        guard let first = id(ofRow: row), first <= UInt64.max - UInt64(rowCount - 1) else {
            throw .usage("cannot give ids: --first-id and row \(row) are beyond \(UInt64.max)")
        }
        return (0..<UInt64(rowCount)).map { first + $0 }
    }

    private func id(ofRow row: Int) -> UInt64? {
        let (id, overflows) = (options.firstID ?? 0).addingReportingOverflow(UInt64(row))
        return overflows ? nil : id
    }

    private func tooFew(_ path: String?, _ unit: String, _ count: Int) -> ToolFailure {
        .badInput(
            "cannot import \(reader.path): \(path ?? "") has \(count) \(unit), "
                + "there are more vectors" + (reader.count.map { ", \($0)" } ?? ""))
    }

    /// After the last vector, the other files must end too.
    private mutating func checkEnd() throws(ToolFailure) {
        if let more = try attributes?.countRest(), more > 0, let path = attributes?.path {
            throw tooMany(path, "rows", more)
        }
        if let more = try ids?.countRest(), more > 0, let path = ids?.path {
            throw tooMany(path, "ids", more)
        }
    }

    private mutating func tooMany(
        _ path: String, _ unit: String, _ more: Int
    ) -> ToolFailure {
        remedy = Remedy.none
        return .badInput(
            "cannot match \(path) with \(reader.path): it has \(report.nextSkip + more) \(unit), "
                + "there are \(report.nextSkip) vectors")
    }
}
