package import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

extension Engine {
    /// Salvages everything sound of the database at `path` into a new one at `target`.
    ///
    /// The damaged one is only read, and LMDB has no part in it. The new one is verified before it
    /// gets its name; until then it is called `target` with `.new` behind it.
    ///
    /// - Parameter schema: taken if the database's own is lost.
    package static func repair(
        path: String, into target: String, schema given: Schema?, options: EngineOptions,
        observer: EngineObserver?
    ) throws(EngineError) -> RepairSummary {
        guard FileSystem.exists(path + "/data.mdb") else { throw .noDatabase(path: path) }
        let damaged = try calling { () throws(SystemFailure) in try Directory(opening: path) }
        let lock = try lockForRepair(damaged)
        defer { lock?.release() }

        // 1. What there is.
        var scan = try storing { () throws(StorageError) in
            try PageScan(damaged, wanted: SalvageInventory.wanted)
        }
        var inventory = SalvageInventory()
        try storing { () throws(StorageError) in
            try scan.run(progress: { observer?("looking at all pages", $0) }) {
                inventory.add($0)
            }
        }
        let schema = try schema(of: inventory, given)

        // 2. Into a draft, by the engine's own means.
        let draft = try Draft(of: target)
        var inner = options
        inner.isReadOnly = false
        inner.isAutomatic = false
        inner.durability = .operatingSystem
        try fill(draft.directory, schema: schema, options: inner)
        let engine = try open(draft.directory, options: inner, lock: draft.lock)
        var salvager = Salvager(
            damaged, schema: schema, scan: scan, inventory: inventory, target: engine,
            observer: observer)
        try salvager.run()
        try engine.maintain(isFull: false, observer: observer)

        // 3. Its name, if it is sound.
        if let damage = try engine.verify(observer: observer).first {
            throw .storage(
                .damaged(
                    table: damage.table, key: damage.key, failure: .inconsistent(damage.reason)))
        }
        try engine.close()
        try draft.publish()
        return salvager.summary
    }

    /// The lock, so that nobody writes meanwhile; none where nothing can be written anyway.
    private static func lockForRepair(_ damaged: Directory) throws(EngineError) -> WriterLock? {
        do throws(EngineError) {
            return try WriterLock(damaged)
        } catch {
            guard case .system = error else { throw error }
            return nil
        }
    }

    private static func schema(
        of inventory: SalvageInventory, _ given: Schema?
    ) throws(EngineError) -> Schema {
        if inventory.manifest == nil, let refusal = inventory.manifestRefusal {
            throw .storage(
                .damaged(
                    table: TableName.manifest.rawValue, key: Keys.manifest.description,
                    failure: refusal))
        }
        if let schema = inventory.schema ?? given { return schema }
        throw .storage(
            .damaged(
                table: TableName.manifest.rawValue, key: Keys.schema.description,
                failure: .inconsistent(
                    inventory.reason(kind: ValueKind.schema, key: Keys.schema)
                        + "; without a schema no vector can be read: give dimension, element "
                        + "type, metric and attributes as they were")))
    }
}
