/// What was done, in numbers, in the order in which it was first counted.
struct Tally {
    private(set) var counts: [(name: String, count: Int)] = []

    mutating func add(_ name: String, _ count: Int = 1) {
        if let index = counts.firstIndex(where: { $0.name == name }) {
            counts[index].count += count
        } else {
            counts.append((name, count))
        }
    }

    mutating func add(_ other: Tally) {
        for (name, count) in other.counts { add(name, count) }
    }

    func count(_ name: String) -> Int { counts.first { $0.name == name }?.count ?? 0 }

    var text: String {
        (counts.map { "\($0.name): \($0.count)" } + ["no violation"]).joined(separator: "\n")
    }

    var json: String {
        let members = counts.map { "\(JSONText.of($0.name)):\($0.count)" } + ["\"violation\":null"]
        return "{" + members.joined(separator: ",") + "}"
    }
}
