internal import VectorDB

/// `fvecs` and `bvecs`: each vector follows its number of components, a 32-bit little-endian
/// integer (http://corpus-texmex.irisa.fr).
enum Vecs {
    /// Takes nothing: the first row's header says the dimension.
    static func layout(
        _ source: ByteSource, _ element: ElementType
    ) throws(ToolFailure) -> RowLayout {
        let header = try source.peek(4)
        guard header.count == 4 else { throw source.failure("no vector is in the file; it ends") }
        let dimension = integer(header, at: 0)
        guard (1...RowLayout.maximumDimension).contains(dimension) else {
            throw source.failure("the first vector has \(dimension) components, says the number")
        }
        return RowLayout(element: element, dimension: dimension, hasRowHeader: true)
    }

    /// The little-endian 32-bit integer at an offset.
    static func integer(_ bytes: [UInt8], at offset: Int) -> Int {
        Int(
            Int32(bytes[offset]) | Int32(bytes[offset + 1]) << 8 | Int32(bytes[offset + 2]) << 16
                | Int32(bytes[offset + 3]) << 24)
    }
}
