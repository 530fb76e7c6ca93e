internal import VDBFilters
internal import VDBIndex
internal import VDBLog
internal import VDBPrimitives
internal import VDBStorage

extension Salvager {
    /// Applies the operations of the log that are whole, in order, to the new database.
    ///
    /// Puts and deletions go by id, so that those that the tables held already change nothing, as
    /// long as all that came after them are there.
    mutating func replay(identity: LogIdentity?) throws(EngineError) {
        guard let identity else {
            report(
                Loss("log \(path)/log", "no segment says whose it is", .operations))
            return
        }
        observer?("replaying the log", 0)
        var log = try logging { () throws(LogError) in
            try LogSalvage(LogDirectory(of: directory, identity: identity), after: applied)
        }
        while let step = try logging({ () throws(LogError) in try log.next() }) {
            switch step {
            case .record(let record):
                try apply(record)
            case .lost(let positions, let place, let reason):
                report(
                    Loss(
                        "log records \(positions.lowerBound) … \(positions.upperBound), \(place)",
                        reason, .operations, unknownCount: positions.count))
            case .remnant(let place, let reason):
                report(Loss("end of the log, \(place)", reason, .unknown))
            case .refused(let place, let reason):
                report(Loss("log, \(place)", reason, .operations))
            }
        }
    }

    private mutating func apply(_ record: LogRecord) throws(EngineError) {
        let operation: Operation
        do throws(DecodingFailure) {
            operation = try Operation(decoding: record.payload, shape: shape)
        } catch {
            report(
                Loss("log record \(record.position)", "\(error)", .operations, unknownCount: 1))
            return
        }
        for entry in operation.keywords { keywords.add(entry) }
        if !operation.deletedIDs.isEmpty {
            _ = try target.write(operation.deletedIDs.map { .delete(id: $0) })
        }
        var batch = PutRequest(ids: operation.ids, vectors: operation.vectors, attributes: [])
        var values = operation.ids.enumerated().map { index, id in
            keywords.values(of: operation.columns.map { $0[index] }, id: id)
        }
        if !operation.payloads.isEmpty {
            batch.payloads = operation.ids.map { _ in nil }
            for payload in operation.payloads { batch.payloads[payload.index] = payload.bytes }
        }
        try put(&batch, &values)
        try amend(operation)
    }

    /// Changes the attributes of records that are there; those of others went with the record.
    private mutating func amend(_ operation: Operation) throws(EngineError) {
        var changes: [Change] = []
        for (index, id) in operation.amendedIDs.enumerated() {
            let row = try storing { () throws(StorageError) in
                try target.writer.read { (state) throws(StorageError) in try state.row(of: id) }
            }
            guard row != nil else { continue }
            let values = keywords.values(
                of: operation.amendedColumns.map { $0[index] }, id: id)
            changes.append(
                .update(
                    id: id, vector: nil,
                    values: Dictionary(uniqueKeysWithValues: values.enumerated().map { ($0, $1) }),
                    .keep))
        }
        if !changes.isEmpty { _ = try target.write(changes) }
    }
}
