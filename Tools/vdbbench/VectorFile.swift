internal import VDBPrimitives
internal import VectorDB

/// Reads the vectors of a file: `fvecs`, `bvecs` (each vector after its number of components) or
/// `idx` (MNIST's, unsigned bytes), told by the name; not compressed.
enum VectorFile {
    /// - Parameter limit: vectors to read at most.
    static func read(_ path: String, limit: Int = .max) throws(BenchFailure) -> VectorTable {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if name.hasSuffix(".fvecs") {
            return try readVecs(path, element: .float32, limit)
        } else if name.hasSuffix(".bvecs") {
            return try readVecs(path, element: .uint8, limit)
        } else if name.hasSuffix("ubyte") || name.hasSuffix(".idx") {
            return try readIDX(path, limit)
        }
        throw .badInput("cannot read \(path): its name ends in none of .fvecs, .bvecs, .idx, ubyte")
    }

    /// Reads the rows of an `ivecs` file, whole numbers of 32 bits after their number.
    static func readNumbers(
        _ path: String, limit: Int = .max
    ) throws(BenchFailure) -> [[UInt64]] {
        // As wide as a float, and here no more than bytes.
        let table = try readVecs(path, element: .float32, limit)
        return (0..<table.count).map { row in
            let bytes = Array(table.bytes(of: row))
            return stride(from: 0, to: bytes.count, by: 4).map { offset in
                bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt64($1) }
            }
        }
    }

    private static func readVecs(
        _ path: String, element: ElementType, _ limit: Int
    ) throws(BenchFailure) -> VectorTable {
        let head = try bytes(of: path, 0..<4)
        let dimension = head.enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        guard head.count == 4, (1...1 << 16).contains(dimension) else {
            throw .badInput("cannot read \(path): the first vector has \(dimension) components")
        }
        return try read(
            path, limit, at: 4, stride: 4 + element.vectorSize(dimension: dimension), element,
            dimension)
    }

    private static func readIDX(_ path: String, _ limit: Int) throws(BenchFailure) -> VectorTable {
        let head = try bytes(of: path, 0..<16)
        guard head.count == 16, head.prefix(4) == [0, 0, 8, 3] else {
            throw .badInput(
                "cannot read \(path): it does not begin as an idx file of pictures does")
        }
        let sizes = stride(from: 4, to: 16, by: 4).map { offset in
            head[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
        }
        let dimension = sizes[1] * sizes[2]
        guard (1...1 << 16).contains(dimension) else {
            throw .badInput("cannot read \(path): pictures of \(sizes[1]) × \(sizes[2])")
        }
        return try read(
            path, min(limit, sizes[0]), at: 16, stride: dimension, .uint8, dimension)
    }

    /// Reads rows that begin at `offset`, `stride` bytes apart.
    private static func read(
        _ path: String, _ limit: Int, at offset: Int, stride: Int, _ element: ElementType,
        _ dimension: Int
    ) throws(BenchFailure) -> VectorTable {
        let size = try system { () throws(SystemFailure) in try FileSystem.size(path) }
        let rowSize = element.vectorSize(dimension: dimension)
        let count = min(limit, max(0, size - offset - rowSize) / stride + 1)
        let all = try bytes(of: path, offset..<offset + (count - 1) * stride + rowSize)
        guard all.count == (count - 1) * stride + rowSize else {
            throw .badInput("cannot read \(path): it ends at byte \(size), within a vector")
        }
        var rows: [UInt8] = []
        rows.reserveCapacity(count * rowSize)
        for row in 0..<count { rows += all[row * stride..<row * stride + rowSize] }
        return VectorTable(element: element, dimension: dimension, rows: rows)
    }

    private static func bytes(
        of path: String, _ range: Range<Int>
    ) throws(BenchFailure) -> [UInt8] {
        guard FileSystem.exists(path) else {
            throw BenchFailure(code: 66, message: "cannot open \(path): there is no such file")
        }
        return try system { () throws(SystemFailure) in
            let file = try FileDescriptor(opening: path, .read)
            var bytes = [UInt8](repeating: 0, count: range.count)
            var failure: SystemFailure?
            let count = bytes.withUnsafeMutableBytes { buffer in
                do throws(SystemFailure) {
                    return try file.read(into: buffer, at: range.lowerBound)
                } catch {
                    failure = error
                    return 0
                }
            }
            if let failure { throw failure }
            return Array(bytes.prefix(count))
        }
    }
}
