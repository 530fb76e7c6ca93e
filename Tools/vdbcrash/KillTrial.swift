internal import VDBPrimitives
internal import VectorDB

/// Kills writing processes at random moments and looks at what they leave: `vdbcrash kill`.
///
/// The same database goes through many rounds, so that what recovers is itself killed. Some rounds
/// look at it as a reader, which changes nothing; some as a writer; some not at all.
struct KillTrial {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    /// Rounds after which a new database is begun: dead rows stay, and make rounds slow.
    private static let roundsPerDatabase = 40

    func run() throws -> Tally {
        let scratch = try Scratch(in: settings.directory, "kill")
        var random = RandomSource(seed: settings.seed)
        var tally = Tally()
        var left = settings.count ?? 40
        while left > 0 {
            let count = min(left, Self.roundsPerDatabase)
            left -= count
            let root = try scratch.empty("files")
            var course = KillCourse(root: root, seed: random.next())
            do {
                for round in 0..<count {
                    try course.killOnce(seed: random.next(), &tally)
                    let look = round == count - 1 ? 0 : random.next(below: 3)
                    if look < 2 { try course.look(isReader: look == 1, &tally) }
                }
            } catch let violation as Violation {
                throw violation.keeping(
                    root,
                    again: "vdbcrash kill --seed=\(settings.seed) "
                        + "--count=\(settings.count ?? 40) (moments vary)")
            }
            tally.add("databases")
        }
        try scratch.remove()
        return tally
    }
}
