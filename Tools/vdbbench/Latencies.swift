/// How long calls took.
struct Latencies: Sendable {
    /// Seconds, in no order.
    private(set) var seconds: [Double] = []

    var count: Int { seconds.count }

    mutating func add(_ duration: Double) { seconds.append(duration) }

    mutating func add(_ others: Latencies) { seconds += others.seconds }

    /// The shortest time within which at least each share of the calls ended (nearest rank), in
    /// microseconds; 0 where there was no call.
    func microseconds(within shares: [Double]) -> [Double] {
        let sorted = seconds.sorted()
        return shares.map { share in
            guard !sorted.isEmpty else { return 0 }
            let rank = Int((share * Double(sorted.count)).rounded(.up))
            return sorted[min(max(rank, 1), sorted.count) - 1] * 1e6
        }
    }

    /// The shares that reports show, and their names.
    static let shares: KeyValuePairs<String, Double> = ["p50": 0.5, "p99": 0.99, "max": 1]

    /// What reports show, in microseconds.
    var json: JSON {
        let values = microseconds(within: Self.shares.map(\.value))
        return .object(
            zip(Self.shares, values).map { JSON.Member(name: $0.key, value: .measured($1)) })
    }

    /// What tables show, in microseconds.
    var cells: [String] { microseconds(within: Self.shares.map(\.value)).map { shown($0) } }
}
