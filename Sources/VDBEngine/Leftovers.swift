internal import VDBIndex
internal import VDBQuantizers
internal import VDBStorage

/// The generation in force and its lists: what is not left over in `models` and `lists`
/// (`Formats/database.md`, "Generations and lists").
struct GenerationInForce: Sendable {
    /// 0 if there is none.
    let generation: UInt32
    let lists: Set<UInt32>

    /// One that was trained but whose lists were not finished, for the next build to go on from;
    /// 0 if there is none.
    private let begun: UInt32

    /// - Parameter keepsBegun: whether the models of a build that did not finish are wanted.
    init(_ stored: StoredState, keepsBegun: Bool = false) {
        generation = stored.manifest.generation
        lists = Set(stored.models?.lists.numbers ?? [])
        begun = keepsBegun ? stored.manifest.begunGeneration ?? 0 : 0
    }

    /// Whether an entry of `table` is left over, by the first part of its key.
    func isLeftover(_ table: TableName, firstKeyPart part: UInt32) -> Bool {
        switch table {
        // What belongs to no generation is under 0.
        case .models: part != 0 && part != generation && (begun == 0 || part != begun)
        // Of databases of earlier format versions; nobody reads it any more.
        case .assignments: true
        case .lists: !lists.contains(part)
        default: false
        }
    }
}

/// Keys of models and lists that no generation in force uses.
struct Leftovers {
    private var keys: [(table: Table, key: Key)] = []

    var isEmpty: Bool { keys.isEmpty }

    /// Looks for up to `limit` of them.
    init(besides inForce: GenerationInForce, limit: Int, _ access: Access) throws(StorageError) {
        for table in [TableName.models, .assignments, .lists] {
            try collect(table, limit, access) {
                inForce.isLeftover(table, firstKeyPart: $0)
            }
        }
    }

    func remove(_ transaction: borrowing WriteTransaction) throws(StorageError) {
        for (table, key) in keys { try transaction.remove(table, key) }
    }

    /// Collects the keys whose first part is a left-over's.
    private mutating func collect(
        _ name: TableName, _ limit: Int, _ access: Access, _ isLeftover: (UInt32) -> Bool
    ) throws(StorageError) {
        let table = access.environment.table(name)
        let cursor = try access.cursor(table)
        var found = try cursor.first()
        while let entry = found, keys.count < limit {
            if let first = entry.keyPart(UInt32.self), entry.key.count == 8,
                let second = entry.keyPart(UInt32.self, at: 4), isLeftover(first)
            {
                keys.append((table, Key(first, second)))
            }
            found = try cursor.next()
        }
    }
}
