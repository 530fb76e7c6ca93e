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
    }

    /// What came of it.
    struct Report: Sendable {
        /// Records that are in by this import, those that replaced others among them.
        var imported = 0
        var replaced = 0
        /// Records left out because their id was there.
        var skipped = 0
        var seconds = 0.0
        var maintainSeconds = 0.0
        /// The smallest id above all that were given; nil if there is none.
        var nextID: UInt64?
        /// Vectors of the file that are dealt with, with those left out at the beginning.
        var nextSkip: Int

        /// What is in, and how to go on.
        var resumption: String {
            "\(imported + skipped) vectors are in, go on with --skip=\(nextSkip)"
        }
    }

    private let database: Database
    private var reader: any VectorReader
    private var attributes: (any AttributeReader)?
    private var ids: IDReader?
    private let options: Options

    private(set) var report: Report
    private var greatestID: UInt64 = 0

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
            throw error.adding(report.resumption)
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
        let columns = readAttributes(&rowCount, &failure) ?? read.attributes
        let givenIDs = readIDs(&rowCount, &failure) ?? (options.firstID == nil ? read.ids : nil)
        if rowCount > 0 {
            let ids = if let givenIDs { givenIDs } else { try rowIDs(rowCount) }
            try insert(
                Batch(
                    ids: Array(ids.prefix(rowCount)),
                    vectors: read.vectors.rows(0..<rowCount, dimension: reader.dimension),
                    attributes: (columns ?? [:]).mapValues { Array($0.prefix(rowCount)) },
                    payloads: Array(read.payloads.prefix(rowCount))))
        }
        if let failure { throw failure }
        return true
    }

    private mutating func insert(_ batch: Batch) throws(ToolFailure) {
        let (database, policy) = (database, options.onDuplicate)
        let result = try engine(input: .file) { () throws(VectorDBError) in
            try database.insert(batch, onDuplicate: policy)
        }
        report.imported += result.inserted + result.replaced
        report.replaced += result.replaced
        report.skipped += result.skipped
        report.nextSkip += batch.ids.count
        greatestID = max(greatestID, batch.ids.max() ?? 0)
        report.nextID = greatestID == .max ? nil : greatestID + 1
    }

    // MARK: - Attributes and ids

    /// The attributes of the next rows as columns; fewer rows if they end or fail.
    private mutating func readAttributes(
        _ rowCount: inout Int, _ failure: inout ToolFailure?
    ) -> [String: [AttributeValue]]? {
        guard attributes != nil else { return nil }
        let names = database.schema.attributes.map(\.name)
        var columns = [[AttributeValue]](repeating: [], count: names.count)
        for row in 0..<rowCount {
            do throws(ToolFailure) {
                guard let values = try attributes?.next() else {
                    throw tooFew(attributes?.path, "rows", report.nextSkip + row)
                }
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
        if try attributes?.next() != nil, let path = attributes?.path {
            let more = try attributes?.skip(.max) ?? 0
            throw tooMany(path, "rows", more)
        }
        if try ids?.next() != nil, let path = ids?.path {
            let more = try ids?.skip(.max) ?? 0
            throw tooMany(path, "ids", more)
        }
    }

    private func tooMany(_ path: String, _ unit: String, _ more: Int) -> ToolFailure {
        .badInput(
            "cannot match \(path) with \(reader.path): it has \(report.nextSkip + 1 + more) \(unit), "
                + "there are \(report.nextSkip) vectors")
    }
}
