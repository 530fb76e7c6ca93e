internal import VectorDB

/// `info`: figures of a database.
enum InfoCommand {
    static let command = Command(
        name: "info", summary: "show figures of a database",
        positionals: [.database],
        notes: [
            "counts: records that a search can find (live), rows whose space is not given back "
                + "(dead), rows not yet in the tables (inLog). lists: entries in the inverted "
                + "lists. bytes: of the tables' file, of the log, of both for each live record, "
                + "and of each table. generation: of the index's models, 0 while search is exact. "
                + "drift: records now for each in training; mean squared errors in training, and "
                + "those of the newest records as multiples of them (shift); spread of the lists' "
                + "sizes; the share of dead rows; changes of lists since training; history: how "
                + "these figures were before, the oldest first, at most 256 points.",
            "JSON: formatVersion, schema, counts, lists, bytes, generation, codes, drift, "
                + "readers, logSegments, lastCheckpoint.",
        ],
        example: "vdbtool info photos.vdb --json",
        run: run)

    /// A figure for people.
    struct Figure {
        let name: String
        let value: String
        init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
        init(_ name: String, _ count: Int) { self.init(name, String(count)) }
    }

    private static func run(
        _ arguments: Arguments, _ console: Console
    ) throws(ToolFailure) -> ExitCode {
        let database = try Database.reading(arguments)
        let statistics = try database.figures()
        try database.finish()
        if console.printsJSON {
            try console.print(json(statistics, database.schema).text)
        } else {
            try show(statistics, database.schema, console)
        }
        return .done
    }

    static func json(_ statistics: Statistics, _ schema: Schema) -> JSON {
        let lists = statistics.lists
        return .members([
            "formatVersion": .count(statistics.formatVersion),
            "schema": JSON(schema),
            "counts": .members([
                "live": .count(statistics.liveCount), "dead": .count(statistics.deadCount),
                "inLog": .count(statistics.inLogCount),
            ]),
            "lists": .members([
                "count": .count(lists.count), "min": .count(lists.min),
                "max": .count(lists.max), "mean": .double(lists.mean),
            ]),
            "bytes": .members([
                "data": .count(statistics.dataSize), "log": .count(statistics.logSize),
                "perVector": .double(statistics.bytesPerVector),
                "tables": .object(
                    statistics.tables.map { table in
                        JSON.Member(name: table.name, value: .count(table.size))
                    }),
            ]),
            "generation": .count(statistics.generation),
            "codes": .members([
                "subspaces": .count(statistics.subspaceCount),
                "bits": .count(statistics.bitsPerSubspace),
                "rotated": .bool(statistics.isRotated),
            ]),
            "drift": .members([
                "growthSinceTraining": .double(statistics.drift.growthSinceTraining),
                "centroidError": .double(statistics.centroidError),
                "centroidShift": .double(statistics.drift.centroidShift),
                "quantizationError": .double(statistics.quantizationError),
                "quantizationShift": .double(statistics.drift.quantizationShift),
                "listSizeSpread": .double(statistics.drift.listSizeSpread),
                "deadShare": .double(statistics.drift.deadShare),
                "splits": .count(statistics.drift.splitCount),
                "merges": .count(statistics.drift.mergeCount),
                "moved": .count(statistics.drift.movedCount),
                "history": .array(statistics.drift.history.map(json)),
            ]),
            "readers": .count(statistics.readerCount),
            "logSegments": .count(statistics.logSegmentCount),
            "lastCheckpoint": lastCheckpoint(statistics).map { .string($0) } ?? .null,
        ])
    }

    private static func json(_ point: Statistics.DriftPoint) -> JSON {
        .members([
            "time": .string(AttributeValue.timestamp(point.timeMicroseconds).text),
            "generation": .count(point.generation),
            "live": .count(point.liveCount),
            "lists": .count(point.listCount),
            "listSizeSpread": .double(point.listSizeSpread),
            "centroidShift": .double(point.centroidShift),
            "quantizationShift": .double(point.quantizationShift),
            "deadShare": .double(point.deadShare),
        ])
    }

    /// What changes as the database lives; the same names in the same order for every database.
    static func figures(_ statistics: Statistics) -> [Figure] {
        let lists = statistics.lists
        let codes =
            statistics.subspaceCount == 0
            ? "none"
            : "\(statistics.subspaceCount) × \(statistics.bitsPerSubspace) bits"
                + (statistics.isRotated ? ", rotated" : "")
        return [
            Figure("live records", statistics.liveCount),
            Figure("dead rows", statistics.deadCount),
            Figure("rows in the log", statistics.inLogCount),
            Figure("generation", statistics.generation),
            Figure("lists", lists.count),
            Figure("entries per list", "\(lists.min)…\(lists.max), mean \(fixed(lists.mean, 1))"),
            Figure("codes", codes),
            Figure("centroid error", statistics.centroidError.description),
            Figure("quantization error", statistics.quantizationError.description),
            Figure("growth since training", fixed(statistics.drift.growthSinceTraining, 2)),
            Figure("centroid shift", fixed(statistics.drift.centroidShift, 3)),
            Figure("quantization shift", fixed(statistics.drift.quantizationShift, 3)),
            Figure("list size spread", fixed(statistics.drift.listSizeSpread, 3)),
            Figure("dead share", fixed(statistics.drift.deadShare, 3)),
            Figure("splits", statistics.drift.splitCount),
            Figure("merges", statistics.drift.mergeCount),
            Figure("moved", statistics.drift.movedCount),
            Figure("points of drift", statistics.drift.history.count),
            Figure("data", byteText(statistics.dataSize)),
            Figure("log", byteText(statistics.logSize)),
            Figure("per vector", "\(fixed(statistics.bytesPerVector, 1)) B"),
            Figure("log segments", statistics.logSegmentCount),
            Figure("readers", statistics.readerCount),
            Figure("last checkpoint", lastCheckpoint(statistics) ?? "never"),
        ]
    }

    private static func show(
        _ statistics: Statistics, _ schema: Schema, _ console: Console
    ) throws(ToolFailure) {
        var table = TextTable(alignments: [.left, .left])
        table.add(["format version", String(statistics.formatVersion)])
        table.add(["vectors", "\(schema.dimension) × \(schema.element.name)"])
        table.add(["metric", schema.metric.name])
        for attribute in schema.attributes {
            table.add(["attribute", "\(attribute.name): \(attribute.type.name)"])
        }
        for figure in figures(statistics) { table.add([figure.name, figure.value]) }
        for line in table.lines { try console.print(line) }
        guard !statistics.tables.isEmpty else { return }
        try console.print("")
        var tables = TextTable(
            header: ["table", "entries", "size"], alignments: [.left, .right, .right])
        for size in statistics.tables {
            tables.add([size.name, String(size.entryCount), byteText(size.size)])
        }
        for line in tables.lines { try console.print(line) }
    }

    private static func lastCheckpoint(_ statistics: Statistics) -> String? {
        let microseconds = statistics.lastCheckpointMicroseconds
        return microseconds == 0 ? nil : AttributeValue.timestamp(microseconds).text
    }
}
