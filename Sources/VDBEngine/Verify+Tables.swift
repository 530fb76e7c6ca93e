internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

// What is in the tables and should not be: foreign tables, keys of another size, entries of a
// generation in force beyond its rows, numbers that would be given out twice.

extension Verifier {
    /// By how much products of axes may differ from 1 and 0: rounding makes a few millionths.
    private static let rotationTolerance: Float = 1e-3

    /// Bytes of the keys of a table; nil where they are names.
    private static func keySize(_ table: TableName) -> Int? {
        switch table {
        case .manifest: nil
        case .models, .lists, .assignments, .keywords, .attributes: 8
        case .identifiers: 8
        case .keywordCodes: 16
        case .vectors, .rows, .deleted, .payloads, .dictionaries: 4
        }
    }

    mutating func checkTables() {
        let access = stored.access
        let names = attempt { () throws(StorageError) in try access.storedTableNames() }
        for name in names ?? [] where TableName(rawValue: name) == nil {
            report("tables", name, "no table of this format is called so")
        }
        for table in TableName.allCases where canWalk(table) {
            if let size = Self.keySize(table) { checkKeys(of: table, size: size) }
        }
        checkNumbers()
        checkHistory()
        checkDictionaries()
    }

    private mutating func checkKeys(of table: TableName, size: Int) {
        let access = stored.access
        var wrong: [String] = []
        _ = attempt { () throws(StorageError) in
            let cursor = try access.cursor(access.environment.table(table))
            var entry = try cursor.first()
            while let found = entry {
                if found.key.count != size { wrong.append(describe(key: found.key)) }
                entry = try cursor.next()
            }
        }
        for key in wrong { report(table.rawValue, key, "a key that is not of \(size) bytes") }
    }

    /// No number of a generation or of a list may be given out again.
    private mutating func checkNumbers() {
        let manifest = stored.manifest
        let key = Keys.manifest.description
        if manifest.generation >= manifest.nextGeneration {
            report(
                "manifest", key,
                "generation \(manifest.generation) is in force, the next is "
                    + "\(manifest.nextGeneration)")
        }
        guard let lists = stored.lists, lists.listCount > 0 else { return }
        let last = lists.numbers.max() ?? 0
        if last >= manifest.nextList {
            report("manifest", key, "list \(last) is in force, the next is \(manifest.nextList)")
        }
        guard let models = stored.models else { return }
        let points = models.calibration.points
        let calibration = Keys.calibration(generation: models.generation).description
        for (point, next) in zip(points, points.dropFirst()) where next.recall < point.recall {
            report("models", calibration, "recall \(next.recall) comes after \(point.recall)")
        }
        if points.contains(where: { !(0...1).contains($0.recall) || $0.probeCount < 1 }) {
            report("models", calibration, "an operating point that cannot be")
        }
        if !models.centroids.matrix.values.allSatisfy({ $0.isFinite }) {
            let key = Keys.centroids(generation: models.generation).description
            report("models", key, "a centroid that is not finite")
        }
        if !models.quantizer.codebook.allSatisfy({ $0.isFinite }) {
            let key = Keys.quantizer(generation: models.generation).description
            report("models", key, "a codeword that is not finite")
        }
        if let rotation = models.quantizer.rotation,
            !(rotation.greatestDeviation <= Self.rotationTolerance)
        {
            let key = Keys.quantizer(generation: models.generation).description
            report("models", key, "axes that are not orthogonal and of length 1")
        }
    }

    /// The history of drift can be read, and is of models that there have been.
    private mutating func checkHistory() {
        let access = stored.access
        let next = stored.manifest.nextGeneration
        let history = attempt { () throws(StorageError) in try DriftHistory.read(access) }
        guard let point = history?.points.first(where: { $0.generation >= next }) else { return }
        report(
            "models", Keys.driftHistory.description,
            "a point of generation \(point.generation), the next is \(next)")
    }

    private mutating func checkDictionaries() {
        guard canWalk(.dictionaries) else { return }
        let access = stored.access
        var numbers: [UInt32] = []
        _ = attempt { () throws(StorageError) in
            let cursor = try access.cursor(access.environment.table(.dictionaries))
            var entry = try cursor.first()
            while let found = entry {
                if let number = found.keyPart(UInt32.self) { numbers.append(number) }
                entry = try cursor.next()
            }
        }
        for number in numbers {
            _ = attempt { () throws(StorageError) in
                try PayloadDictionary.read(number: number, access)
            }
        }
    }
}
