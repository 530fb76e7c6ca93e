internal import VDBMedia
internal import VDBPrimitives
internal import VectorDB

/// Loses power, or the process, during the checkpoints that build and rewrite an index of
/// attributes in several segments: `vdbcrash segments`.
///
/// More records than two segments hold come in one call, and move into the tables in one
/// transaction. Then the attributes of some all over them change, which rewrites every segment in
/// another. All calls are acknowledged before, so that after every moment of these transactions
/// filters must find exactly what a count by hand finds.
struct SegmentTrial {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    /// Two full segments of 64,512 rows, and the beginning of a third.
    private static let ids: Range<UInt64> = 0..<131_000

    /// What was acknowledged when a checkpoint began.
    private enum Stage: String {
        case built, amended

        func rank(of id: UInt64) -> Int64 {
            self == .amended && id % 41 == 5 ? 2000 + Int64(id % 10) : Int64(id &* 7919 % 1000)
        }
    }

    func run() throws -> Tally {
        guard Faults.isWorking else { throw HarnessFailure("system calls do not arrive here") }
        let scratch = try Scratch(in: settings.directory, "segments")
        var tally = Tally()
        let trace = try record(at: try scratch.empty("files"))
        let count = settings.count ?? 40
        var medium = Medium()
        var number = 0
        var rest = trace[...]
        for stage in [Stage.built, .amended] {
            // Up to the mark that the checkpoint begins, and on to the one that it has ended.
            Self.follow(&rest, into: &medium)
            let end = rest.firstIndex { Self.isMark($0) } ?? rest.endIndex
            let part = Array(rest[..<end])
            tally.add("recorded effects", part.count)
            var disk = medium
            var position = 0
            for point in CrashPoints(of: part, count: count / 2, seed: settings.seed).points {
                let target = point.isUnderWay ? point.position - 1 : point.position
                while position < target {
                    disk.apply(part[position])
                    position += 1
                }
                var left = disk
                if point.isUnderWay { left.apply(part[target], isUnderWay: true) }
                number += 1
                if let wanted = settings.number, wanted != number { continue }
                let isKill = number % 4 == 0
                try look(
                    isKill ? left.tree : left.afterPowerLoss(point.choice), stage, number, scratch,
                    "\(point)")
                tally.add(isKill ? "simulated kills" : "losses of power")
            }
            Self.follow(&rest, into: &medium)
        }
        try scratch.remove()
        return tally
    }

    private static func isMark(_ effect: Effect) -> Bool {
        if case .mark = effect { true } else { false }
    }

    /// Goes on behind the next mark.
    private static func follow(_ rest: inout ArraySlice<Effect>, into medium: inout Medium) {
        while let effect = rest.popFirst() {
            medium.apply(effect)
            if isMark(effect) { return }
        }
    }

    /// The effects on the files, with a mark before and behind each of the two checkpoints.
    private func record(at root: String) throws -> [Effect] {
        Faults.begin(at: root, isRecording: true)
        defer { Faults.end() }
        let schema = try Schema(
            dimension: 1, element: .uint8, metric: .euclidean,
            attributes: [
                Attribute(name: "rank", type: .integer), Attribute(name: "even", type: .boolean),
            ])
        let database = try Database.create(
            at: root + "/database", schema: schema, options: options)
        let ids = Self.ids
        try database.insert(
            Batch(
                ids: Array(ids), vectors: .uint8(ids.map { UInt8($0 % 251) }),
                attributes: [
                    "rank": ids.map { .integer(Stage.built.rank(of: $0)) },
                    "even": ids.map { .boolean($0 % 2 == 0) },
                ]))
        Faults.mark(.acknowledged(1))
        try database.checkpoint()
        Faults.mark(.durable(1))
        try database.write(
            ids.filter { $0 % 41 == 5 }.map {
                .update(id: $0, attributes: ["rank": .integer(Stage.amended.rank(of: $0))])
            })
        Faults.mark(.acknowledged(2))
        try database.checkpoint()
        Faults.mark(.durable(2))
        try database.close()
        Faults.end()
        return Faults.trace()
    }

    private var options: Options {
        var options = Inspection.options()
        options.subspaceCount = nil
        options.trainingThreshold = 1 << 30
        options.logSegmentSize = 64 << 20
        return options
    }

    private func look(
        _ tree: FileTree, _ stage: Stage, _ number: Int, _ scratch: Scratch, _ moment: String
    ) throws {
        let root = try scratch.empty("files")
        try tree.write(to: root)
        do {
            // Twice: what recovers must leave something sound.
            for _ in 0..<2 {
                let database = try Database.open(at: root + "/database", options: options)
                try check(database, stage)
                try database.close()
            }
        } catch {
            throw Violation("\(moment), \(stage.rawValue): \(error)").keeping(
                scratch.path,
                again: "vdbcrash segments --seed=\(settings.seed) --count="
                    + "\(settings.count ?? 40) --number=\(number)")
        }
    }

    private func check(_ database: Database, _ stage: Stage) throws {
        if let finding = try database.verify().first { throw Violation("verify: \(finding)") }
        for (low, high) in [(7, 7), (300, 420), (2003, 2003)] as [(Int64, Int64)] {
            for isEven in [nil, true] as [Bool?] {
                let ids = Self.ids.filter {
                    (low...high).contains(stage.rank(of: $0))
                        && (isEven == nil || ($0 % 2 == 0) == isEven)
                }
                var filter = Filter.attribute("rank")
                    .isBetween(.integer(low), and: .integer(high))
                if isEven == true { filter = filter && Filter.attribute("even") == true }
                let count = try database.count(where: filter)
                let found = try database.search(
                    Query(Vector([3]), count: 50_000, filter: filter, effort: .exact))
                guard count == ids.count, found.map(\.id).sorted() == ids else {
                    throw Violation(
                        "\(ids.count) records match \(filter), count says \(count), search finds "
                            + "\(found.count)")
                }
            }
        }
    }
}
