/// The command line.
struct Settings: Sendable {
    enum Command: String, Sendable {
        case kill
        case power
        case fail
        case segments
        case soak
        /// The process that `kill` kills: not for people.
        case victim
    }

    let command: Command
    var seed: UInt64 = 1
    var count: Int?
    /// Power, fail: the one state or call to try.
    var number: Int?
    var directory = "/tmp"
    var minutes = 10
    var isJSON = false
    /// Victim: the calls that each thread has behind it.
    var behind: [Int] = []

    /// Nil if the words are not a command line.
    init?(parsing words: [String]) {
        guard let first = words.first, let command = Command(rawValue: first) else { return nil }
        self.command = command
        for word in words.dropFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map { String($0) }
            guard let name = parts.first, take(name, parts.count > 1 ? parts[1] : nil) else {
                return nil
            }
        }
    }

    private mutating func take(_ name: String, _ value: String?) -> Bool {
        switch (name, value) {
        case ("--json", nil): isJSON = true
        case ("--directory", let value?): directory = value
        case ("--seed", let value?):
            guard let number = UInt64(value) else { return false }
            seed = number
        case ("--behind", let value?):
            behind = value.split(separator: ",").compactMap { Int($0) }
        case (_, let value?):
            guard let number = Int(value), number >= 0 else { return false }
            switch name {
            case "--count": count = number
            case "--number": self.number = number
            case "--minutes": minutes = number
            default: return false
            }
        default: return false
        }
        return true
    }
}
