internal import VDBMedia

/// How far a program was, as the marks in its trace tell.
struct Progress {
    /// What a mark says; its number counts calls that write.
    enum Mark {
        /// The database is there.
        case created
        /// That many calls were begun.
        case begun(Int)
        /// That many calls were acknowledged.
        case acknowledged(Int)
        /// That many calls are durable, whatever the durability.
        case durable(Int)

        private static let range = 1_000_000

        /// As a trace keeps it.
        var value: Int {
            switch self {
            case .created: Self.range
            case .begun(let count): 2 * Self.range + count
            case .acknowledged(let count): 3 * Self.range + count
            case .durable(let count): 4 * Self.range + count
            }
        }

        init?(value: Int) {
            let count = value % Self.range
            switch value / Self.range {
            case 1: self = .created
            case 2: self = .begun(count)
            case 3: self = .acknowledged(count)
            case 4: self = .durable(count)
            default: return nil
            }
        }
    }

    private(set) var isCreated = false
    private(set) var begun = 0
    private(set) var acknowledged = 0
    private(set) var durable = 0

    mutating func follow(_ effect: Effect) {
        guard case .mark(let value) = effect, let mark = Mark(value: value) else { return }
        switch mark {
        case .created: isCreated = true
        case .begun(let count): begun = count
        case .acknowledged(let count): acknowledged = count
        case .durable(let count): durable = count
        }
    }
}

extension Faults {
    static func mark(_ mark: Progress.Mark) { self.mark(mark.value) }
}
