import Foundation

/// Where LMDB's own bytes are in a small `data.mdb`: a second, naive reading of its layout.
struct PageLayoutReading {
    let bytes: [UInt8]
    static let pageSize = 4096

    init(_ path: String) throws {
        bytes = try Array(Data(contentsOf: URL(filePath: path)))
    }

    func number(_ offset: Int, _ size: Int) -> Int {
        (0..<size).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }

    var newestMeta: Int {
        number(144, 8) > number(Self.pageSize + 144, 8) ? 0 : Self.pageSize
    }

    /// The branch and leaf pages of all tables, of the tree of tables and of the free list.
    var pages: [Int] {
        var found: [Int] = []
        for record in [newestMeta + 40, newestMeta + 88] { visit(record, &found) }
        return found.sorted()
    }

    private func visit(_ record: Int, _ found: inout [Int]) {
        let root = number(record + 40, 7)
        guard number(record + 6, 2) > 0 else { return }
        var waiting = [root]
        while let page = waiting.popLast() {
            found.append(page)
            let isLeaf = bytes[page * Self.pageSize + 10] == 2
            for node in nodes(page) {
                if !isLeaf {
                    waiting.append(number(node, 6))
                } else if bytes[node + 4] == 2 {
                    visit(node + 8 + number(node + 6, 2), &found)
                }
            }
        }
    }

    /// Where the nodes of a page begin.
    func nodes(_ page: Int) -> [Int] {
        let start = page * Self.pageSize
        return (0..<(number(start + 12, 2) - 16) / 2).map {
            start + number(start + 16 + 2 * $0, 2)
        }
    }

    /// Where every value begins that a leaf names, whether a tree has it or not.
    var values: Set<Int> {
        var found: Set<Int> = []
        for page in 2..<bytes.count / Self.pageSize {
            let start = page * Self.pageSize
            guard number(start, 8) == page, number(start + 10, 2) == 2 else { continue }
            for node in nodes(page) {
                let value = node + 8 + number(node + 6, 2)
                let overflow = number(node + 4, 2) == 1 ? number(value, 7) * Self.pageSize + 16 : 0
                let begin = overflow > 0 ? overflow : value
                if begin + 8 <= bytes.count { found.insert(begin) }
            }
        }
        return found
    }

    /// What no value and no node covers, in pages that a tree has or had: LMDB does not clear it,
    /// and so it may hold earlier values.
    var slack: [Range<Int>] {
        var found: [Range<Int>] = []
        for page in 2..<bytes.count / Self.pageSize {
            let start = page * Self.pageSize
            let kind = number(start + 10, 2)
            guard number(start, 8) == page, kind == 1 || kind == 2 else { continue }
            let (lower, upper) = (number(start + 12, 2), number(start + 14, 2))
            if lower < upper, upper <= Self.pageSize { found.append(start + lower..<start + upper) }
            for node in nodes(page) where kind == 2 && number(node + 4, 2) == 1 {
                let value = node + 8 + number(node + 6, 2)
                let end = number(value, 7) * Self.pageSize + 16 + number(node, 4)
                let pageEnd = (end + Self.pageSize - 1) / Self.pageSize * Self.pageSize
                if pageEnd <= bytes.count { found.append(end..<pageEnd) }
            }
        }
        return found
    }

    /// The bytes of a page that LMDB steers by: header (but for unused bytes 8 and 9), pointers,
    /// headers of nodes, and keys (but for that of a branch's first node, which is not used).
    func steering(_ page: Int) -> [Int] {
        let start = page * Self.pageSize
        let lower = number(start + 12, 2)
        var offsets = Array(start..<start + 8) + Array(start + 10..<start + lower)
        let isLeaf = bytes[start + 10] == 2
        for node in nodes(page) {
            offsets += node..<node + 8
            let value = node + 8 + number(node + 6, 2)
            if isLeaf && bytes[node + 4] == 1 { offsets += value..<value + 8 }
            if isLeaf && bytes[node + 4] == 2 { offsets += value..<value + 48 }
        }
        return offsets
    }
}
