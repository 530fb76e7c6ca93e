internal import VDBPrimitives
package import VDBStorage

/// How well the models fit what has come since they were trained (`Formats/models.md`, "Drift").
///
/// Sums over the newest rows: older ones count less and less.
package struct Drift: Sendable, Hashable {
    package static let layoutVersion: UInt8 = 1

    /// Rows whose distance to their centroid was summed.
    package var placedCount = 0.0
    package var centroidErrorSum = 0.0
    /// Rows whose code was compared with them.
    package var encodedCount = 0.0
    package var quantizationErrorSum = 0.0
    /// Changes of lists since training.
    package var splitCount: UInt64 = 0
    package var mergeCount: UInt64 = 0
    package var movedCount: UInt64 = 0

    /// After so many rows those before count half.
    private static let halfLife = 65_536.0
    /// A sum above it, or that is not a number, is refused; sums of two are finite.
    private static let sumLimit = 1e300

    package init() {}

    /// Mean squared distance of the newest rows to their centroids; nil if there are none.
    package var centroidError: Double? {
        placedCount > 0 ? centroidErrorSum / placedCount : nil
    }

    /// Mean squared distance of the newest rows to what their codes stand for.
    package var quantizationError: Double? {
        encodedCount > 0 ? quantizationErrorSum / encodedCount : nil
    }

    /// Adds what was measured of new rows.
    package mutating func add(_ other: Drift) {
        placedCount += other.placedCount
        centroidErrorSum += other.centroidErrorSum
        encodedCount += other.encodedCount
        quantizationErrorSum += other.quantizationErrorSum
        // Stored counts may be anything.
        splitCount &+= other.splitCount
        mergeCount &+= other.mergeCount
        movedCount &+= other.movedCount
        while placedCount > 2 * Self.halfLife {
            placedCount /= 2
            centroidErrorSum /= 2
            encodedCount /= 2
            quantizationErrorSum /= 2
        }
    }

    package func write(
        generation: UInt32, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        let key = Keys.drift(generation: generation)
        var writer = SealedValue.writer(kind: ValueKind.drift, version: Self.layoutVersion)
        for sum in [placedCount, centroidErrorSum, encodedCount, quantizationErrorSum] {
            writer.write(sum.bitPattern)
        }
        for count in [splitCount, mergeCount, movedCount] { writer.write(count) }
        try transaction.put(
            transaction.environment.table(.models), key, SealedValue.seal(writer, key: key))
    }

    /// What is stored of a generation; nothing, where nothing has come since training.
    package static func read(
        generation: UInt32, _ access: Access
    ) throws(StorageError) -> Drift {
        let table = access.environment.table(.models)
        let key = Keys.drift(generation: generation)
        guard
            let body = try access.body(
                table, key, kind: ValueKind.drift, version: layoutVersion)
        else { return Drift() }
        do throws(DecodingFailure) {
            return try Drift(decoding: body)
        } catch {
            throw .damaged(table: table.name, key: key.description, failure: error)
        }
    }

    private init(decoding body: UnsafeRawBufferPointer) throws(DecodingFailure) {
        var reader = ByteReader(body)
        placedCount = Double(bitPattern: try reader.read())
        centroidErrorSum = Double(bitPattern: try reader.read())
        encodedCount = Double(bitPattern: try reader.read())
        quantizationErrorSum = Double(bitPattern: try reader.read())
        splitCount = try reader.read()
        mergeCount = try reader.read()
        movedCount = try reader.read()
        try reader.finish()
        let sums = [placedCount, centroidErrorSum, encodedCount, quantizationErrorSum]
        guard sums.allSatisfy({ $0 >= 0 && $0 <= Self.sumLimit }) else {
            throw .inconsistent("sums that are negative or too large: \(sums)")
        }
    }
}
