internal import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

/// Brings everything sound of a damaged database into a new one (`Formats/database.md`, "Repair").
///
/// First the rows of the tables, then the operations of the log on top, as recovery does. Memory:
/// some twenty bytes a row, and a chunk of vectors.
struct Salvager: ~Copyable {
    /// The damaged database's.
    let directory: Directory
    let schema: Schema
    let shape: RecordShape
    let scan: PageScan
    let inventory: SalvageInventory
    /// The new database.
    let target: Engine
    let observer: EngineObserver?
    private(set) var summary = RepairSummary()
    var keywords: SalvagedKeywords
    var ids: KnownIDs
    /// Rows that were in the tables.
    private(set) var rowCount = 0
    /// The last log record that the tables hold; nil if nobody knows.
    private(set) var applied: LogPosition?
    /// Whether rows and counts are those of the last commit, as far as can be told.
    private(set) var isManifestCurrent = false

    init(
        _ directory: Directory, schema: Schema, scan: consuming PageScan,
        inventory: SalvageInventory, target: Engine, observer: EngineObserver?
    ) {
        self.directory = directory
        self.schema = schema
        shape = schema.shape
        self.scan = scan
        self.inventory = inventory
        self.target = target
        self.observer = observer
        keywords = SalvagedKeywords(schema: schema, inventory.keywords)
        ids = inventory.ids
    }

    /// Rows per chunk of vectors.
    var vectorChunkRowCount: Int {
        inventory.manifest.map { Int($0.vectorChunkRowCount) }
            ?? VectorChunk.rowCount(vectorSize: shape.vectorSize)
    }

    var path: String { directory.path }

    mutating func run() throws(EngineError) {
        let log = try survey()
        decideRowCount(logStart: log?.first)
        let available = try readIDs()
        let live = liveRows(available)
        reportDeletions(live)
        try copy(live)
        try replay(identity: log?.identity)
        for loss in keywords.report({ attribute, code in
            inventory.reason(
                kind: ValueKind.keyword, key: Keys.keyword(attribute: attribute, code: code))
        }) { report(loss) }
        summary.salvagedCount = target.snapshot.liveCount
    }

    mutating func report(_ loss: Loss) { summary.losses.append(loss) }

    /// Whose the log is, and where it begins.
    private func survey() throws(EngineError) -> (identity: LogIdentity, first: LogPosition)? {
        let directory = directory
        guard directory.isDirectory(LogDirectory.name) else { return nil }
        let found = try logging { () throws(LogError) in
            try LogSalvage.survey(directory)
        }
        guard let manifest = inventory.manifest else { return found }
        let identity = LogIdentity(manifest.identity.0, manifest.identity.1)
        return found?.identity == identity ? found : (identity, LogPosition(0))
    }

    /// How many rows there are to be found.
    ///
    /// Segments are removed only after a commit that covers them. So a log that begins later than
    /// the manifest says tells that a newer manifest is lost, and that the tables hold more.
    private mutating func decideRowCount(logStart: LogPosition?) {
        let found = inventory.rowEnd(vectorChunkRowCount: vectorChunkRowCount)
        guard let manifest = inventory.manifest else {
            rowCount = found
            report(
                Loss(
                    "table manifest, key manifest",
                    inventory.reason(kind: ValueKind.manifest, key: Keys.manifest),
                    .unknown))
            return
        }
        let position = manifest.appliedPosition
        applied = LogPosition(position)
        rowCount = Int(manifest.rowCount)
        isManifestCurrent = (logStart?.rawValue ?? 0) <= position + 1
        guard let logStart, !isManifestCurrent else { return }
        rowCount = max(found, rowCount)
        applied = logStart.previous
        report(
            Loss(
                "log records \(position + 1) … \(logStart.previous), log \(path)/log",
                "no segment holds them, and no manifest says that the tables do; what was found of "
                    + "them in the tables was brought over",
                .operations, unknownCount: Int(logStart.previous.rawValue - position)))
    }
}
