internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// How large one list is and how well its vectors fit it.
package struct ListFigures: Sendable, Hashable {
    /// As in the keys of the table `lists`.
    package let number: UInt32
    package var entryCount = 0
    /// Entries whose row lives, as a search sees it.
    package var liveCount = 0
    package var blockCount = 0
    /// Bytes of the blocks' values.
    package var size = 0
    /// Means over the live entries, of vectors as the index takes them (normalized under the
    /// cosine): the squared distance to the centroid, and to what centroid and code together stand
    /// for. Nil if they were not asked for or nothing lives.
    package var centroidError: Double?
    package var quantizationError: Double?
}

extension Engine {
    /// The figures of all lists in force, in the order of their numbers; none while search is
    /// exact.
    ///
    /// - Parameter measuresErrors: whether every live vector is read and compared with its code:
    ///   O(n · d), on all processors.
    package func listFigures(
        measuresErrors: Bool, observer: EngineObserver?
    ) throws(EngineError) -> [ListFigures] {
        try follow()
        let snapshot = snapshot
        guard let lists = snapshot.stored.lists, let models = snapshot.stored.models else {
            return []
        }
        let measurement = ListMeasurement(
            snapshot: snapshot, lists: lists, models: models, shape: shape,
            measuresErrors: measuresErrors)
        let results = Monitor<[Result<ListFigures, StorageError>]>([])
        parallelFor(lists.listCount, threads: threadCount) { index in
            let result: Result<ListFigures, StorageError>
            do throws(StorageError) {
                result = .success(try measurement.figures(ofList: index))
            } catch {
                result = .failure(error)
            }
            let done = results.update { all in
                all.append(result)
                return all.count
            }
            observer?("measuring lists", Double(done) / Double(lists.listCount))
        }
        return try storing { () throws(StorageError) in
            var figures: [ListFigures] = []
            for result in results.read({ $0 }) { figures.append(try result.get()) }
            return figures.sorted { $0.number < $1.number }
        }
    }
}

/// Goes through one list after the other.
private struct ListMeasurement: Sendable {
    let snapshot: Snapshot
    let lists: InvertedLists
    let models: Models
    let shape: RecordShape
    let measuresErrors: Bool

    func figures(ofList index: Int) throws(StorageError) -> ListFigures {
        var figures = ListFigures(number: lists.numbers[index])
        var sums = (centroid: 0.0, quantization: 0.0)
        for number in lists.blockIndices(ofList: index) {
            let block = try lists.block(number)
            figures.blockCount += 1
            figures.entryCount += block.count
            figures.size += try lists.size(ofBlock: number)
            let live = (0..<block.count).filter { !snapshot.dead.contains(block.rows[$0]) }
            figures.liveCount += live.count
            guard measuresErrors else { continue }
            let errors = try errors(of: live, in: number, list: index)
            sums.centroid += errors.centroid
            sums.quantization += errors.quantization
        }
        if measuresErrors, figures.liveCount > 0 {
            figures.centroidError = sums.centroid / Double(figures.liveCount)
            figures.quantizationError = sums.quantization / Double(figures.liveCount)
        }
        return figures
    }

    /// The sums over some entries of a block.
    private func errors(
        of positions: [Int], in block: Int, list: Int
    ) throws(StorageError) -> (centroid: Double, quantization: Double) {
        let entries = try lists.entries(ofBlock: block, shape: shape)
        var vectors: [StoredVector] = []
        for position in positions {
            vectors.append(try snapshot.storedVector(entries.rows[position]))
        }
        let matrix = TrainingVectors.matrix(of: vectors, shape: shape)
        let (dimension, codeSize) = (shape.dimension, entries.subspaceCount)
        let centroid = list * dimension
        var sums = (centroid: 0.0, quantization: 0.0)
        for (row, position) in positions.enumerated() {
            let code = entries.codes[position * codeSize..<(position + 1) * codeSize]
            let decoded = models.quantizer.decode(Array(code))
            var (distance, error): (Float, Float) = (0, 0)
            for component in 0..<dimension {
                let residual =
                    matrix.values[row * dimension + component]
                    - models.centroids.matrix.values[centroid + component]
                distance += residual * residual
                let rest = residual - decoded[component]
                error += rest * rest
            }
            sums.centroid += Double(distance)
            sums.quantization += Double(error)
        }
        return sums
    }
}
