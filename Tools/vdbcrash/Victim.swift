struct Victim {
    init(_ settings: Settings) {}
    func run() throws {}
}
