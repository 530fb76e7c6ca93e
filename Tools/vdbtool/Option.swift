/// An option of a command: `--name`, `--name=value` or `--name value`.
struct Option: Sendable, Hashable {
    /// Without the dashes.
    let name: String
    /// nil for a flag.
    var value: Value?
    /// What it means, and its default.
    let help: String
    var isRepeatable = false
    var isRequired = false

    /// What an option's value looks like.
    struct Value: Sendable, Hashable {
        /// As the help shows it.
        let placeholder: String
        var completion = Completion.none

        /// What a shell can offer.
        enum Completion: Sendable, Hashable {
            case none
            case file
            case words([String])
        }

        static func text(_ placeholder: String) -> Value { Value(placeholder: placeholder) }
        static func file(_ placeholder: String = "FILE") -> Value {
            Value(placeholder: placeholder, completion: .file)
        }
        static func choice(_ words: [String]) -> Value {
            Value(placeholder: words.joined(separator: "|"), completion: .words(words))
        }
    }

    init(
        _ name: String, _ value: Value? = nil, isRepeatable: Bool = false,
        isRequired: Bool = false, help: String
    ) {
        self.name = name
        self.value = value
        self.help = help
        self.isRepeatable = isRepeatable
        self.isRequired = isRequired
    }

    /// `--name=VALUE`, as the help shows it.
    var usage: String { "--" + name + (value.map { "=" + $0.placeholder } ?? "") }
}

extension Option {
    static let json = Option("json", help: "print JSON, and nothing else")
    static let quiet = Option("quiet", help: "show no progress")
    static let help = Option("help", help: "show this help")

    static let count = Option(
        "count", .text("N"), help: "matches for each query (default 10)")
    static let filter = Option(
        "where", .text("FILTER"),
        help: "only records that match: taken >= 2024-05-01 and not kind = \"boot\"")
    static let recall = Option(
        "recall", .text("SHARE"),
        help: "share of the true nearest to find on average, over 0 up to 1 (default 0.95)")
    static let probes = Option(
        "probes", .text("N"), help: "lists to scan for each query, with --rerank")
    static let rerank = Option(
        "rerank", .text("N"), help: "candidates to compare exactly, with --probes")
    static let exact = Option("exact", help: "compare every record")
    static let queries = Option(
        "queries", .file(), help: "file of query vectors, of any format that import reads")
}
