internal import VectorDB

/// Rows that were read for an import, with their ids and attributes from wherever they come.
struct ImportBatch {
    let ids: [UInt64]
    let read: VectorBatch
    /// By name; at least as many as there are ids.
    let columns: [String: [AttributeValue]]
    /// By row, values that could not be read.
    let badValues: [Int: [BadValue]]
    let dimension: Int

    /// Some of the rows, as the database takes them.
    func batch(_ rows: [Int]) -> Batch {
        let isWhole = rows.count == read.rowCount
        return Batch(
            ids: isWhole ? ids : rows.map { ids[$0] },
            vectors: isWhole ? read.vectors : read.vectors.rows(at: rows, dimension: dimension),
            attributes: isWhole
                ? columns : columns.mapValues { column in rows.map { column[$0] } },
            payloads: isWhole || read.payloads.isEmpty
                ? read.payloads : rows.map { read.payloads[$0] })
    }
}
