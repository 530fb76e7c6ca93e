import VDBPrimitives

@testable import VDBFilters

/// Random schemas, records and filters; few distinct values, so that filters hit and miss.
struct RandomFilters {
    var random: RandomSource
    let schema: Schema

    /// Centre of the places, so that some databases lie on the dateline and some at a pole.
    private let center: Location
    private let spread: Double

    init(seed: UInt64) throws {
        random = RandomSource(seed: seed)
        var attributes: [Attribute] = []
        for index in 0..<random.next(below: 7) + 1 {
            let type = AttributeType.allCases[random.next(below: 6)]
            attributes.append(Attribute(name: "\(type.name.prefix(3))_\(index)", type: type))
        }
        schema = try Schema(dimension: 4, attributes: attributes)
        let centers = [
            Location(latitude: 48, longitude: 2), Location(latitude: -17, longitude: 179.9),
            Location(latitude: 89.5, longitude: -30), Location(latitude: -89, longitude: 180),
            Location(latitude: 0, longitude: 0),
        ]
        center = centers[random.next(below: centers.count)]
        spread = [0.01, 1, 40, 360][random.next(below: 4)]
    }

    mutating func chance(_ percent: Int) -> Bool { random.next(below: 100) < percent }

    mutating func unit() -> Double { Double(random.nextUnit()) }

    mutating func element<Value>(_ values: [Value]) -> Value {
        values[random.next(below: values.count)]
    }

    mutating func location() -> Location {
        if chance(3) { return Location(latitude: 90, longitude: element([-180, 0, 180])) }
        if chance(3) { return Location(latitude: -90, longitude: element([-180, 0, 180])) }
        var longitude = center.longitude + (unit() - 0.5) * spread
        if longitude > 180 { longitude -= 360 }
        if longitude < -180 { longitude += 360 }
        if chance(3) { longitude = element([-180, 180]) }
        let latitude = center.latitude + (unit() - 0.5) * spread / 2
        return Location(latitude: max(-90, min(90, latitude)), longitude: longitude)
    }

    mutating func value(_ type: AttributeType, nullPercent: Int = 15) -> AttributeValue {
        if chance(nullPercent) { return .null }
        let small = Int64(random.next(below: 20)) - 10
        switch type {
        case .timestamp: return .timestamp(element([.min, .max, 0, small, small * 1_000_003]))
        case .integer: return .integer(element([.min, .max, small, small, small * 7]))
        case .real:
            return .real(
                element([
                    0, Double(small), Double(small) / 3, -.greatestFiniteMagnitude,
                    .greatestFiniteMagnitude, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
                ]))
        case .keyword:
            let awkward = ["", "\u{E9}", "e\u{301}", "\u{301}\"\n", "\\'"]
            return .keyword(element(awkward + ["a", "b", "k\(small)"]))
        case .boolean: return .boolean(chance(50))
        case .location: return .location(location().stored)
        }
    }

    mutating func record() -> [AttributeValue] {
        let nullPercent = element([0, 0, 20, 100])
        return schema.attributes.map { value($0.type, nullPercent: nullPercent) }
    }

    mutating func filter(depth: Int = 4) -> Filter {
        guard depth > 0, chance(60) else { return predicate() }
        if chance(25) { return .not(filter(depth: depth - 1)) }
        let parts = (0..<random.next(below: 3) + 2).map { _ in filter(depth: depth - 1) }
        return chance(50) ? .and(parts) : .or(parts)
    }

    private mutating func predicate() -> Filter {
        let attribute = element(schema.attributes)
        let name = attribute.name
        switch random.next(below: 12) {
        case 0: return element([.everything, .nothing, .isNull(attribute: name)])
        case 1: return .isNull(attribute: name)
        case 2: return .isNotNull(attribute: name)
        case 3, 4:
            let count = element([0, 1, 3, 30])
            return .isIn(attribute: name, (0..<count).map { _ in literal(attribute.type) })
        default:
            if attribute.type == .location, chance(85) { return area(name) }
            guard attribute.type.isOrdered else {
                return .comparison(
                    attribute: name, element([.equal, .notEqual]), literal(attribute.type))
            }
            if chance(20) {
                return .between(
                    attribute: name, literal(attribute.type), literal(attribute.type))
            }
            return .comparison(
                attribute: name, element(Filter.Comparison.allCases), literal(attribute.type))
        }
    }

    private mutating func literal(_ type: AttributeType) -> AttributeValue {
        if type == .real, chance(20) { return .integer(Int64(random.next(below: 9)) - 4) }
        if type == .keyword, chance(10) { return .keyword("never stored") }
        return value(type, nullPercent: 0)
    }

    private mutating func area(_ name: String) -> Filter {
        switch random.next(below: 3) {
        case 0:
            let degrees = unit() * spread
            let metres = element([0, degrees * 111_000, 1e7, 2.1e7])
            return .isWithin(attribute: name, metres: metres, of: location())
        case 1:
            let (one, other) = (location(), location())
            return .isInBox(
                attribute: name,
                GeographicBox(
                    south: min(one.latitude, other.latitude), west: one.longitude,
                    north: max(one.latitude, other.latitude), east: other.longitude))
        default:
            let vertices = (0..<random.next(below: 6) + 3).map { _ in location() }
            guard (try? Polygon(vertices)) != nil else { return .isNotNull(attribute: name) }
            return .isInPolygon(attribute: name, vertices)
        }
    }
}

/// Columns in memory, as a block of a list holds them.
final class CellBlock {
    private(set) var views: [ColumnView] = []
    let count: Int
    private var memory: [UnsafeMutableRawPointer] = []

    init(_ rows: [[UInt64?]], widths: [CellWidth]) {
        count = rows.count
        for (column, width) in widths.enumerated() {
            views.append(view(of: rows.map { $0[column] }, width))
        }
    }

    deinit { for pointer in memory { pointer.deallocate() } }


    private func view(of values: [UInt64?], _ width: CellWidth) -> ColumnView {
        let wordCount = (values.count + 63) / 64
        let cells = allocate(values.count * width.size)
        let validity = allocate(wordCount * 8).bindMemory(to: UInt64.self, capacity: wordCount)
        validity.initialize(repeating: 0, count: wordCount)
        for (index, value) in values.enumerated() {
            // What is in a null cell must not matter.
            let cell = value ?? (index % 2 == 0 ? 0 : .max)
            switch width {
            case .one:
                let cell = UInt8(truncatingIfNeeded: cell)
                cells.storeBytes(of: cell, toByteOffset: index, as: UInt8.self)
            case .four:
                let cell = UInt32(truncatingIfNeeded: cell)
                cells.storeBytes(of: cell, toByteOffset: index * 4, as: UInt32.self)
            case .eight:
                cells.storeBytes(of: cell, toByteOffset: index * 8, as: UInt64.self)
            }
            if value != nil { validity[index / 64] |= 1 << UInt64(index % 64) }
        }
        let present = values.compactMap { $0 }
        let summary = ColumnSummary(
            minimum: present.min() ?? 0, maximum: present.max() ?? 0, count: values.count,
            nullCount: values.count - present.count)
        return ColumnView(
            width: width, cells: UnsafeRawPointer(cells),
            validity: summary.nullCount == 0 ? nil : UnsafePointer(validity), summary: summary)
    }

    private func allocate(_ size: Int) -> UnsafeMutableRawPointer {
        let pointer = UnsafeMutableRawPointer.allocate(byteCount: max(size, 8), alignment: 64)
        memory.append(pointer)
        return pointer
    }

    /// The entries that the filter's mask names; also checks the bits past the last entry.
    func matches(_ filter: CompiledFilter) -> (indices: [Int], isClean: Bool) {
        var mask = [UInt64](repeating: 0xDEAD_BEEF, count: (count + 63) / 64 + 1)
        mask.withUnsafeMutableBufferPointer { filter.evaluate(views, count: count, into: $0) }
        let all = (0..<mask.count * 64).filter { index in
            let bit: UInt64 = mask[index / 64] >> UInt64(index % 64)
            return bit & 1 == 1
        }
        return (all.filter { $0 < count }, all.allSatisfy { $0 < count })
    }
}
