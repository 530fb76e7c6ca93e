internal import VectorDB

/// A durability as command lines and reports call it.
struct NamedDurability: Sendable, Hashable {
    let name: String
    let value: Durability

    static let everyCommit = NamedDurability(name: "every-commit", value: .everyCommit)
    static let operatingSystem = NamedDurability(name: "operating-system", value: .operatingSystem)
    static let all = [
        everyCommit, NamedDurability(name: "interval", value: .interval(milliseconds: 100)),
        operatingSystem,
    ]

    private init(name: String, value: Durability) {
        self.name = name
        self.value = value
    }

    init?(named name: String) {
        guard let known = Self.all.first(where: { $0.name == name }) else { return nil }
        self = known
    }
}
