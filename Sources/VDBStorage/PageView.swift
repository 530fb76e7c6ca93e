/// One branch or leaf page in memory; everything in it is doubted until `refusal` returned nil.
struct PageView {
    private let bytes: UnsafeRawBufferPointer

    /// - Parameter bytes: the whole page.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// One node: a key, and a child or a value.
    struct Node {
        let key: UnsafeRawBufferPointer
        /// Of a leaf.
        let flags: UInt16
        /// Of a leaf: bytes of the value, wherever it is.
        let valueSize: Int
        /// Of a branch.
        let child: UInt64
        /// Of a leaf: the value, or the number of its overflow page, or nothing.
        let content: UnsafeRawBufferPointer

        /// The first of the pages that hold the value, if it is not in the leaf.
        var overflowPage: UInt64 {
            UInt64(littleEndian: content.loadUnaligned(as: UInt64.self))
        }
    }

    var number: UInt64 { field(0, UInt64.self) }
    var kind: UInt16 { field(10, UInt16.self) }
    var lower: Int { Int(field(12, UInt16.self)) }
    var upper: Int { Int(field(14, UInt16.self)) }
    /// Of an overflow page: the pages of the run.
    var runCount: Int { Int(field(12, UInt32.self)) }
    var isLeaf: Bool { kind == PageLayout.PageKind.leaf }
    var nodeCount: Int { (lower - PageLayout.headerSize) / 2 }

    /// Node `index` of a page that was not refused.
    func node(_ index: Int) -> Node {
        let start = pointer(index)
        let keyStart = start + PageLayout.nodeHeaderSize
        let keySize = Int(field(start + 6, UInt16.self))
        let flags = field(start + 4, UInt16.self)
        let number = field(start, UInt32.self)
        let valueStart = keyStart + keySize
        let contentSize = isLeaf ? contentSize(flags: flags, valueSize: Int(number)) : 0
        return Node(
            key: UnsafeRawBufferPointer(rebasing: bytes[keyStart..<valueStart]), flags: flags,
            valueSize: Int(number), child: UInt64(number) | UInt64(flags) << 32,
            content: UnsafeRawBufferPointer(
                rebasing: bytes[valueStart..<valueStart + contentSize]))
    }

    /// Why this is not page `number` with sound nodes; nil if it is.
    ///
    /// LMDB packs the nodes without gaps between `upper` and the page's end, so that one walk over
    /// them finds overlaps, and nodes that no pointer or two pointers name.
    ///
    /// - Parameter sizes: zeros, one for every second byte of a page; zeros again afterwards.
    func refusal(number expected: UInt64, sizes: UnsafeMutablePointer<UInt16>) -> String? {
        guard number == expected else { return "it says that it is page \(number)" }
        guard kind == PageLayout.PageKind.branch || isLeaf else {
            return "its kind is \(hexadecimal(UInt64(kind))), neither branch nor leaf"
        }
        guard lower >= PageLayout.headerSize, lower % 2 == 0, lower <= upper, upper % 2 == 0,
            upper <= bytes.count
        else { return "its nodes lie at \(upper), behind pointers up to \(lower)" }
        let count = nodeCount
        guard count > 0 else { return "it has no nodes" }
        for index in 0..<count {
            let start = pointer(index)
            let size = start % 2 == 0 && start >= upper ? nodeSize(at: start) : nil
            guard let size, sizes[start / 2] == 0 else {
                for index in 0..<bytes.count / 2 { sizes[index] = 0 }
                return "node \(index) at \(start) does not fit"
            }
            sizes[start / 2] = UInt16(size)
        }
        var position = upper
        var found = 0
        while position < bytes.count, sizes[position / 2] > 0 {
            let size = Int(sizes[position / 2])
            sizes[position / 2] = 0
            position += size
            found += 1
        }
        guard position == bytes.count, found == count else {
            for index in 0..<bytes.count / 2 { sizes[index] = 0 }
            return "its nodes overlap or have gaps at \(position)"
        }
        return nil
    }

    /// Bytes that the node at `start` takes; nil if it is not one.
    private func nodeSize(at start: Int) -> Int? {
        guard start + PageLayout.nodeHeaderSize <= bytes.count else { return nil }
        let keySize = Int(field(start + 6, UInt16.self))
        guard keySize <= PageLayout.maximumKeySize else { return nil }
        var size = PageLayout.nodeHeaderSize + keySize
        if isLeaf {
            let flags = field(start + 4, UInt16.self)
            guard flags <= PageLayout.NodeKind.table, flags != 3 else { return nil }
            size += contentSize(flags: flags, valueSize: Int(field(start, UInt32.self)))
        }
        size += size % 2
        return start + size <= bytes.count ? size : nil
    }

    private func contentSize(flags: UInt16, valueSize: Int) -> Int {
        flags == PageLayout.NodeKind.overflow ? 8 : valueSize
    }

    private func pointer(_ index: Int) -> Int {
        Int(field(PageLayout.headerSize + 2 * index, UInt16.self))
    }

    private func field<Field: FixedWidthInteger>(_ offset: Int, _ type: Field.Type) -> Field {
        Field(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
    }
}
