internal import VDBPrimitives
package import VDBStorage

/// How well the index fitted its content over time, across generations of models
/// (`Formats/models.md`, "History").
package struct DriftHistory: Sendable, Hashable {
    static let layoutVersion: UInt8 = 1
    /// Points that are kept at most.
    package static let pointLimit = 256

    /// In the order of time.
    package private(set) var points: [DriftPoint] = []

    package init() {}

    /// Adds a point; where there are too many by then, one goes whose neighbours tell nearly as
    /// much.
    ///
    /// A clock that was set back makes the point as old as the last, no older.
    package mutating func add(_ point: DriftPoint) {
        var point = point
        if let last = points.last {
            point.timeMicroseconds = max(point.timeMicroseconds, last.timeMicroseconds)
        }
        points.append(point)
        if points.count > Self.pointLimit { thin() }
    }

    /// Removes the point that fills the smallest gap for its age: so the gaps grow with the age,
    /// and what is old is thinned first. The first and the last stay.
    private mutating func thin() {
        guard let now = points.last?.timeMicroseconds else { return }
        var least = (index: 1, share: Double.infinity)
        for index in 1..<points.count - 1 {
            let gap = points[index + 1].timeMicroseconds - points[index - 1].timeMicroseconds
            let age = now - points[index].timeMicroseconds
            let share = Double(gap) / Double(max(age, 1))
            if share < least.share { least = (index, share) }
        }
        points.remove(at: least.index)
    }

    package func write(_ transaction: borrowing WriteTransaction) throws(StorageError) {
        var writer = SealedValue.writer(
            kind: ValueKind.driftHistory, version: Self.layoutVersion,
            reservingCapacity: 8 + points.count * DriftPoint.size)
        writer.write(UInt32(points.count))
        writer.write(UInt32(0))
        for point in points { point.write(into: &writer) }
        try transaction.put(
            transaction.environment.table(.models), Keys.driftHistory,
            SealedValue.seal(writer, key: Keys.driftHistory))
    }

    /// What is stored; nothing in a database that has had no index, or none since it was brought up
    /// to format version 5.
    package static func read(_ access: Access) throws(StorageError) -> DriftHistory {
        let table = access.environment.table(.models)
        guard
            let body = try access.body(
                table, Keys.driftHistory, kind: ValueKind.driftHistory, version: layoutVersion)
        else { return DriftHistory() }
        do throws(DecodingFailure) {
            return try DriftHistory(decoding: body)
        } catch {
            throw .damaged(
                table: table.name, key: Keys.driftHistory.description, failure: error)
        }
    }

    private init(decoding body: UnsafeRawBufferPointer) throws(DecodingFailure) {
        var reader = ByteReader(body)
        let count = Int(try reader.read(UInt32.self))
        _ = try reader.read(UInt32.self)
        guard (1...Self.pointLimit).contains(count) else {
            throw .inconsistent("a history of \(count) points, 1 to \(Self.pointLimit) can be")
        }
        for _ in 0..<count {
            let point = try DriftPoint(&reader)
            if let last = points.last, point.timeMicroseconds < last.timeMicroseconds {
                throw .inconsistent(
                    "a point at \(point.timeMicroseconds) comes after one at "
                        + "\(last.timeMicroseconds)")
            }
            points.append(point)
        }
        try reader.finish()
    }
}
