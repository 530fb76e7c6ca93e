package import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// One entry of a list, as it is stored.
package struct InspectedEntry: Sendable {
    package let row: UInt32
    package let id: UInt64
    /// Whether the row lives, as a search sees it.
    package let isLive: Bool
    /// One byte a subspace.
    package let code: [UInt8]
    /// The scale and the offset of the estimate.
    package let alpha: Float
    package let beta: Float
    /// One per attribute of the schema, from the block itself.
    package let values: [AttributeValue]
}

/// One block of a list, as it is stored.
package struct InspectedBlock: Sendable {
    /// What a block says of one physical column.
    package struct Column: Sendable {
        /// The attribute's, and for the two columns of a location `.lat` or `.lon` behind it.
        package let name: String
        /// Bytes of a cell.
        package let width: Int
        package let nullCount: Int
        /// Over the cells that are not null; null if all are. Of a keyword, its code.
        package let minimum: AttributeValue
        package let maximum: AttributeValue
    }

    package let generation: UInt32
    package let codec: String
    package let subspaceCount: Int
    /// Bytes of the value, prologue and padding included.
    package let size: Int
    package let columns: [Column]
    package let entries: [InspectedEntry]
}

extension Engine {
    /// The blocks of a list in order, one at a time, until `body` returns false.
    ///
    /// - Returns: whether there is such a list among those in force.
    package func forEachBlock(
        ofList number: UInt32, from first: Int = 0, _ body: (InspectedBlock) -> Bool
    ) throws(EngineError) -> Bool {
        try follow()
        let snapshot = snapshot
        guard let lists = snapshot.stored.lists, let list = lists.index(ofNumber: number) else {
            return false
        }
        for block in lists.blockIndices(ofList: list).dropFirst(max(first, 0)) {
            guard body(try inspect(block, lists, snapshot)) else { break }
        }
        return true
    }

    private func inspect(
        _ index: Int, _ lists: InvertedLists, _ snapshot: Snapshot
    ) throws(EngineError) -> InspectedBlock {
        let (block, content, size, summaries) = try storing { () throws(StorageError) in
            (
                try lists.block(index), try lists.entries(ofBlock: index, shape: shape),
                try lists.size(ofBlock: index),
                try lists.columns(ofBlock: index, shape: shape).map(\.summary)
            )
        }
        var entries: [InspectedEntry] = []
        for position in 0..<content.count {
            let row = content.rows[position]
            let start = position * content.subspaceCount
            let values = try snapshot.values(
                of: content.columns.map { $0[position] }, schema, table: .lists,
                key: lists.key(ofBlock: index).description)
            entries.append(
                InspectedEntry(
                    row: row, id: try snapshot.id(row), isLive: !snapshot.dead.contains(row),
                    code: Array(content.codes[start..<start + content.subspaceCount]),
                    alpha: content.alphas[position], beta: content.betas[position],
                    values: values))
        }
        return InspectedBlock(
            generation: block.generation, codec: "\(block.codec)",
            subspaceCount: block.subspaceCount, size: size,
            columns: columns(summaries), entries: entries)
    }

    /// The physical columns with the attributes that they belong to.
    private func columns(_ summaries: [ColumnSummary]) -> [InspectedBlock.Column] {
        var columns: [InspectedBlock.Column] = []
        for attribute in schema.attributes {
            for (part, width) in attribute.type.cellWidths.enumerated() {
                guard columns.count < summaries.count else { return columns }
                let summary = summaries[columns.count]
                let suffix = attribute.type == .location ? [".lat", ".lon"][part] : ""
                let isNull = summary.nullCount == summary.count
                columns.append(
                    InspectedBlock.Column(
                        name: attribute.name + suffix, width: width.size,
                        nullCount: summary.nullCount,
                        minimum: isNull ? .null : bound(summary.minimum, attribute.type, part),
                        maximum: isNull ? .null : bound(summary.maximum, attribute.type, part)))
            }
        }
        return columns
    }

    /// A cell as a value, also one that no record has: bounds are shown as they are.
    private func bound(_ cell: UInt64, _ type: AttributeType, _ part: Int) -> AttributeValue {
        switch type {
        case .timestamp: .timestamp(Cells.integer(cell))
        case .integer: .integer(Cells.integer(cell))
        case .real: .real(Cells.real(cell) ?? .nan)
        case .location: .real(part == 0 ? Cells.latitude(cell) : Cells.longitude(cell))
        case .keyword: .integer(Int64(truncatingIfNeeded: cell))
        case .boolean: .boolean(cell != 0)
        }
    }
}
