internal import VDBEngine
internal import VDBFilters

// A look into the index, for whoever wants to know why a search is as it is. Works beside writers.

extension Database {
    /// The inverted lists in the order of their numbers; none while search is exact.
    ///
    /// - Parameter measuresErrors: whether every vector is read and compared with its code, on all
    ///   processors; otherwise the errors are nil.
    public func lists(
        measuresErrors: Bool = true, observer: ProgressObserver? = nil
    ) throws(VectorDBError) -> [ListSummary] {
        try explaining("list the lists of \(path)") { () throws(EngineError) in
            try engine.listFigures(measuresErrors: measuresErrors, observer: observer).map {
                ListSummary(
                    number: $0.number, entryCount: $0.entryCount, liveCount: $0.liveCount,
                    blockCount: $0.blockCount, size: $0.size, centroidError: $0.centroidError,
                    quantizationError: $0.quantizationError)
            }
        }
    }

    /// Runs `body` with the blocks of a list, from block `first` on, until it returns false.
    ///
    /// Throws `notFound` if there is no such list.
    public func forEachBlock(
        ofList number: UInt32, from first: Int = 0, _ body: (ListBlockContents) -> Bool
    ) throws(VectorDBError) {
        var index = max(first, 0)
        let isThere = try explaining("read list \(number) of \(path)") {
            () throws(EngineError) in
            try engine.forEachBlock(ofList: number, from: first) { block in
                defer { index += 1 }
                return body(contents(of: block, list: number, index: index))
            }
        }
        guard isThere else {
            throw VectorDBError(
                code: .notFound,
                message: "cannot read list \(number) of \(path): no list in force has this number")
        }
    }

    private func contents(
        of block: InspectedBlock, list: UInt32, index: Int
    ) -> ListBlockContents {
        let entries = block.entries.map { entry in
            var attributes: [String: AttributeValue] = [:]
            for (attribute, value) in zip(schema.attributes, entry.values) where value != .null {
                attributes[attribute.name] = value
            }
            return ListBlockContents.Entry(
                row: entry.row, id: entry.id, isLive: entry.isLive, code: entry.code,
                alpha: entry.alpha, beta: entry.beta, attributes: attributes)
        }
        let columns = block.columns.map {
            ListBlockContents.Column(
                name: $0.name, width: $0.width, nullCount: $0.nullCount, minimum: $0.minimum,
                maximum: $0.maximum)
        }
        return ListBlockContents(
            list: list, index: index, generation: block.generation, codec: block.codec,
            subspaceCount: block.subspaceCount, size: block.size, columns: columns,
            entries: entries)
    }
}
