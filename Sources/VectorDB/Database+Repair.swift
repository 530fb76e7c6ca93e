internal import VDBEngine
public import VDBFilters

extension Database {
    /// Salvages everything sound of a damaged database into a new one, and says what was lost.
    ///
    /// The damaged one is only read; nobody may write it meanwhile. The new one, with the same
    /// schema, is verified before it gets its name. A sound database comes through it complete.
    ///
    /// - Parameters:
    ///   - target: a directory that is not there yet, or is empty.
    ///   - schema: what the records look like, if the database's own schema is lost.
    public static func repair(
        at path: String, into target: String, schema: Schema? = nil, options: Options = Options(),
        observer: ProgressObserver? = nil
    ) throws(VectorDBError) -> RepairReport {
        try explaining("repair \(path) into \(target)") { () throws(EngineError) in
            let summary = try Engine.repair(
                path: path, into: target, schema: schema,
                options: try options.engineOptions(schema), observer: observer)
            return RepairReport(
                salvagedCount: summary.salvagedCount,
                losses: summary.losses.map { loss in
                    RepairReport.Loss(
                        place: loss.place, reason: loss.reason,
                        consequence: .init(loss.consequence), ids: loss.ids,
                        unknownCount: loss.unknownCount)
                })
        }
    }
}

extension RepairReport.Loss.Consequence {
    fileprivate init(_ inner: VDBEngine.Loss.Consequence) {
        self =
            switch inner {
            case .lost: .lost
            case .withoutAttributes: .withoutAttributes
            case .olderAttributes: .olderAttributes
            case .withoutPayload: .withoutPayload
            case .maybeDeleted: .maybeDeleted
            case .operations: .operations
            case .unknown: .unknown
            }
    }
}
