/// How the distance between two vectors is measured; a smaller distance is always nearer.
///
/// The raw values are stored on disk (`Formats/schema.md`); 0 is reserved.
public enum Metric: UInt8, Sendable, Hashable, CaseIterable {
    /// Squared Euclidean distance `Σ (q − x)²`.
    case euclidean = 1
    /// Negated inner product `−Σ q·x`: the largest product is the nearest.
    case innerProduct = 2
    /// `1 − ⟨q, x⟩ / (‖q‖ ‖x‖)`; vectors are kept as given, zero vectors are refused.
    case cosine = 3
    /// The number of components that differ: for vectors of bits, and only for them.
    case hamming = 4

    /// The name used in text: by `vdbtool`, in messages and in the C interface.
    public var name: String {
        switch self {
        case .euclidean: "euclidean"
        case .innerProduct: "inner-product"
        case .cosine: "cosine"
        case .hamming: "hamming"
        }
    }

    /// The metric called `name`, or nil.
    public init?(name: String) {
        guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = found
    }

    /// The metric in which lists are made and put in order: the number of bits that differ is the
    /// squared Euclidean distance of vectors of 0 and 1, and twice the cosine distance that of
    /// vectors of length 1.
    package var ofLists: Metric { self == .innerProduct ? .innerProduct : .euclidean }
}
