import VDBFilters
import VDBIndex
import VDBPrimitives
import VectorDB

@testable import vdbtool

extension Target {
    /// What people type, or other programs write.
    static var texts: [Target] {
        [
            Target(name: "filter", seeds: { _ in filters.map { Array($0.utf8) } }, run: filter),
            Target(name: "json", seeds: { _ in documents.map { Array($0.utf8) } }) {
                _ = try? JSONParser.parse($0)
            },
            Target(name: "csv", seeds: { _ in sheets.map { Array($0.utf8) } }) {
                attributes($0, "a.csv")
            },
            Target(name: "jsonl", seeds: { _ in lines.map { Array($0.utf8) } }) {
                attributes($0, "a.jsonl")
                VectorFile.read($0, "b.jsonl", SampleDatabase.schemas[0])
            },
        ]
    }

    static let filters = [
        """
        taken >= 2024-05-01T00:00:00Z and place within 5 km of (48.8566, 2.3522) and not \
        (kind in ("X100", "Q3") or score between -1e3 and 2.5 or hidden = true)
        """,
        "place in polygon ((1, 2), (3, 4), (5, 0)) or place in box (-9, 170, 9, -170)",
        "stars in (1, 2, 3) and not hidden = false or everything and nothing",
        "taken between 2023-01-01 and 2024-12-31T23:59:59.999999+02:00",
        "kind = \"\\\"\\u00e9\" or kind is not null and place within 100 m of (90, 180)",
        "((((stars < 5))))", "not not not stars != 3 and (hidden is null or score <= 0.5)",
    ]

    private static let documents = [
        #"{"a": [1, -2.5e-3, true, null, "\u00e9\ud83d\ude00\n"], "b": {"c": []}}"#,
        "[[[[[[1]]]]]]", "123456789012345678901234567890", #""\\\"""#,
    ]

    private static let sheets = [
        """
        id,taken,place,kind,stars,score,hidden
        1,2024-05-01T00:00:00Z,"48.8566, 2.3522","a ""quoted"" one",3,2.5,true
        2,,,"",-4,-1e3,false\r
        """,
        "\u{FEFF}stars,score\n1,2\n9223372036854775807,1e308\n",
    ]

    private static let lines = [
        """
        {"id": 1, "vector": [1, 2.5, -3e2, 4], "stars": 3, "kind": "dog", "place": [1.5, -3]}
        {"id": 18446744073709551615, "vector": [0, 0, 0, 1], "payload": "AAEC", "taken": null}
        """,
        """
        {"stars": 3, "score": 1, "hidden": false, "taken": "2024-05-01T00:00:00Z"}
        {"place": {"latitude": 1, "longitude": 2}}
        """,
    ]

    /// Parsed, written, parsed again, compiled, and asked of some cells.
    private static func filter(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let schema = SampleDatabase.schemas[0]
        guard let filter = try? Filter(parsing: text, schema: schema) else { return }
        _ = try? Filter(parsing: filter.description, schema: schema)
        _ = try? CompiledFilter(
            filter, schema: schema,
            keywords: KeywordDictionary(attributeCount: schema.attributes.count))
    }

    private static func attributes(_ bytes: [UInt8], _ name: String) {
        let path = Scratch.folder + "/" + name
        do {
            try Scratch.write(bytes, to: path)
            for ignores in [false, true] {
                var reader = try openAttributes(
                    path, schema: SampleDatabase.schemas[0], ignoresUnknown: ignores)
                while try reader.next() != nil {}
            }
        } catch {}
    }
}
