struct Soak {
    init(_ settings: Settings) {}
    func run() throws -> Tally { Tally() }
}
