internal import CLMDB
internal import VDBPrimitives

extension Environment {
    /// Checks the pages of LMDB's trees as the last commit left them, the free list included;
    /// changes nothing.
    ///
    /// - Parameter limit: findings after which to stop.
    package func checkStructure(limit: Int) throws(StorageError) -> [PageFinding] {
        try Self.checkStructure(
            of: raw, path: path, StructureCheck.Extent(findingLimit: limit))
    }

    /// Refuses a file whose pages LMDB cannot be trusted with.
    ///
    /// Called before LMDB has looked at more than the meta pages.
    static func refuseDamage(
        of raw: OpaquePointer, path: String, readOnly: Bool
    ) throws(StorageError) {
        let findings = try checkStructure(
            of: raw, path: path,
            StructureCheck.Extent(
                findingLimit: 1, hasFreeList: !readOnly, hasOverflowHeaders: !readOnly))
        guard let finding = findings.first else { return }
        throw .damagedPage(
            file: path + "/data.mdb", page: finding.page, table: finding.table, offset: nil,
            reason: finding.reason)
    }

    static func dataFile(_ path: String) throws(StorageError) -> FileDescriptor {
        try storageCall { () throws(SystemFailure) in
            try FileDescriptor(opening: path + "/data.mdb", .read)
        }
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
            let file = try dataFile(path)
            let pages = try MetaPages(reading: file)
            guard let meta = pages.page(of: UInt64(mdb_txn_id(pinned))) else { continue }
            var structure = try StructureCheck(file, meta: meta, extent: extent)
            try structure.run()
            return structure.findings
        }
        throw .damagedPage(
            file: path + "/data.mdb", page: 0, table: "meta", offset: nil,
            reason: "no meta page stands still")
    }
}
