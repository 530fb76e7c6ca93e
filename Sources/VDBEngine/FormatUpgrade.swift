internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// Brings a database of an earlier format version up to today's (`Formats/database.md`,
/// "Versions").
enum FormatUpgrade {
    /// A writer upgrades; a reader leaves all as it is.
    static func run(_ environment: Environment, isReadOnly: Bool) throws(StorageError) {
        var manifest = try environment.read { (access) throws(StorageError) in
            try Manifest.read(access)
        }
        guard manifest.formatVersion < Manifest.currentFormatVersion else {
            for name in TableName.laterNames.sorted() where environment.table(name).isMissing {
                throw .damaged(
                    table: name, key: "", failure: .inconsistent("the table is missing"))
            }
            return
        }
        guard !isReadOnly else { return }
        // The tables first: a crash in between leaves a database of the earlier version with empty
        // tables that this version knows of.
        try environment.addMissingTables()
        let earlier = manifest.formatVersion
        if earlier < 6 { try indexKeywords(environment) }
        manifest.formatVersion = Manifest.currentFormatVersion
        let transaction = try environment.beginWrite()
        if manifest.generation > 0, earlier < 4 {
            // Version 4 keeps centroids in chunks.
            let models = try Models.read(
                generation: manifest.generation,
                shape: try SchemaRecord.read(transaction.access).shape, transaction.access)
            try models.writeCentroids(nil, transaction)
        }
        try manifest.write(transaction)
        try transaction.commit()
    }

    /// Keywords whose codes one transaction makes findable.
    private static let keywordsPerStep = 1 << 16

    /// Version 6 finds the code of a keyword by its text. A crash in between leaves the codes so
    /// far, and the next opening goes on.
    private static func indexKeywords(_ environment: Environment) throws(StorageError) {
        let counts = try environment.read { (access) throws(StorageError) in
            try KeywordTable.counts(
                attributeCount: try SchemaRecord.read(access).attributes.count, access)
        }
        for (index, count) in counts.enumerated() {
            let attribute = UInt32(index)
            while true {
                let transaction = try environment.beginWrite()
                let runs = try KeywordCodes.runs(
                    attribute: attribute, transaction.access)
                let first = runs.last?.end ?? 0
                guard first < count else { break }
                var texts: [HashedText] = []
                try KeywordTable.forEach(
                    attribute: attribute, from: UInt32(first), transaction.access
                ) { (entry) throws(StorageError) in
                    texts.append(HashedText(entry.text))
                    return texts.count < keywordsPerStep
                }
                try KeywordCodes.append(
                    attribute: attribute, first: UInt32(first), texts, transaction)
                try transaction.commit()
            }
        }
    }
}
