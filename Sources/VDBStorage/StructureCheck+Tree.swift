internal import VDBPrimitives

extension StructureCheck {
    /// Told of each node of a tree's leaves, and the page that it is on.
    typealias LeafVisitor = (inout StructureCheck, PageView.Node, UInt64) throws(StorageError) ->
        Void

    /// What is counted on the way through a tree.
    private struct Walk {
        let table: String
        let depth: Int
        /// The free list's keys are numbers in the machine's own order.
        let hasNumberKeys: Bool
        var branchCount: UInt64 = 0
        var leafCount: UInt64 = 0
        var overflowCount: UInt64 = 0
        var entryCount: UInt64 = 0
    }

    /// Checks one tree, page by page, and that its figures are those of its record.
    ///
    /// - Parameters:
    ///   - page: the page that names the root.
    ///   - route: how much of it.
    mutating func walk(
        _ table: String, _ record: TreeRecord, from page: UInt64, hasNumberKeys: Bool = false,
        _ route: Route = .everywhere, _ visit: LeafVisitor
    ) throws(StorageError) {
        guard let root = record.root, !isFull else { return }
        let before = findings.count
        var walk = Walk(
            table: table, depth: record.depth, hasNumberKeys: hasNumberKeys)
        try check(root, namedBy: page, level: 0, Bounds(), route, &walk, visit)
        // Of a tree with holes, or of a part of it, the figures say nothing.
        guard findings.count == before, case .everywhere = route else { return }
        let figures = [
            ("branch pages", record.branchCount, walk.branchCount),
            ("leaf pages", record.leafCount, walk.leafCount),
            ("overflow pages", record.overflowCount, walk.overflowCount),
            ("entries", record.entryCount, walk.entryCount),
        ]
        for (what, stored, found) in figures where stored != found {
            report(table, page, "\(stored) \(what) are recorded, \(found) are there")
        }
    }

    /// The keys that a page may hold: from `lower`, below `upper`.
    private struct Bounds {
        var lower: UnsafeRawBufferPointer?
        var upper: UnsafeRawBufferPointer?
    }

    private mutating func check(
        _ number: UInt64, namedBy parent: UInt64, level: Int, _ bounds: Bounds,
        _ route: Route, _ walk: inout Walk, _ visit: LeafVisitor
    ) throws(StorageError) {
        guard !isFull, claim(number..<number + 1, walk.table, namedBy: parent) else { return }
        let page = PageView(try load(number, level: level))
        if let reason = refusal(page, number: number) {
            report(walk.table, number, reason)
            return
        }
        guard page.isLeaf == (level == walk.depth - 1) else {
            report(
                walk.table, number,
                "it is a \(page.isLeaf ? "leaf" : "branch") on level \(level + 1) of "
                    + "\(walk.depth)")
            return
        }
        if let reason = keyRefusal(of: page, bounds, hasNumberKeys: walk.hasNumberKeys) {
            report(walk.table, number, reason)
            return
        }
        if page.isLeaf {
            try checkLeaf(page, number: number, &walk, visit)
        } else {
            try checkBranch(page, number: number, level: level, bounds, route, &walk, visit)
        }
    }

    private mutating func checkBranch(
        _ page: PageView, number: UInt64, level: Int, _ bounds: Bounds, _ route: Route,
        _ walk: inout Walk, _ visit: LeafVisitor
    ) throws(StorageError) {
        walk.branchCount += 1
        let count = page.nodeCount
        // LMDB ends the process if there is only one, but for the free list.
        guard count > 1 || walk.hasNumberKeys else {
            report(walk.table, number, "a branch with a single child")
            return
        }
        for (index, route) in Self.children(of: page, route) {
            let node = page.node(index)
            let inner = Bounds(
                lower: index > 0 ? node.key : bounds.lower,
                upper: index + 1 < count ? page.node(index + 1).key : bounds.upper)
            try check(
                node.child, namedBy: number, level: level + 1, inner, route, &walk, visit)
        }
    }

    /// The children of a branch that a route goes to, and how it goes on from each.
    private static func children(
        of page: PageView, _ route: Route
    ) -> [(index: Int, route: Route)] {
        let count = page.nodeCount
        switch route {
        case .everywhere: return (0..<count).map { ($0, .everywhere) }
        case .first: return [(0, .first)]
        case .last: return [(count - 1, .last)]
        case .around(let key):
            // The first key of a branch stands for everything below the second.
            let place = key.withBytes { key in
                (1..<count).last { compare(page.node($0).key, key, asNumbers: false) <= 0 } ?? 0
            }
            var children: [(index: Int, route: Route)] = [(place, route)]
            if place > 0 { children.insert((place - 1, .last), at: 0) }
            if place + 1 < count { children.append((place + 1, .first)) }
            return children
        }
    }

    private mutating func checkLeaf(
        _ page: PageView, number: UInt64, _ walk: inout Walk, _ visit: LeafVisitor
    ) throws(StorageError) {
        walk.leafCount += 1
        for index in 0..<page.nodeCount {
            let node = page.node(index)
            walk.entryCount += 1
            if node.flags == PageLayout.NodeKind.overflow {
                guard let count = try checkRun(of: node, number: number, walk.table) else {
                    continue
                }
                walk.overflowCount += count
            }
            try visit(&self, node, number)
        }
    }

    /// Accounts for the overflow pages of a value and returns how many they are; nil if they are
    /// not in order.
    private mutating func checkRun(
        of node: PageView.Node, number: UInt64, _ table: String
    ) throws(StorageError) -> UInt64? {
        let first = node.overflowPage
        let needed = UInt64(
            PageLayout.overflowPageCount(node.valueSize, pageSize: pageSize))
        guard first < claimed.count else {
            report(table, number, "it names page \(first) of \(claimed.count)")
            return nil
        }
        guard extent.hasOverflowHeaders else {
            return claim(first..<first + needed, table, namedBy: number) ? needed : nil
        }
        // The pages may be more than the value needs: it may have replaced a longer one.
        let header = try loadHeader(first)
        guard header.number == first, header.kind == PageLayout.PageKind.overflow,
            header.runCount >= needed
        else {
            report(
                table, first,
                "it is no overflow page of a value that needs \(needed) pages: number "
                    + "\(header.number), kind \(hexadecimal(UInt64(header.kind))), "
                    + "\(header.runCount) pages")
            return nil
        }
        let count = UInt64(header.runCount)
        return claim(first..<first + count, table, namedBy: number) ? count : nil
    }

    /// Why the keys of a page are not where they must be; nil if they are.
    private func keyRefusal(
        of page: PageView, _ bounds: Bounds, hasNumberKeys: Bool
    ) -> String? {
        var last = bounds.lower
        var mayEqual = true
        // The first key of a branch stands for everything below the second, and is not kept.
        for index in (page.isLeaf ? 0 : 1)..<page.nodeCount {
            let key = page.node(index).key
            guard key.count > 0, !hasNumberKeys || key.count == 8 else {
                return "node \(index) has a key of \(key.count) bytes"
            }
            if let last {
                let order = Self.compare(last, key, asNumbers: hasNumberKeys)
                guard order < 0 || (mayEqual && order == 0) else {
                    return "key \(describe(key: key)) of node \(index) comes after "
                        + describe(key: last)
                }
            }
            last = key
            mayEqual = false
        }
        if let last, let upper = bounds.upper,
            Self.compare(last, upper, asNumbers: hasNumberKeys) >= 0
        {
            return "key \(describe(key: last)) is not below \(describe(key: upper))"
        }
        return nil
    }

    private static func compare(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer, asNumbers: Bool
    ) -> Int {
        if asNumbers {
            let (a, b) = (left.loadUnaligned(as: UInt64.self), right.loadUnaligned(as: UInt64.self))
            return a < b ? -1 : a == b ? 0 : 1
        }
        for index in 0..<min(left.count, right.count) where left[index] != right[index] {
            return left[index] < right[index] ? -1 : 1
        }
        return left.count - right.count
    }
}
