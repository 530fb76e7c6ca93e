internal import VDBPrimitives
internal import VectorDB

/// The process that is killed: several threads write, one moves and builds. Now and then the
/// database is closed and opened under their hands, or the process does what hosts do around it.
///
/// It ends by itself only when something is wrong, and says so.
struct Victim {
    static let writerCount = 3

    /// The ids that only this thread writes.
    static func ids(of writer: Int) -> Range<UInt64> {
        UInt64(writer) * 150..<UInt64(writer + 1) * 150
    }

    /// The seed of a thread's calls.
    static func seed(of writer: Int, _ seed: UInt64) -> UInt64 { seed &+ UInt64(writer) &* 7919 }

    private let settings: Settings
    private let path: String
    private let options: Options

    init(_ settings: Settings) {
        self.settings = settings
        path = settings.directory + "/database"
        var options = Inspection.options()
        // One number of lists at one time, another at another: they are split or merged.
        options.listCount = 3 + (settings.number ?? 0) % 5 * 3
        options.isAutomatic = (settings.number ?? 0) % 3 == 0
        // What was acknowledged survives the process under any durability.
        options.durability = (settings.number ?? 0) % 4 == 0 ? .operatingSystem : .everyCommit
        self.options = options
    }

    func run() throws {
        let shared = Monitor<Database>(try begin())
        var threads: [Thread] = []
        for writer in 0..<Self.writerCount {
            threads.append(
                try Thread(name: "writer \(writer)") { [self] in write(writer, shared) })
        }
        threads.append(try Thread(name: "maintainer") { [self] in maintain(shared) })
        for thread in threads { thread.join() }
    }

    private func begin() throws -> Database {
        HostAct.bringBack(path)
        do {
            return FileSystem.exists(path)
                ? try Database.open(at: path, options: options)
                : try Database.create(at: path, schema: Call.schema(), options: options)
        } catch {
            complain(error)
        }
    }

    /// Calls without end.
    private func write(_ writer: Int, _ shared: Monitor<Database>) {
        let first = writer < settings.behind.count ? settings.behind[writer] : 0
        for number in first... {
            let call = Call(
                seed: Self.seed(of: writer, settings.seed), number: number,
                ids: Self.ids(of: writer))
            say(.begun(writer: writer, call: number))
            var isDone = false
            while !isDone {
                do throws(VectorDBError) {
                    try call.run(on: shared.read { $0 })
                    isDone = true
                } catch {
                    // Closed under its hands: there will be another handle.
                    guard error.code == .closed else { complain(error) }
                    System.pause(microseconds: 100)
                }
            }
            say(.acknowledged(writer: writer, call: number))
        }
    }

    /// Checkpoints, builds, verifications, closing and opening without end.
    private func maintain(_ shared: Monitor<Database>) {
        var random = RandomSource(seed: UInt64(settings.number ?? 0))
        while true {
            System.pause(microseconds: random.next(below: 8000))
            do {
                let database = shared.read { $0 }
                switch random.next(below: 17) {
                case 0, 1, 2, 3: try database.checkpoint()
                case 4: try database.maintain(isFull: true)
                case 5, 7, 8: try database.maintain()
                case 9: try database.compact()
                case 6:
                    let findings = try database.verify()
                    if let first = findings.first { complain(Violation("verify: \(first)")) }
                case 10: try reopen(shared)
                default:
                    try HostAct.allCases[random.next(below: HostAct.allCases.count)].run(
                        on: database, at: path, &random)
                }
            } catch {
                complain(error)
            }
        }
    }

    private func reopen(_ shared: Monitor<Database>) throws {
        try shared.read { $0 }.close()
        // Calls under way hold the files for a moment longer.
        while true {
            do throws(VectorDBError) {
                let database = try Database.open(at: path, options: options)
                shared.update { $0 = database }
                return
            } catch {
                guard error.code == .inUse else { throw error }
                System.pause(microseconds: 100)
            }
        }
    }

    private func say(_ report: VictimReports.Report) {
        if !System.send(report.bytes, to: 1) { System.exit(3) }
    }

    private func complain(_ error: any Error) -> Never {
        let text = (error as? Violation)?.what ?? "\(error)"
        say(.complaint(text))
        System.exit(3)
    }
}
