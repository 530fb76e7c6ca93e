internal import VDBPrimitives

/// All trials, again and again with other seeds, until the time is up: `vdbcrash soak`.
struct Soak {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    /// What one round of the soak is made of; at least one is always done.
    private static let counts: [(Settings.Command, Int)] = [
        (.kill, 200), (.power, 2000), (.fail, 2000), (.segments, 60),
    ]

    func run() throws -> Tally {
        let end = Platform.monotonicSeconds + Double(settings.minutes) * 60
        var tally = Tally()
        var seed = settings.seed
        repeat {
            for (command, count) in Self.counts {
                var part = settings
                part.seed = seed
                part.count = count
                let done = try Self.run(command, part)
                if !settings.isJSON {
                    System.print("\(command.rawValue), seed \(seed)\n\(done.text)\n")
                }
                tally.add(done)
            }
            tally.add("rounds")
            seed += 1
        } while Platform.monotonicSeconds < end
        return tally
    }

    private static func run(_ command: Settings.Command, _ settings: Settings) throws -> Tally {
        switch command {
        case .kill: try KillTrial(settings).run()
        case .power: try PowerTrial(settings).run()
        case .fail: try FailTrial(settings).run()
        case .segments: try SegmentTrial(settings).run()
        case .soak, .victim: Tally()
        }
    }
}
