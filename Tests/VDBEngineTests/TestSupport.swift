import Foundation
import Synchronization
import Testing
import VDBPrimitives
import VectorDB

/// Runs `body` with the path of an empty directory, which is gone afterwards.
func withTemporaryDirectory<Result>(
    _ body: (String) throws -> Result
) throws -> Result {
    let path = try makeTemporaryDirectory()
    defer { removeDirectory(path) }
    return try body(path)
}

/// The same for tests that wait for another process.
func withTemporaryDirectory<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (String) async throws -> Result
) async throws -> Result {
    let path = try makeTemporaryDirectory()
    defer { removeDirectory(path) }
    return try await body(path)
}

private func makeTemporaryDirectory() throws -> String {
    let path = NSTemporaryDirectory() + "vdb-engine-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}

private func removeDirectory(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
}

/// A record as the model keeps it: components as floats, after rounding to the element type.
struct ModelRecord: Equatable {
    var vector: [Float]
    var attributes: [String: AttributeValue]
    var payload: [UInt8]?
}

/// What the database must hold: records by id.
typealias Model = [UInt64: ModelRecord]

/// Distances by their definitions, in double precision.
enum Naive {
    static func distance(_ metric: Metric, _ query: [Float], _ vector: [Float]) -> Double {
        var squares = 0.0
        var product = 0.0
        var queryNorm = 0.0
        var vectorNorm = 0.0
        query.withUnsafeBufferPointer { query in
            vector.withUnsafeBufferPointer { vector in
                var index = 0
                while index < query.count {
                    let left = Double(query[index])
                    let right = Double(vector[index])
                    squares += (left - right) * (left - right)
                    product += left * right
                    queryNorm += left * left
                    vectorNorm += right * right
                    index += 1
                }
            }
        }
        return switch metric {
        case .euclidean, .hamming: squares
        case .innerProduct: -product
        case .cosine: 1 - product / (queryNorm * vectorNorm).squareRoot()
        }
    }

    /// What single precision may lose: in proportion to the terms that are summed.
    static func tolerance(_ metric: Metric, _ query: [Float], _ vector: [Float]) -> Double {
        if metric == .cosine { return 1e-5 }
        var size = 0.0
        for (left, right) in zip(query, vector) {
            size += Double(left * left) + Double(right * right)
        }
        return 1e-5 * max(size, 1e-3)
    }
}

/// Checks that `matches` are the `count` nearest of the model's records that `isMatching` lets
/// pass; which of several equally far ones is left open.
func expectNearest(
    _ matches: [Match], of query: [Float], count: Int, metric: Metric, in model: Model,
    where isMatching: (ModelRecord) -> Bool = { _ in true },
    _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let matching = model.filter { isMatching($0.value) }
    let sorted = matching.values.map { Naive.distance(metric, query, $0.vector) }.sorted()
    expectGenuine(
        matches, of: query, count: count, metric: metric, among: matching, comment(),
        sourceLocation: sourceLocation)
    for (match, distance) in zip(matches, sorted) {
        guard let record = matching[match.id] else { continue }
        let tolerance = 2 * Naive.tolerance(metric, query, record.vector)
        if abs(Double(match.distance) - distance) > tolerance {
            Issue.record(
                "id \(match.id) at \(match.distance), one at \(distance) is due \(comment())",
                sourceLocation: sourceLocation)
            return
        }
    }
}

/// Checks that there are min(`count`, matching) matches, nearest first, each once, each with its
/// true distance: what every search promises, however little work it does.
func expectGenuine(
    _ matches: [Match], of query: [Float], count: Int, metric: Metric, among matching: Model,
    _ comment: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    var complaint: String?
    if matches.count != min(count, matching.count) {
        complaint = "\(matches.count) matches, \(min(count, matching.count)) are due"
    }
    if Set(matches.map(\.id)).count != matches.count { complaint = "an id comes twice" }
    for (index, match) in matches.enumerated() {
        guard let record = matching[match.id] else {
            complaint = "id \(match.id) is dead or does not match"
            break
        }
        let distance = Naive.distance(metric, query, record.vector)
        if abs(Double(match.distance) - distance)
            > Naive.tolerance(metric, query, record.vector)
        {
            complaint = "id \(match.id) is said to be at \(match.distance), it is at \(distance)"
        }
        if index > 0 && match.distance < matches[index - 1].distance {
            complaint = "match \(index) is nearer than the one before it"
        }
    }
    if let complaint {
        Issue.record("\(complaint) \(comment())", sourceLocation: sourceLocation)
    }
}

extension RandomSource {
    /// A number from the standard normal distribution (Box and Muller).
    mutating func nextNormal() -> Float {
        let radius = (-2 * Foundation.log(1 - Double(nextUnit()))).squareRoot()
        return Float(radius * cos(2 * Double.pi * Double(nextUnit())))
    }

    /// Components that the element type holds exactly.
    mutating func nextVector(_ dimension: Int, _ element: ElementType = .float32) -> [Float] {
        (0..<dimension).map { _ in
            let value = nextNormal()
            return switch element {
            case .float32: value
            case .float16: Float(Float16(value))
            case .int8: max(-128, min(127, (value * 50).rounded()))
            case .uint8: max(0, min(255, (128 + value * 50).rounded()))
            case .bit: value > 0 ? 1 : 0
            }
        }
    }

    mutating func nextBool() -> Bool { next(below: 2) == 0 }
}

extension Vector {
    /// The vector of an element type from components that it holds exactly.
    init(_ values: [Float], as element: ElementType) {
        switch element {
        case .float32: self = .float32(values)
        case .float16: self = .float16(values.map { Float16($0) })
        case .int8: self = .int8(values.map { Int8($0) })
        case .uint8: self = .uint8(values.map { UInt8($0) })
        case .bit: self = Vector(bits: values.map { $0 == 1 })
        }
    }
}

extension Record {
    init(_ id: UInt64, _ record: ModelRecord, _ element: ElementType = .float32) {
        self.init(
            id: id, vector: Vector(record.vector, as: element), attributes: record.attributes,
            payload: record.payload)
    }
}

extension Metric {
    /// Those of numbers, which fit every element type but bits.
    static let ofNumbers: [Metric] = [.euclidean, .innerProduct, .cosine]
}

extension ElementType {
    /// Those of numbers.
    static let ofNumbers: [ElementType] = [.float32, .float16, .int8, .uint8]
}

/// What a schema says of its vectors.
struct VectorKind: Sendable, CustomTestStringConvertible {
    let element: ElementType
    let metric: Metric
    var testDescription: String { "\(element.name), \(metric.name)" }

    /// Every element type with every metric that fits it.
    static let all =
        ElementType.ofNumbers.flatMap { element in
            Metric.ofNumbers.map { VectorKind(element: element, metric: $0) }
        } + [VectorKind(element: .bit, metric: .hamming)]
}

extension Options {
    /// Nothing happens by itself, and no test waits for a disk.
    static var manual: Options {
        var options = Options()
        options.isAutomatic = false
        options.trainingThreshold = 256
        options.durability = .operatingSystem
        options.mapSize = 1 << 30
        return options
    }
}

extension Schema {
    /// The schema of most tests here: one attribute of each type.
    static func pictures(
        dimension: Int = 16, element: ElementType = .float32, metric: Metric = .euclidean
    ) throws -> Schema {
        try Schema(
            dimension: dimension, element: element, metric: metric,
            attributes: [
                Attribute(name: "taken", type: .timestamp),
                Attribute(name: "place", type: .location),
                Attribute(name: "rank", type: .integer),
                Attribute(name: "score", type: .real),
                Attribute(name: "camera", type: .keyword),
                Attribute(name: "hidden", type: .boolean),
            ])
    }
}

extension RandomSource {
    /// A record of the pictures' schema; every attribute is null now and then.
    mutating func nextPicture(
        dimension: Int = 16, element: ElementType = .float32, rank: Int? = nil
    ) -> ModelRecord {
        var attributes: [String: AttributeValue] = [
            "rank": .integer(Int64(rank ?? next(below: 1000))),
            "taken": .timestamp(Int64(next(below: 1_000_000)) * 1_000_000),
            // Steps of 1e-7 degree are kept: these are quarters of a degree.
            "place": .location(
                Location(
                    latitude: Double(next(below: 720)) / 4 - 90,
                    longitude: Double(next(below: 1440)) / 4 - 180)),
            "score": .real(Double(nextUnit())),
            "camera": .keyword("camera \(next(below: 12))"),
            "hidden": .boolean(nextBool()),
        ]
        for name in ["taken", "place", "score", "camera", "hidden"] where next(below: 10) == 0 {
            attributes[name] = nil
        }
        return ModelRecord(
            vector: nextVector(dimension, element), attributes: attributes)
    }
}

extension RandomSource {
    /// Bytes that zstd can make fewer, mostly; now and then none at all, or no payload.
    mutating func nextPayload() -> [UInt8]? {
        switch next(below: 6) {
        case 0: nil
        case 1: []
        case 2: (0..<next(below: 40)).map { _ in UInt8(next(below: 256)) }
        default: Array("{\"file\": \"IMG_\(next(below: 9999)).jpeg\", \"tags\": []}".utf8)
        }
    }
}

/// A filter, and what it means on a record of the pictures' schema.
struct FilterCase: Sendable {
    let filter: Filter
    let isMatching: @Sendable (ModelRecord) -> Bool

    /// Records with a rank below `limit` of 1000.
    static func rank(below limit: Int64) -> FilterCase {
        FilterCase(filter: Filter.attribute("rank") < .integer(limit)) {
            guard case .integer(let rank)? = $0.attributes["rank"] else { return false }
            return rank < limit
        }
    }

    static func random(_ random: inout RandomSource) -> FilterCase {
        switch random.next(below: 7) {
        case 0:
            return rank(below: Int64(random.next(below: 1000)))
        case 1:
            let camera = "camera \(random.next(below: 13))"
            return FilterCase(filter: Filter.attribute("camera") == .keyword(camera)) {
                $0.attributes["camera"] == .keyword(camera)
            }
        case 2:
            return FilterCase(filter: !(Filter.attribute("hidden") == true)) {
                $0.attributes["hidden"] != .boolean(true)
            }
        case 3:
            let low = Int64(random.next(below: 1_000_000)) * 1_000_000
            let high = low + 100_000_000_000
            return FilterCase(
                filter: Filter.attribute("taken")
                    .isBetween(.timestamp(low), and: .timestamp(high))
            ) {
                guard case .timestamp(let taken)? = $0.attributes["taken"] else { return false }
                return (low...high).contains(taken)
            }
        case 4:
            return FilterCase(
                filter: Filter.attribute("place")
                    .isInBox(south: -30, west: 170, north: 60, east: -20)
            ) {
                guard case .location(let place)? = $0.attributes["place"] else { return false }
                return (-30...60).contains(place.latitude)
                    && (place.longitude >= 170 || place.longitude <= -20)
            }
        case 5:
            let limit = Double(random.nextUnit())
            return FilterCase(filter: Filter.attribute("score") >= .real(limit)) {
                guard case .real(let score)? = $0.attributes["score"] else { return false }
                return score >= limit
            }
        default:
            return FilterCase(
                filter: Filter.attribute("place").isNull
                    || Filter.attribute("camera").isIn(["camera 1", "camera 2"])
            ) {
                $0.attributes["place"] == nil
                    || [.keyword("camera 1"), .keyword("camera 2")]
                        .contains($0.attributes["camera"])
            }
        }
    }
}

/// The code that `body` fails with, or nil if it does not fail.
func code(of body: () throws -> Void) -> VectorDBError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? VectorDBError)?.code
    }
}

/// A number that threads add to.
final class Tally: Sendable {
    private let value = Atomic<Int>(0)
    var count: Int { value.load(ordering: .acquiring) }
    func add() { value.wrappingAdd(1, ordering: .acquiringAndReleasing) }
}

/// Something that one thread tells the others once.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}

/// Lets other threads run.
func yieldProcessor() { _ = sched_yield() }
