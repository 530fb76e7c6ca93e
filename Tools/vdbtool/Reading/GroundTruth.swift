/// Reads `ivecs`: for each query the rows nearest to it, nearest first.
///
/// Negative numbers, with which some programs fill up rows that are too short, are left out.
enum GroundTruth {
    /// - Parameter limit: as many rows are read, if there are.
    static func read(_ path: String, limit: Int) throws(ToolFailure) -> [[UInt64]] {
        let source = try ByteSource(opening: path)
        var rows: [[UInt64]] = []
        while rows.count < limit {
            let start = source.offset
            let header = try source.read(4)
            if header.isEmpty { break }
            guard header.count == 4 else {
                throw source.failure("the file ends within row \(rows.count)")
            }
            let count = Vecs.integer(header, at: 0)
            guard (0...1 << 20).contains(count) else {
                throw source.failure("row \(rows.count) has \(count) numbers", at: start)
            }
            let bytes = try source.read(4 * count)
            guard bytes.count == 4 * count else {
                throw source.failure("the file ends within row \(rows.count)")
            }
            let numbers = (0..<count).map { Vecs.integer(bytes, at: 4 * $0) }
            rows.append(numbers.filter { $0 >= 0 }.map { UInt64($0) })
        }
        return rows
    }
}
