struct PowerTrial {
    init(_ settings: Settings) {}
    func run() throws -> Tally { Tally() }
}
