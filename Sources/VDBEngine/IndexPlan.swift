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
        // the same per query near twice the square root, as ordering lists reads a byte a component
        // and few of them are scanned.
        // Of long vectors of bits an entry costs an eighth of a centroid: fewer and longer lists.
        let factor: Double = shape.element == .bit && shape.dimension > 256 ? 1 : 2
        let derived = Int((factor * Double(liveCount).squareRoot() / 16).rounded()) * 16
        listCount = max(1, min(options.listCount ?? max(derived, 16), liveCount))
        let subspaces =
            options.subspaceCount ?? Self.subspaceCount(shape)
        // Bits are scanned as they are; options for codes mean nothing to them.
        quantizer =
            shape.element == .bit
            ? ProductQuantizer.Shape(bits: shape.dimension)
            : ProductQuantizer.Shape(
                dimension: shape.dimension, subspaceCount: min(subspaces, shape.dimension, 256),
                bitsPerSubspace: options.bitsPerSubspace)
        let bySize = max((128 << 20) / (shape.dimension * 4), 4096)
        sampleCount = min(liveCount, max(64 * listCount, 16_384), bySize)
    }

    /// Subspaces of one to eight dimensions: many for short vectors, whose components say more,
    /// and for large ones, of which better codes leave fewer to compare.
    static func subspaceCount(_ shape: RecordShape) -> Int {
        let dimension = shape.dimension
        switch dimension {
        case ...8: return dimension
        case ...64: return (dimension + 1) / 2
        case ...96: return (dimension + 2) / 3
        case ...512: return (dimension + 3) / 4
        default:
            return shape.vectorSize >= 2048
                ? min((dimension + 3) / 4, 256) : min((dimension + 7) / 8, 256)
        }
    }
}
