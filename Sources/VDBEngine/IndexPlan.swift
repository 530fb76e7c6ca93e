internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers

/// The shape of an index for so many vectors of a kind: derived, where the options do not set it.
struct IndexPlan: Sendable, Hashable {
    let listCount: Int
    let quantizer: ProductQuantizer.Shape
    /// Rows that the centroids are trained on.
    let sampleCount: Int

    init(liveCount: Int, shape: RecordShape, options: IndexOptions) {
        // Coarse work grows with the number of lists, scanning with their length; both cost about
        // the same per query near the square root, which is also where memory traffic is least.
        let derived = Int((1.2 * Double(liveCount).squareRoot() / 16).rounded()) * 16
        listCount = max(1, min(options.listCount ?? max(derived, 16), liveCount))
        let subspaces =
            options.subspaceCount ?? Self.subspaceCount(dimension: shape.dimension)
        quantizer = ProductQuantizer.Shape(
            dimension: shape.dimension, subspaceCount: min(subspaces, shape.dimension, 256),
            bitsPerSubspace: options.bitsPerSubspace)
        let bySize = max((128 << 20) / (shape.dimension * 4), 4096)
        sampleCount = min(liveCount, max(64 * listCount, 16_384), bySize)
    }

    /// Subspaces of two to eight dimensions: many for short vectors, whose components say more.
    static func subspaceCount(dimension: Int) -> Int {
        switch dimension {
        case ...8: dimension
        case ...192: (dimension + 1) / 2
        case ...512: (dimension + 3) / 4
        default: min((dimension + 7) / 8, 256)
        }
    }
}
