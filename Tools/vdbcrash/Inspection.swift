internal import VDBPrimitives
internal import VectorDB

/// What is looked at in a database after something went wrong.
enum Inspection {
    /// How databases are opened here: nothing happens by itself, indexes are small, segments short.
    static func options(
        _ durability: Durability = .everyCommit, listCount: Int = 4
    ) -> Options {
        var options = Options()
        options.durability = durability
        options.isAutomatic = false
        options.mapSize = 1 << 28
        options.threadCount = 1
        options.listCount = listCount
        options.subspaceCount = 2
        options.trainingThreshold = 256
        options.logSegmentSize = 6000
        return options
    }

    /// Every record of the ids.
    static func content(of database: Database, ids: Range<UInt64>) throws -> Content {
        var content: Content = [:]
        for id in ids { content[id] = try database.get(id) }
        return content
    }

    /// Throws a violation unless the database is sound in itself, and holds what `get` finds.
    static func check(_ database: Database, holding content: Content) throws {
        let findings = try database.verify()
        guard findings.isEmpty else {
            throw Violation("verify finds \(findings.count) things: \(findings[0])")
        }
        let live = try database.statistics().liveCount
        guard live == content.count else {
            throw Violation("\(live) records are live, get finds \(content.count)")
        }
        let query = Vector([Float](repeating: 0.1, count: Call.dimension))
        let exact = try database.search(Query(query, count: 10_000, effort: .exact))
        guard Set(exact.map(\.id)) == Set(content.keys) else {
            throw Violation("exact search finds \(exact.count) records, get \(content.count)")
        }
        let some = try database.search(Query(query, count: 20))
        guard some.count == min(20, content.count), some.allSatisfy({ content[$0.id] != nil })
        else {
            throw Violation("a search for 20 of \(content.count) records finds \(some.count)")
        }
    }

    /// How one content differs from another, in a line.
    static func difference(_ found: Content, from expected: Content) -> String {
        let missing = expected.keys.filter { found[$0] == nil }.sorted()
        let surplus = found.keys.filter { expected[$0] == nil }.sorted()
        let changed = found.keys.filter {
            expected[$0] != nil && expected[$0] != found[$0]
        }.sorted()
        func part(_ name: String, _ ids: [UInt64]) -> String {
            "\(ids.count) \(name)" + (ids.isEmpty ? "" : " (\(ids[0]) …)")
        }
        return [part("missing", missing), part("too many", surplus), part("changed", changed)]
            .joined(separator: ", ")
    }

    /// Writes, moves, closes, opens again: all must still work.
    static func goOn(
        _ database: Database, at path: String, with call: Call, from content: Content,
        ids: Range<UInt64>, options: Options
    ) throws {
        try call.run(on: database)
        try database.checkpoint()
        try database.close()
        let again = try Database.open(at: path, options: options)
        let expected = call.applied(to: content)
        let found = try Self.content(of: again, ids: ids)
        guard found == expected else {
            throw Violation(
                "after one more call and a reopening: \(difference(found, from: expected))")
        }
        try check(again, holding: found)
        try again.close()
    }
}
