extension Import {
    /// What came of an import.
    struct Report: Sendable {
        /// Records that are in by this import, those that replaced others among them.
        var imported = 0
        var replaced = 0
        /// Records left out because their id was there.
        var skipped = 0
        /// What could not be read of the attributes.
        var badValues = BadValues()
        /// Records left out because of such values.
        var refused = 0
        var seconds = 0.0
        var maintainSeconds = 0.0
        /// The smallest id above all that were given; nil if there is none.
        var nextID: UInt64?
        /// Vectors of the file that are dealt with, with those left out at the beginning.
        var nextSkip: Int

        /// What is in.
        var state: String { "\(imported + skipped) vectors are in" }

        /// What is in, and how to go on after the wish to stop.
        var resumption: String { "\(state), go on with --skip=\(nextSkip)" }
    }

    /// What helps after a failure.
    enum Remedy {
        /// To do what the reason says, or to free what was short, and go on.
        case goOn
        /// To correct the file, and go on.
        case correction
        /// To say what is to be done about ids that are there.
        case policy
        /// Going on would fail again.
        case none

        /// What helps where nothing else is known than how the command ends.
        init(_ code: ExitCode) {
            self =
                switch code {
                case .badInput: .correction
                case .usage: .none
                default: .goOn
                }
        }

        /// What is in, and how to go on.
        func words(_ report: Report) -> String {
            let skip = "--skip=\(report.nextSkip)"
            return switch self {
            case .goOn: report.resumption
            case .correction: "\(report.state); when that is put right, go on with \(skip)"
            case .policy:
                "\(report.state); go on with \(skip) --on-duplicate=skip, or =replace"
            case .none: report.state
            }
        }
    }
}
