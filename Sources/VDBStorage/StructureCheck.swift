internal import VDBPrimitives

/// One thing wrong with LMDB's own pages.
package struct PageFinding: Sendable, Hashable {
    /// A table's name, `tables` for the tree of tables, `free list` or `meta`.
    package let table: String
    package let page: UInt64
    package let reason: String
}

/// Follows LMDB's trees in the file itself, without LMDB (`Formats/database.md`, "Pages").
///
/// LMDB has no checksums: one changed bit in a page's header, a pointer or a node makes it read
/// outside the map, abort the process, or run in circles. So its pages are checked before it walks
/// them. What the pages of a pinned transaction say cannot change while it is pinned, whatever a
/// writer does beside.
///
/// Memory: a bit a page, and one page a level.
struct StructureCheck: ~Copyable {
    /// How far to look.
    struct Extent {
        /// Findings after which to stop.
        var findingLimit = 1
        /// Whether the free list, which only a writer reads, is checked.
        var hasFreeList = true
        /// Whether the headers of overflow pages, which only a writer reads, are checked.
        var hasOverflowHeaders = true
        /// Tables that are left for later.
        var deferred: Set<String> = []
    }

    /// Which pages of a tree are looked at.
    enum Route {
        case everywhere
        /// The way to the first entry.
        case first
        /// The way to the last entry.
        case last
        /// The way to where a key is or would be, and those to the leaves before and behind.
        case around(Key)
    }

    let file: FileDescriptor
    let pageSize: Int
    let extent: Extent
    /// Whole pages in the file.
    let filePageCount: UInt64
    private(set) var findings: [PageFinding] = []
    /// Pages in use, then those that are free too.
    var claimed: PageSet
    /// One page a level.
    private let levels: UnsafeMutableRawBufferPointer
    private let sizes: UnsafeMutablePointer<UInt16>

    /// - Parameter lastPage: the highest page that a tree may name.
    init(
        _ file: consuming FileDescriptor, pageSize: Int, lastPage: UInt64, extent: Extent
    ) throws(StorageError) {
        filePageCount = try UInt64(
            storageCall { () throws(SystemFailure) in try file.size() } / pageSize)
        self.file = file
        self.pageSize = pageSize
        self.extent = extent
        claimed = PageSet(count: lastPage + 1)
        levels = .allocate(byteCount: (PageLayout.maximumDepth + 2) * pageSize, alignment: 64)
        sizes = .allocate(capacity: pageSize / 2)
        sizes.initialize(repeating: 0, count: pageSize / 2)
    }

    deinit {
        levels.deallocate()
        sizes.deallocate()
    }

    var isFull: Bool { findings.count >= extent.findingLimit }

    /// Checks everything that can be reached from the meta page of a pinned transaction.
    mutating func run(_ meta: MetaPage) throws(StorageError) {
        _ = claimed.insert(0..<2)
        var tables: [(name: String, page: UInt64, record: TreeRecord)] = []
        try walk("tables", meta.tables, from: UInt64(meta.number)) { check, node, page in
            let name = String(decoding: node.key, as: UTF8.self)
            guard node.flags == PageLayout.NodeKind.table,
                node.valueSize == PageLayout.treeRecordSize
            else {
                check.report("tables", page, "entry \(name) is not the record of a table")
                return
            }
            let record = TreeRecord(node.content)
            if record.pad != 0 || record.flags != 0 {
                check.report("tables", page, "table \(name) has kind \(record.flags)")
            } else if let (_, reason) = record.refusal(lastPage: check.claimed.count - 1) {
                check.report("tables", page, "table \(name): \(reason)")
            } else {
                tables.append((name, page, record))
            }
        }
        for (name, page, record) in tables where !isFull && !extent.deferred.contains(name) {
            try checkTable(name, record, from: page)
        }
        if extent.hasFreeList && !isFull { try checkFreeList(meta) }
    }

    /// Checks the tree of one table.
    ///
    /// - Parameters:
    ///   - page: the page that names its root.
    ///   - route: how much of it.
    mutating func checkTable(
        _ name: String, _ record: TreeRecord, from page: UInt64, _ route: Route = .everywhere
    ) throws(StorageError) {
        try walk(name, record, from: page, route) { check, node, page in
            guard node.flags == PageLayout.NodeKind.table else { return }
            check.report(name, page, "a value is of kind \(node.flags)")
        }
    }

    mutating func report(_ table: String, _ page: UInt64, _ reason: String) {
        guard !isFull else { return }
        findings.append(PageFinding(table: table, page: page, reason: reason))
    }

    /// Accounts for a run of pages; false, with a finding, if they cannot belong to `table`.
    mutating func claim(
        _ run: Range<UInt64>, _ table: String, namedBy page: UInt64
    ) -> Bool {
        guard run.lowerBound > 1, run.upperBound <= claimed.count else {
            report(table, page, "it names page \(run.upperBound - 1) of \(claimed.count)")
            return false
        }
        guard run.upperBound <= filePageCount else {
            report(
                table, page,
                "it names page \(run.upperBound - 1), the file has \(filePageCount) pages")
            return false
        }
        if let repeated = claimed.insert(run) {
            report(table, page, "it names page \(repeated), which is in use elsewhere")
            return false
        }
        return true
    }

    /// Reads a page into the place of its level.
    func load(_ number: UInt64, level: Int) throws(StorageError) -> UnsafeRawBufferPointer {
        let place = UnsafeMutableRawBufferPointer(
            rebasing: levels[level * pageSize..<(level + 1) * pageSize])
        let count = try read(into: place, at: Int(number) * pageSize)
        // Cut off while we looked: what is left of another page must not pass for this one.
        for index in count..<place.count { place[index] = 0 }
        return UnsafeRawBufferPointer(place)
    }

    /// The header of a page, for overflow pages.
    func loadHeader(_ number: UInt64) throws(StorageError) -> PageView {
        let place = UnsafeMutableRawBufferPointer(
            rebasing: levels[levels.count - pageSize..<levels.count])
        let header = UnsafeMutableRawBufferPointer(
            rebasing: place[..<PageLayout.headerSize])
        _ = try read(into: header, at: Int(number) * pageSize)
        return PageView(UnsafeRawBufferPointer(place))
    }

    /// A value on overflow pages that were accounted for.
    func value(of node: PageView.Node) throws(StorageError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: node.valueSize)
        let offset = Int(node.overflowPage) * pageSize + PageLayout.headerSize
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(StorageError) in try read(into: buffer, at: offset) }
        }
        _ = try result.get()
        return bytes
    }

    func read(
        into buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(StorageError) -> Int {
        try storageCall { () throws(SystemFailure) in
            try file.read(into: buffer, at: offset)
        }
    }

    /// Why the page in `bytes` cannot be used; nil if it can.
    func refusal(_ page: PageView, number: UInt64) -> String? {
        page.refusal(number: number, sizes: sizes)
    }
}
