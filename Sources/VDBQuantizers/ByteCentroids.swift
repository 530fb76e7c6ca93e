package import VDBPrimitives

/// The centroids once more in 8 bits, which tell at a quarter of the memory traffic which lists
/// are near.
///
/// Derived from the centroids, never stored. Components are taken less their mean, so that the 8
/// bits say how centroids differ; the error of a key is a small part of the distance, and what is
/// estimated from a list begins with the exact distance to its centroid. Those of a group lie
/// together, at places of their own.
package struct ByteCentroids: Sendable {
    private let panels: [Int8]
    private let sums: [Int32]
    /// What is subtracted from a query: the mean, or nothing where only products count, which the
    /// mean changes by the same for all centroids.
    private let shift: [Float]
    /// ‖ĉ‖² of the quantized centroids, less their mean, for the Euclidean distance; else 0.
    private let offsets: [Float]
    private let mean: [Float]
    /// The size of a step of the centroids.
    private let step: Float
    private let isEuclidean: Bool
    /// The places of each group's centroids; one group of all where there are no others.
    private let groups: [Range<Int>]
    /// The centroid at each place.
    private let centroidOfPlace: [UInt32]
    /// The places of the centroids that are far from all others, ascending, and their components.
    private let farPlaces: [Int]
    private let farCentroids: Matrix

    /// A query in 8 bits: the bytes are in the memory that it was prepared in.
    package struct Query: Sendable {
        let factor: Float
        /// What must be added to a key for the distance itself, but for the rounding to 8 bits.
        package let origin: Float
        /// The keys of the centroids that are far from all others.
        let farKeys: [Float]
    }

    /// - Parameter grouping: nil for centroids that are all looked at.
    package init(_ centroids: Centroids, metric: Metric, grouping: CentroidGroups? = nil) {
        let (count, dimension) = (centroids.count, centroids.dimension)
        isEuclidean = metric.ofLists == .euclidean
        let extent = CentroidExtent(centroids)
        let middle = extent.mean
        // Centroids that differ by next to nothing are as good as equal.
        let step = extent.greatest / 127 >= 0x1p-120 ? extent.greatest / 127 : 0
        let (groups, places) = Self.places(count, grouping)
        farPlaces = places.indices.filter { places[$0] < count && extent.isFar[Int(places[$0])] }
        farCentroids = Matrix(
            columnCount: dimension,
            values: farPlaces.flatMap { centroids.matrix.row(Int(places[$0])) })
        let rowSize = ByteCentroidKernel.rowSize(dimension: dimension)
        var bytes = [Int8](repeating: 0, count: places.count * rowSize)
        var norms = [Float](repeating: 0, count: places.count)
        centroids.withRows { rows in
            for (place, row) in places.enumerated() where step > 0 && row < count {
                let squares = bytes.withUnsafeMutableBufferPointer { bytes in
                    bytes.baseAddress.map {
                        ByteCentroidKernel.quantize(
                            rows + Int(row) * dimension, mean: middle, steps: 1 / step,
                            into: $0 + place * rowSize)
                    }
                }
                norms[place] = Float(Double(squares ?? 0) * Double(step) * Double(step))
            }
        }
        (panels, self.sums) = ByteCentroidKernel.pack(
            bytes, count: places.count, dimension: dimension)
        shift = isEuclidean ? middle : [Float](repeating: 0, count: dimension)
        offsets = isEuclidean ? norms : [Float](repeating: 0, count: places.count)
        mean = middle
        self.step = step
        self.groups = groups
        centroidOfPlace = places
    }

    /// The places of the groups, each of which begins a panel, and the centroids there; places
    /// that are left over have a number that no centroid has.
    private static func places(
        _ count: Int, _ grouping: CentroidGroups?
    ) -> (groups: [Range<Int>], centroids: [UInt32]) {
        guard let grouping else { return ([0..<count], (0..<UInt32(count)).map { $0 }) }
        var groups: [Range<Int>] = []
        var centroids: [UInt32] = []
        for group in 0..<grouping.count {
            let members = grouping[group]
            groups.append(centroids.count..<centroids.count + members.count)
            centroids += members
            while centroids.count % ByteCentroidKernel.panelWidth != 0 { centroids.append(.max) }
        }
        return (groups, centroids)
    }

    /// Bytes that a query needs.
    package var scratchSize: Int { ByteCentroidKernel.rowSize(dimension: shift.count) }

    /// Mean squared error of a component of a centroid.
    package var squaredError: Float { step * step / 12 }

    /// Brings a query into 8 bits.
    ///
    /// - Parameter bytes: room for `scratchSize`.
    package func prepare(
        _ query: UnsafePointer<Float>, in bytes: UnsafeMutablePointer<Int8>
    ) -> Query {
        let queryStep = ByteCentroidKernel.quantize(query, mean: shift, into: bytes)
        let origin =
            isEuclidean
            ? VectorKernel.squaredDistance(query, mean, mean.count)
            : -VectorKernel.product(query, mean, mean.count)
        return Query(
            factor: (isEuclidean ? 2 : 1) * step * queryStep, origin: origin,
            farKeys: farPlaces.isEmpty ? [] : farKeys(query, origin: origin))
    }

    private func farKeys(_ query: UnsafePointer<Float>, origin: Float) -> [Float] {
        farPlaces.indices.map { index in
            farCentroids.row(index).withUnsafeBufferPointer { centroid in
                guard let start = centroid.baseAddress else { return 0 }
                let distance =
                    isEuclidean
                    ? VectorKernel.squaredDistance(query, start, centroid.count)
                    : -VectorKernel.product(query, start, centroid.count)
                return distance - origin
            }
        }
    }

    /// Writes a key for each centroid of some groups that grows with the query's distance to it,
    /// and the centroids that the keys belong to.
    ///
    /// - Parameters:
    ///   - bytes: what `prepare` has written.
    ///   - wanted: keys at which it stops, at the end of a group.
    ///   - keys: room for one a centroid, as `centroids`.
    ///   - centroids: nil where there is one group, whose centroids the keys stand for in order.
    /// - Returns: the keys written, and the groups that they come from.
    package func keys(
        of query: Query, _ bytes: UnsafePointer<Int8>, groups: UnsafeBufferPointer<UInt32>,
        wanted: Int, into keys: UnsafeMutablePointer<Float>,
        _ centroids: UnsafeMutablePointer<UInt32>?
    ) -> (count: Int, groupCount: Int) {
        var count = 0
        var groupCount = 0
        centroidOfPlace.withUnsafeBufferPointer { ofPlace in
            guard let start = ofPlace.baseAddress else { return }
            while count < wanted, groupCount < groups.count {
                let places = self.groups[Int(groups[groupCount])]
                ByteCentroidKernel.keys(
                    bytes, panels: panels, sums: sums, offsets: offsets, places: places,
                    factor: query.factor, dimension: shift.count, into: keys + count)
                if !farPlaces.isEmpty { putFarKeys(of: query, at: places, into: keys + count) }
                if let centroids {
                    (centroids + count).update(
                        from: start + places.lowerBound, count: places.count)
                }
                count += places.count
                groupCount += 1
            }
        }
        return (count, groupCount)
    }

    /// The keys of all centroids, which are in one group, for several queries: the centroids are
    /// read once for some of them.
    ///
    /// - Parameters:
    ///   - vectors: `count` × d.
    ///   - keys: room for `count` × k.
    package func keys(
        ofQueries vectors: UnsafePointer<Float>, count: Int,
        into keys: UnsafeMutablePointer<Float>
    ) -> [Query] {
        precondition(groups.count == 1, "all keys of centroids in \(groups.count) groups")
        let centroidCount = centroidOfPlace.count
        var queries: [Query] = []
        queries.reserveCapacity(count)
        withUnsafeTemporaryAllocation(of: Int8.self, capacity: count * scratchSize) { bytes in
            guard let bytes = bytes.baseAddress else { return }
            for index in 0..<count {
                queries.append(
                    prepare(
                        vectors + index * shift.count, in: bytes + index * scratchSize))
            }
            ByteCentroidKernel.keys(
                ofQueries: bytes, count: count, panels: panels, sums: sums, offsets: offsets,
                factors: queries.map(\.factor), dimension: shift.count, into: keys)
        }
        if !farPlaces.isEmpty {
            for (index, query) in queries.enumerated() {
                putFarKeys(
                    of: query, at: 0..<centroidCount, into: keys + index * centroidCount)
            }
        }
        return queries
    }

    /// Rows that are brought into 8 bits before they are compared.
    private static let chunkSize = 252

    /// The centroid nearest to each row of `points` as far as 8 bits tell, and the distance to it,
    /// which is exact: some rows get another than the nearest, one that is hardly further away.
    ///
    /// - Parameter centroids: those that these were made of, in one group, by Euclidean distance.
    package func nearest(_ points: Matrix, of centroids: Centroids, threads: Int) -> Assignment {
        let dimension = shift.count
        precondition(isEuclidean && groups.count == 1, "8-bit centroids for products, or in groups")
        precondition(
            points.columnCount == dimension && centroids.count == centroidOfPlace.count,
            "points of dimension \(points.columnCount), \(centroids.count) centroids")
        var result = Assignment(
            indices: [UInt32](repeating: 0, count: points.rowCount),
            distances: [Float](repeating: 0, count: points.rowCount))
        points.values.withUnsafeBufferPointer { values in
            result.indices.withUnsafeMutableBufferPointer { indices in
                result.distances.withUnsafeMutableBufferPointer { distances in
                    // Each chunk reads its own rows and writes its own results.
                    nonisolated(unsafe) let (start, indices, distances) = (
                        values.baseAddress, indices.baseAddress, distances.baseAddress
                    )
                    let chunkCount = (points.rowCount + Self.chunkSize - 1) / Self.chunkSize
                    parallelFor(chunkCount, threads: threads) { chunk in
                        guard let start, let indices, let distances else { return }
                        let first = chunk * Self.chunkSize
                        nearest(
                            start + first * dimension,
                            count: min(Self.chunkSize, points.rowCount - first), centroids,
                            into: indices + first, distances + first)
                    }
                }
            }
        }
        return result
    }

    private func nearest(
        _ points: UnsafePointer<Float>, count: Int, _ centroids: Centroids,
        into indices: UnsafeMutablePointer<UInt32>, _ distances: UnsafeMutablePointer<Float>
    ) {
        let dimension = shift.count
        withUnsafeTemporaryAllocation(of: Int8.self, capacity: count * scratchSize) { bytes in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { factors in
                guard let bytes = bytes.baseAddress, let factors = factors.baseAddress else {
                    return
                }
                for index in 0..<count {
                    let queryStep = ByteCentroidKernel.quantize(
                        points + index * dimension, mean: shift, into: bytes + index * scratchSize)
                    (factors + index).initialize(to: 2 * step * queryStep)
                }
                ByteCentroidKernel.nearest(
                    bytes, count: count, panels: panels, sums: sums, offsets: offsets,
                    factors: factors, dimension: dimension, into: indices, keys: distances)
            }
        }
        for index in 0..<count {
            distances[index] = centroids.distance(
                to: points + index * dimension, Int(indices[index]), metric: .euclidean)
            for place in farPlaces {
                let far = Int(centroidOfPlace[place])
                let distance = centroids.distance(
                    to: points + index * dimension, far, metric: .euclidean)
                if distance < distances[index] {
                    (indices[index], distances[index]) = (UInt32(far), distance)
                }
            }
        }
    }

    /// Replaces the keys of centroids that are far from all others, among those of some places.
    private func putFarKeys(
        of query: Query, at places: Range<Int>, into keys: UnsafeMutablePointer<Float>
    ) {
        for (place, key) in zip(farPlaces, query.farKeys) where places.contains(place) {
            keys[place - places.lowerBound] = key
        }
    }
}
