internal import VDBPrimitives

extension StructureCheck {
    /// Checks the tree of free pages, and that none of them is free twice or in use.
    ///
    /// An entry holds, under the transaction that freed them, a count and the pages in descending
    /// order. A writer that trusted a wrong one would overwrite pages in use.
    mutating func checkFreeList(_ meta: MetaPage) throws(StorageError) {
        let table = "free list"
        try walk(table, meta.freeList, from: UInt64(meta.number), hasNumberKeys: true) {
            (check, node, page) throws(StorageError) in
            let transaction = node.key.loadUnaligned(as: UInt64.self)
            guard transaction > 0, transaction <= meta.transaction else {
                check.report(
                    table, page,
                    "transaction \(transaction) has freed pages, the last one is "
                        + "\(meta.transaction)")
                return
            }
            switch node.flags {
            case PageLayout.NodeKind.value:
                check.checkFreePages(Array(node.content), page)
            case PageLayout.NodeKind.overflow:
                let value = try check.value(of: node)
                check.checkFreePages(value, page)
            default:
                check.report(table, page, "an entry is of kind \(node.flags)")
            }
        }
    }

    private mutating func checkFreePages(_ value: [UInt8], _ page: UInt64) {
        let table = "free list"
        let room = value.count / 8
        func number(_ index: Int) -> UInt64 {
            value.withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
            }
        }
        guard room > 0, value.count % 8 == 0, number(0) < UInt64(room) else {
            report(table, page, "an entry of \(value.count) bytes does not hold its pages")
            return
        }
        var last = UInt64.max
        for index in 0..<Int(number(0)) {
            let free = number(index + 1)
            guard free < last, free > 1, free < claimed.count else {
                report(table, page, "free page \(free) follows \(last) of \(claimed.count) pages")
                return
            }
            last = free
            guard claimed.insert(free..<free + 1) == nil else {
                report(table, page, "free page \(free) is in use, or free twice")
                return
            }
        }
    }
}
