internal import VectorDB

/// `fbin`, `u8bin` and `i8bin`: number of vectors, number of components, both 32-bit
/// little-endian, then the vectors (https://big-ann-benchmarks.com).
enum Bin {
    static func layout(
        _ source: ByteSource, _ element: ElementType
    ) throws(ToolFailure) -> RowLayout {
        let header = try source.read(8)
        guard header.count == 8 else { throw source.failure("the file ends within its header") }
        let count = Int(UInt32(truncatingIfNeeded: Vecs.integer(header, at: 0)))
        let dimension = Vecs.integer(header, at: 4)
        guard (1...RowLayout.maximumDimension).contains(dimension) else {
            throw source.failure("vectors have \(dimension) components, says the number", at: 4)
        }
        return RowLayout(element: element, dimension: dimension, count: count)
    }
}
