internal import VDBIndex
internal import VDBPrimitives
internal import VDBQuantizers
internal import VDBStorage

/// One change of lists, worked out in memory: some are divided, some dissolved, and the vectors
/// near a border that moved change sides.
///
/// The conditions under which a vector may have to move are those of LIRE (Y. Xu et al., "SPFresh:
/// Incremental In-Place Update for Billion-Scale Vector Search", SOSP 2023,
/// doi:10.1145/3600006.3613166): one of a divided list, if no new centroid is as near as the old
/// one was; one of a neighbour, if a new centroid is nearer than its own.
struct ListChange {
    /// Neighbours of a divided list that are looked through.
    private static let neighborCount = 16

    private var stored: StoredState
    private var lists: InvertedLists
    private let seed: UInt64
    private let threadCount: Int
    /// The models before the change.
    private let before: Models
    private var centroids = Models.CentroidChange()
    /// What the lists that have changed hold now, by number; nothing of those that are no more.
    private(set) var contents: [UInt32: ListEntries] = [:]
    /// The models after the change, and the slots of their centroids that it touches.
    private(set) var models: Models
    private(set) var slots: Set<Int> = []
    /// Lists, by index, that could not be divided.
    private(set) var stubborn: [Int] = []
    private(set) var splitCount = 0
    private(set) var mergeCount = 0
    private(set) var movedCount = 0
    /// Numbers from here on are not given out yet.
    private(set) var nextList: UInt32

    private struct Move {
        let row: UInt32
        let index: Int
        let cells: [UInt64?]
        /// The code that it has; one of a residual says nothing in another list.
        let code: ArraySlice<UInt8>
    }

    /// Rows that get new codes, with their vectors.
    private var moves: [Move] = []
    private var vectors: [Float] = []

    /// - Parameter stored: the tables, which must have models.
    init(
        of stored: StoredState, _ models: Models, _ lists: InvertedLists, seed: UInt64,
        threadCount: Int
    ) {
        self.stored = stored
        self.lists = lists
        self.seed = seed
        self.threadCount = threadCount
        before = models
        self.models = models
        nextList = stored.manifest.nextList
    }

    /// Whether there is anything to write.
    var isEmpty: Bool { centroids.isEmpty }

    /// The numbers of all lists that are not what they were.
    var changedLists: Set<UInt32> { Set(contents.keys).union(centroids.removed) }

    /// What the lists were that it is a change of.
    var listsBefore: ListSlots { before.lists }

    /// Works the change out.
    ///
    /// - Parameters:
    ///   - split: lists to divide, by index, each into so many parts.
    ///   - merged: lists to dissolve, by index; at least one other must remain.
    mutating func run(
        splitting split: [(index: Int, partCount: Int)], merging merged: [Int]
    ) throws(StorageError) {
        var divided: [(index: Int, members: ListMembers)] = []
        for (index, partCount) in split {
            let members = try ListMembers(ofList: index, in: stored, lists)
            let number = before.lists.numbers[index]
            guard
                let division = ListDivision(
                    members.vectors, partCount: partCount, seed: seed &+ UInt64(number),
                    threadCount: threadCount)
            else {
                stubborn.append(index)
                continue
            }
            remove(index)
            for centroid in division.centroids {
                centroids.added.append((nextList, centroid))
                contents[nextList] = emptyEntries
                nextList += 1
            }
            divided.append((index, members))
        }
        for index in merged { remove(index) }
        guard !centroids.isEmpty else { return }
        (models, slots) = before.changed(by: centroids)
        splitCount = divided.count
        mergeCount = merged.count
        for (index, members) in divided { place(members, near: index) }
        for index in merged {
            let members = try ListMembers(ofList: index, in: stored, lists)
            guard members.entries.count > 0 else { continue }
            let nearest = models.centroids.nearest(members.vectors, threads: threadCount)
            for (entry, index) in nearest.indices.enumerated() {
                move(entry, of: members, to: Int(index))
            }
        }
        try reassign(neighborsOf: divided.map(\.index))
        try encodeMoves()
    }

    /// Adds what has come to the lists since the change was worked out. Rows that died since keep
    /// their entries, as everywhere until their list is swept.
    ///
    /// - Parameter newer: the tables now, with the same lists.
    mutating func catchUp(
        with newer: StoredState, _ newerLists: InvertedLists
    ) throws(StorageError) {
        let first = UInt32(stored.rows.count)
        try amend(try newer.rows.amendedRows(since: stored.rows), as: newer.rows)
        (stored, lists) = (newer, newerLists)
        guard newer.rows.count > Int(first) else { return }
        for number in contents.keys {
            guard let index = before.lists.index(ofList: number) else { continue }
            let added = try ListMembers.entries(
                ofList: index, from: first, in: newer, newerLists)
            contents[number]?.append(contentsOf: added)
        }
        for number in centroids.removed {
            guard let index = before.lists.index(ofList: number) else { continue }
            let members = try ListMembers(ofList: index, from: first, in: newer, newerLists)
            guard members.entries.count > 0 else { continue }
            let nearest = models.centroids.nearest(members.vectors, threads: threadCount)
            for (entry, index) in nearest.indices.enumerated() {
                move(entry, of: members, to: Int(index))
            }
        }
        try encodeMoves()
    }

    /// Gives entries of rows whose attributes have been amended since their cells.
    private mutating func amend(_ rows: [UInt32], as stored: StoredRows) throws(StorageError) {
        guard !rows.isEmpty else { return }
        let amended = Set(rows)
        for (number, entries) in contents {
            var entries = entries
            for (place, row) in entries.rows.enumerated() where amended.contains(row) {
                for (column, cell) in try stored.cells(row).enumerated() {
                    entries.columns[column][place] = cell
                }
            }
            contents[number] = entries
        }
    }

    private mutating func remove(_ index: Int) {
        centroids.removed.append(before.lists.numbers[index])
    }

    private var emptyEntries: ListEntries {
        ListEntries(
            codec: before.codec, subspaceCount: before.quantizer.shape.subspaceCount,
            shape: stored.rows.shape)
    }

    /// The indices, after the change, of the lists that are new.
    private var addedIndices: [Int] {
        centroids.added.compactMap { models.lists.index(ofList: $0.number) }
    }

    /// The lists nearest to one of before, by index before the change; those that go left out.
    private func neighbors(of index: Int) -> [Int] {
        var distances = [Float](repeating: 0, count: before.centroids.count)
        before.centroids.matrix.row(index).withUnsafeBufferPointer { centroid in
            guard let start = centroid.baseAddress else { return }
            before.centroids.distances(to: start, metric: .euclidean, into: &distances)
        }
        var nearest = TopK(capacity: Self.neighborCount)
        for (other, distance) in distances.enumerated()
        where models.lists.index(ofList: before.lists.numbers[other]) != nil {
            nearest.insert(Neighbor(distance: distance, row: UInt32(other)))
        }
        return nearest.sorted().map { Int($0.row) }
    }

    /// Gives the members of a list that is no more to the new lists, or to a neighbour of it where
    /// that is nearer.
    private mutating func place(_ members: ListMembers, near index: Int) {
        let others = neighbors(of: index).compactMap {
            models.lists.index(ofList: before.lists.numbers[$0])
        }
        let candidates = addedIndices + others
        guard members.entries.count > 0 else { return }
        let nearest = centroids(candidates).nearest(members.vectors, threads: threadCount)
        for (entry, candidate) in nearest.indices.enumerated() {
            move(entry, of: members, to: candidates[Int(candidate)])
        }
    }

    /// The centroids of some lists after the change.
    private func centroids(_ indices: [Int]) -> Centroids {
        var values: [Float] = []
        values.reserveCapacity(indices.count * models.centroids.dimension)
        for index in indices { values.append(contentsOf: models.centroids.matrix.row(index)) }
        return Centroids(Matrix(columnCount: models.centroids.dimension, values: values))
    }

    private mutating func move(_ entry: Int, of members: ListMembers, to index: Int) {
        moves.append(
            Move(
                row: members.entries.rows[entry], index: index,
                cells: members.entries.columns.map { $0[entry] },
                code: members.entries.code(entry)))
        vectors.append(contentsOf: members.vectors.row(entry))
    }

    /// Moves the vectors of neighbours to which a new centroid is nearer than their own.
    private mutating func reassign(neighborsOf divided: [Int]) throws(StorageError) {
        let added = addedIndices
        guard !added.isEmpty else { return }
        for neighbor in Set(divided.flatMap { neighbors(of: $0) }).sorted() {
            let number = before.lists.numbers[neighbor]
            guard let own = models.lists.index(ofList: number) else { continue }
            let members = try ListMembers(ofList: neighbor, in: stored, lists)
            guard members.entries.count > 0 else { continue }
            // Its own comes first and wins where both are as near.
            let candidates = [own] + added
            let nearest = centroids(candidates).nearest(members.vectors, threads: threadCount)
            let leaving = nearest.indices.indices.filter { nearest.indices[$0] != 0 }
            guard !leaving.isEmpty else { continue }
            movedCount += leaving.count
            for entry in leaving {
                move(entry, of: members, to: candidates[Int(nearest.indices[entry])])
            }
            contents[number] = members.entries.picking(
                nearest.indices.indices.filter { nearest.indices[$0] == 0 })
        }
    }

    /// Encodes what has moved and adds it to the lists where it belongs now.
    private mutating func encodeMoves() throws(StorageError) {
        let width = models.quantizer.shape.subspaceCount
        let encoded =
            models.quantizer.shape.isExact
            ? nil
            : models.quantizer.encode(
                Matrix(columnCount: models.centroids.dimension, values: vectors),
                centroids: models.centroids, assignment: moves.map { UInt32($0.index) },
                metric: models.listMetric, threads: threadCount)
        vectors = []
        for (place, move) in moves.enumerated() {
            let number = models.lists.numbers[move.index]
            if contents[number] == nil {
                guard let old = before.lists.index(ofList: number) else { continue }
                contents[number] = try ListMembers.entries(ofList: old, in: stored, lists)
            }
            contents[number]?.append(
                code: encoded?.codes[place * width..<(place + 1) * width] ?? move.code,
                alpha: encoded?.alpha[place] ?? 0, beta: encoded?.beta[place] ?? 0,
                row: move.row, cells: move.cells)
        }
        moves = []
        for (number, entries) in contents { contents[number] = entries.sortedByRow() }
    }

    /// Writes what has changed; the caller writes the manifest, with `nextList`.
    func write(_ transaction: borrowing WriteTransaction) throws(StorageError) {
        try models.writeCentroids(slots, transaction)
        for number in centroids.removed {
            try ListWriter.replace(
                number, with: emptyEntries, generation: models.generation, transaction)
        }
        for (number, entries) in contents.sorted(by: { $0.key < $1.key }) {
            try ListWriter.replace(
                number, with: entries, generation: models.generation, transaction)
        }
    }
}
