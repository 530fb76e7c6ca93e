internal import VDBPrimitives

/// One of the two pages at the beginning of `data.mdb`, from which everything else is found
/// (`Formats/database.md`, "Pages").
struct MetaPage: Hashable {
    let number: Int
    let pageSize: Int
    let freeList: TreeRecord
    /// The tree of the named tables.
    let tables: TreeRecord
    /// The highest page ever given out.
    let lastPage: UInt64
    /// The number of the transaction that wrote it.
    let transaction: UInt64

    private static let transactionLimit: UInt64 = 1 << 62

    /// A field that no meta page of ours has.
    struct Refusal: Error {
        /// From the start of the page.
        let offset: Int
        let reason: String
    }

    /// Reads the page and refuses what cannot be, so that changed bits do not lead astray.
    ///
    /// - Parameters:
    ///   - bytes: the beginning of the page, 152 bytes.
    ///   - fileSize: bytes in the file.
    init(
        decoding bytes: UnsafeRawBufferPointer, number: Int, fileSize: Int
    ) throws(Refusal) {
        guard bytes.count >= PageLayout.metaSize else {
            throw Refusal(offset: bytes.count, reason: "the file ends there")
        }
        func field<Field: FixedWidthInteger>(_ offset: Int, _ type: Field.Type) -> Field {
            Field(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        }
        func expect(_ offset: Int, _ found: UInt64, _ expected: UInt64, _ what: String)
            throws(Refusal)
        {
            guard found != expected else { return }
            throw Refusal(
                offset: offset,
                reason: "\(what) is \(hexadecimal(found)), \(hexadecimal(expected)) is expected")
        }
        try expect(16, UInt64(field(16, UInt32.self)), UInt64(PageLayout.magic), "magic")
        try expect(20, UInt64(field(20, UInt32.self)), UInt64(PageLayout.version), "the version")
        try expect(0, field(0, UInt64.self), UInt64(number), "the page's own number")
        try expect(
            10, UInt64(field(10, UInt16.self)), UInt64(PageLayout.PageKind.meta),
            "the page's kind")
        try expect(24, field(24, UInt64.self), 0, "the map's address")
        let mapSize = field(32, UInt64.self)
        self.number = number
        freeList = TreeRecord(UnsafeRawBufferPointer(rebasing: bytes[40..<88]))
        tables = TreeRecord(UnsafeRawBufferPointer(rebasing: bytes[88..<136]))
        lastPage = field(136, UInt64.self)
        transaction = field(144, UInt64.self)
        pageSize = Int(freeList.pad)
        guard PageLayout.pageSizes.contains(pageSize), pageSize.nonzeroBitCount == 1 else {
            throw Refusal(
                offset: 40, reason: "the page size is \(pageSize), a power of two is expected")
        }
        let filePages = UInt64(fileSize / pageSize)
        guard lastPage >= 1, lastPage < filePages + UInt64(PageLayout.dirtyPageLimit) else {
            throw Refusal(
                offset: 136,
                reason: "the last page is \(lastPage), the file has \(filePages) pages")
        }
        guard mapSize > lastPage * UInt64(pageSize), mapSize <= 1 << 48 else {
            throw Refusal(
                offset: 32, reason: "the map has \(mapSize) bytes for \(lastPage + 1) pages")
        }
        // Integer keys in the free list, nothing special in the tree of tables.
        try expect(44, UInt64(freeList.flags), 0x08, "the kind of the free list")
        try expect(88, UInt64(tables.pad), 0, "the padding of the tree of tables")
        try expect(92, UInt64(tables.flags), 0, "the kind of the tree of tables")
        // They are counted on, and are Int elsewhere.
        guard transaction <= Self.transactionLimit else {
            throw Refusal(offset: 144, reason: "transaction \(transaction) cannot be")
        }
        // Transactions write the two in turn.
        guard transaction == 0 || transaction % 2 == UInt64(number) else {
            throw Refusal(
                offset: 144, reason: "transaction \(transaction) does not write this page")
        }
    }

    /// Why the trees cannot be where the page says; nil if they can.
    ///
    /// Only the page of the last transaction must pass: where writing a meta page failed, LMDB has
    /// put the transaction before back, but not its trees.
    func refusalOfTrees() -> Refusal? {
        for (start, record) in [(40, freeList), (88, tables)] {
            guard let (offset, reason) = record.refusal(lastPage: lastPage) else { continue }
            return Refusal(offset: start + offset, reason: reason)
        }
        return nil
    }
}

/// `value` as 0x and its hexadecimal digits.
func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
