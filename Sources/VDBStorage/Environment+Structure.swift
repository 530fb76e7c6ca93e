internal import CLMDB
internal import Synchronization
internal import VDBPrimitives

// When LMDB's pages are checked: what opening walks when it opens, a table that is left for later
// when it is first used, all of them and the free list before the first write transaction. From
// then on this process writes them itself, and trusts what it has written.

extension Environment {
    /// Look-ups that check the pages on their way alone; whoever looks up more has the tables
    /// checked that it uses, so that it need not look at the same pages again and again.
    private static let partialCheckLimit = 512

    /// Checks all of LMDB's pages as the last commit left them; changes nothing.
    ///
    /// - Parameter limit: findings after which to stop.
    package func checkStructure(limit: Int) throws(StorageError) -> [PageFinding] {
        try followGrowth()
        return try Self.checkStructure(of: raw, path: path, .init(findingLimit: limit))
    }

    /// Refuses a file whose pages LMDB cannot be trusted with.
    ///
    /// Called before LMDB has looked at more than the meta pages.
    static func refuseDamage(
        of raw: OpaquePointer, path: String, deferred: Set<String>
    ) throws(StorageError) {
        try refuse(
            checkStructure(
                of: raw, path: path,
                .init(hasFreeList: false, hasOverflowHeaders: false, deferred: deferred)),
            path)
    }

    /// Sees to it that LMDB can be trusted with everything before it changes anything: it would
    /// overwrite a page that is both free and in use.
    func trustEverything() throws(StorageError) {
        guard trusted.load(ordering: .acquiring) != .max else { return }
        try Self.refuse(
            Self.checkStructure(of: raw, path: path, .init(hasOverflowHeaders: false)), path)
        trusted.store(.max, ordering: .releasing)
    }

    /// Sees to it that LMDB can be trusted to walk a table.
    ///
    /// - Parameter route: how far.
    func trust(
        _ table: Table, in transaction: OpaquePointer, _ route: StructureCheck.Route = .everywhere
    ) throws(StorageError) {
        guard trusted.load(ordering: .acquiring) & table.bit == 0 else { return }
        var route = route
        if case .around = route,
            partialChecks.wrappingAdd(1, ordering: .relaxed).newValue > Self.partialCheckLimit
        {
            route = .everywhere
        }
        try checkTable(table, in: transaction, route, hasOverflowHeaders: false)
        if case .everywhere = route {
            trusted.bitwiseOr(table.bit, ordering: .acquiringAndReleasing)
        }
    }

    /// Checks one table as a transaction sees it that has changed nothing.
    func checkTable(
        _ table: Table, in transaction: OpaquePointer, _ route: StructureCheck.Route,
        hasOverflowHeaders: Bool
    ) throws(StorageError) {
        var information = MDB_envinfo()
        mdb_env_info(raw, &information)
        let record = try record(of: table, in: transaction)
        let lastPage = UInt64(information.me_last_pgno)
        if let (_, reason) = record.refusal(lastPage: lastPage) {
            throw .damagedPage(
                file: path + "/data.mdb", page: 0, table: table.name, offset: nil,
                reason: reason)
        }
        var structure = try StructureCheck(
            try Self.dataFile(of: raw, path), pageSize: pageSize, lastPage: lastPage,
            extent: .init(hasOverflowHeaders: hasOverflowHeaders))
        try structure.checkTable(table.name, record, from: record.root ?? 0, route)
        try Self.refuse(structure.findings, path)
    }

    /// Where LMDB has mapped the file: it does not say so itself, but a leaf of the tree of tables,
    /// which was checked, says which page it is.
    static func mapStart(
        of mapping: Mapping, path: String
    ) throws(StorageError) -> UnsafeRawPointer? {
        let (raw, pageSize) = (mapping.raw, mapping.pageSize)
        var pinned: OpaquePointer?
        try check(mdb_txn_begin(raw, nil, UInt32(MDB_RDONLY), &pinned), "mdb_txn_begin", path)
        defer { mdb_txn_abort(pinned) }
        var main: MDB_dbi = 0
        try check(mdb_dbi_open(pinned, nil, 0, &main), "mdb_dbi_open", path)
        var cursor: OpaquePointer?
        try check(mdb_cursor_open(pinned, main, &cursor), "mdb_cursor_open", path)
        defer { mdb_cursor_close(cursor) }
        var key = MDB_val()
        var content = MDB_val()
        guard mdb_cursor_get(cursor, &key, &content, MDB_FIRST) == MDB_SUCCESS,
            let inside = key.bytes.baseAddress
        else { return nil }
        let start = inside - Int(bitPattern: inside) % pageSize
        let page = PageView(UnsafeRawBufferPointer(start: start, count: pageSize))
        return page.isLeaf ? start - Int(page.number) * pageSize : nil
    }

    /// The file that LMDB has open, so that a look at it later opens nothing.
    static func dataFile(
        of raw: OpaquePointer, _ path: String
    ) throws(StorageError) -> FileDescriptor {
        var number: mdb_filehandle_t = -1
        try check(mdb_env_get_fd(raw, &number), "mdb_env_get_fd", path)
        return try storageCall { () throws(SystemFailure) in
            try FileDescriptor(duplicating: number, path: path + "/data.mdb")
        }
    }

    static func dataFile(in directory: Directory) throws(StorageError) -> FileDescriptor {
        try storageCall { () throws(SystemFailure) in try directory.open("data.mdb", .read) }
    }

    /// A table's record in the tree of tables, which was checked when the file was opened.
    private func record(
        of table: Table, in transaction: OpaquePointer
    ) throws(StorageError) -> TreeRecord {
        var main: MDB_dbi = 0
        try Self.check(mdb_dbi_open(transaction, nil, 0, &main), "mdb_dbi_open", path)
        var content = MDB_val()
        var name = Array(table.name.utf8)
        let result = name.withUnsafeMutableBytes { bytes in
            var key = MDB_val(UnsafeRawBufferPointer(bytes))
            return mdb_get(transaction, main, &key, &content)
        }
        try Self.check(result, "mdb_get", path)
        guard content.bytes.count >= PageLayout.treeRecordSize else {
            throw .damaged(
                table: table.name, key: "",
                failure: .truncated(
                    needed: PageLayout.treeRecordSize, available: content.bytes.count))
        }
        return TreeRecord(content.bytes)
    }

    private static func refuse(_ findings: [PageFinding], _ path: String) throws(StorageError) {
        guard let finding = findings.first else { return }
        throw .damagedPage(
            file: path + "/data.mdb", page: finding.page, table: finding.table, offset: nil,
            reason: finding.reason)
    }

    private static func checkStructure(
        of raw: OpaquePointer, path: String, _ extent: StructureCheck.Extent
    ) throws(StorageError) -> [PageFinding] {
        // A writer beside us needs two commits, each with a sync, to write over the meta page of
        // the transaction that we have just pinned; whoever is that slow tries again.
        for _ in 0..<100 {
            var pinned: OpaquePointer?
            try check(
                mdb_txn_begin(raw, nil, UInt32(MDB_RDONLY), &pinned), "mdb_txn_begin", path)
            defer { mdb_txn_abort(pinned) }
            let file = try dataFile(of: raw, path)
            let pages = try MetaPages(reading: file)
            guard let meta = pages.page(of: UInt64(mdb_txn_id(pinned))) else { continue }
            var structure = try StructureCheck(
                file, pageSize: meta.pageSize, lastPage: meta.lastPage, extent: extent)
            try structure.run(meta)
            return structure.findings
        }
        throw .damagedPage(
            file: path + "/data.mdb", page: 0, table: "meta", offset: nil,
            reason: "no meta page stands still")
    }
}
