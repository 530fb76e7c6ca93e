/// LMDB's own page format, as far as we read it without LMDB (`Formats/database.md`, "Pages").
enum PageLayout {
    static let headerSize = 16
    static let nodeHeaderSize = 8
    /// Bytes of a meta page that mean something.
    static let metaSize = 152
    static let treeRecordSize = 48
    static let magic: UInt32 = 0xBEEF_C0DE
    static let version: UInt32 = 1
    static let pageSizes = 512...32_768
    static let maximumKeySize = 511
    static let maximumDepth = 32
    /// Pages that one transaction may change: the file may end so many before its last page.
    static let dirtyPageLimit = 131_072

    /// What a page is, by its flags.
    enum PageKind {
        static let branch: UInt16 = 0x01
        static let leaf: UInt16 = 0x02
        static let overflow: UInt16 = 0x04
        static let meta: UInt16 = 0x08
        /// In memory only: changed in the transaction under way.
        static let dirty: UInt16 = 0x10
    }

    /// What a leaf's node holds, by its flags.
    enum NodeKind {
        static let value: UInt16 = 0
        /// The number of an overflow page.
        static let overflow: UInt16 = 0x01
        /// The record of a named table.
        static let table: UInt16 = 0x02
    }

    /// Bytes up to which a node stays in its leaf: two of them must fit.
    static func nodeLimit(pageSize: Int) -> Int { ((pageSize - headerSize) / 2 & ~1) - 2 }

    /// Pages that a value of `size` bytes takes behind its page header.
    static func overflowPageCount(_ size: Int, pageSize: Int) -> Int {
        (headerSize - 1 + size) / pageSize + 1
    }
}

/// What LMDB keeps of a tree: its root and figures.
struct TreeRecord: Hashable {
    /// The page size in the free list's record, else 0.
    let pad: UInt32
    let flags: UInt16
    let depth: Int
    let branchCount: UInt64
    let leafCount: UInt64
    let overflowCount: UInt64
    let entryCount: UInt64
    /// Nil if the tree is empty.
    let root: UInt64?

    /// - Parameter bytes: 48 of them at least.
    init(_ bytes: UnsafeRawBufferPointer) {
        func field<Field: FixedWidthInteger>(_ offset: Int, _ type: Field.Type) -> Field {
            Field(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        }
        pad = field(0, UInt32.self)
        flags = field(4, UInt16.self)
        depth = Int(field(6, UInt16.self))
        branchCount = field(8, UInt64.self)
        leafCount = field(16, UInt64.self)
        overflowCount = field(24, UInt64.self)
        entryCount = field(32, UInt64.self)
        let root = field(40, UInt64.self)
        self.root = root == .max ? nil : root
    }

    /// Why no tree can have such a record; nil if one can.
    ///
    /// - Returns: the offset of the field within the record, and the reason.
    func refusal(lastPage: UInt64) -> (offset: Int, reason: String)? {
        guard let root else {
            let isEmpty =
                depth == 0 && entryCount == 0 && branchCount == 0 && leafCount == 0
                && overflowCount == 0
            return isEmpty ? nil : (6, "a tree without a root has depth \(depth)")
        }
        guard root > 1, root <= lastPage else {
            return (40, "the root is page \(root), pages 2 … \(lastPage) can be")
        }
        guard depth > 0, depth <= PageLayout.maximumDepth else {
            return (6, "the depth is \(depth), 1 … \(PageLayout.maximumDepth) can be")
        }
        let counts = [
            (8, branchCount, "branch pages"), (16, leafCount, "leaf pages"),
            (24, overflowCount, "overflow pages"),
        ]
        for (offset, count, what) in counts where count > lastPage {
            return (offset, "\(count) \(what) of \(lastPage + 1) pages")
        }
        guard entryCount > 0 else { return (32, "a tree with a root has no entries") }
        return nil
    }
}
