internal import VDBPrimitives

/// `vdbcrash`: shows that what VectorDB acknowledges is kept, whatever happens.
@main
enum VDBCrash {
    private static let usage = """
        usage: vdbcrash COMMAND [--OPTION=VALUE …]

          kill      kills writing processes and looks at what they leave
          power     loses power after every kind of system call
          fail      makes system calls fail, one after the other
          segments  loses power while an index of attributes is built in several segments
          soak      all of them, again and again

          --seed=N        begins another course of events (default 1)
          --count=N       kills, losses of power, failing calls, or moments of segments (default
                          40, 400, 400, 40)
          --number=N      power, fail, segments: only this one
          --directory=D   for the databases (default /tmp)
          --minutes=N     soak: how long (default 10)
          --json          prints one JSON object

        exit codes: 0 all was kept, 1 a violation was found, 64 usage, 70 the harness failed
        """

    static func main() {
        // The order of dictionaries decides the order of writes.
        System.restartUnlessSet("SWIFT_DETERMINISTIC_HASHING")
        System.exit(run(Array(CommandLine.arguments.dropFirst())))
    }

    private static func run(_ words: [String]) -> Int32 {
        guard let settings = Settings(parsing: words) else {
            System.print(usage, to: 2)
            return words == ["--help"] || words == ["help"] ? 0 : 64
        }
        do {
            let tally = try perform(settings)
            System.print(settings.isJSON ? tally.json : tally.text)
            return 0
        } catch let violation as Violation {
            System.print(settings.isJSON ? violation.json : violation.text)
            return 1
        } catch {
            System.print("vdbcrash: \(error)", to: 2)
            return 70
        }
    }

    private static func perform(_ settings: Settings) throws -> Tally {
        switch settings.command {
        case .kill: return try KillTrial(settings).run()
        case .power: return try PowerTrial(settings).run()
        case .fail: return try FailTrial(settings).run()
        case .segments: return try SegmentTrial(settings).run()
        case .soak: return try Soak(settings).run()
        case .victim:
            try Victim(settings).run()
            return Tally()
        }
    }
}
