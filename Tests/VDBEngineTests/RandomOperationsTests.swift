import Testing
import VDBPrimitives
import VectorDB

@Suite("Any sequence of operations")
struct RandomOperationsTests {
    @Test("does what a dictionary would", arguments: [11, 12, 13, 14, 15] as [UInt64])
    func sequence(seed: UInt64) throws {
        try withTemporaryDirectory { directory in
            var run = try RandomRun(seed: seed, path: directory + "/database")
            for step in 0..<90 {
                try run.step()
                try run.check(step)
            }
            try run.finish()
        }
    }
}

/// A database and the dictionary that it must equal.
private struct RandomRun {
    private let path: String
    private let metric: Metric
    private let element: ElementType
    private var random: RandomSource
    private var database: Database
    private var model: Model = [:]
    private var lastAction = ""
    /// Ids are drawn from few, so that operations meet.
    private static let idCount = 1200

    init(seed: UInt64, path: String) throws {
        random = RandomSource(seed: seed)
        element = seed == 15 ? .bit : ElementType.ofNumbers[Int(seed) % 4]
        metric = seed == 15 ? .hamming : Metric.ofNumbers[Int(seed) % 3]
        self.path = path
        database = try Database.create(
            at: path, schema: try .pictures(element: element, metric: metric),
            options: Self.options(seed))
    }

    private static func options(_ seed: UInt64) -> Options {
        var options = Options.manual
        options.bitsPerSubspace = seed.isMultiple(of: 2) ? 4 : 8
        return options
    }

    mutating func step() throws {
        switch random.next(below: 28) {
        case 20..<24: try mix()
        case 24..<27: try amend()
        case 27: try deleteMatching()
        case 0..<3: try insertOne()
        case 3..<8: try insertBatch()
        case 8..<10: try updateVector()
        case 10..<13: try updateAttributes()
        case 13..<16: try delete()
        case 16..<18:
            lastAction = "checkpoint"
            try database.checkpoint()
        case 18:
            lastAction = "maintain"
            try database.maintain(isFull: random.next(below: 3) == 0)
        default:
            lastAction = "reopen"
            try reopen()
        }
    }

    private mutating func nextID() -> UInt64 { UInt64(random.next(below: Self.idCount)) * 5 }

    private mutating func nextRecord() -> ModelRecord {
        var record = random.nextPicture(element: element)
        record.payload = random.nextPayload()
        return record
    }

    private mutating func insertOne() throws {
        let id = nextID()
        lastAction = "insert \(id)"
        let record = nextRecord()
        if model[id] == nil {
            try database.insert(Record(id, record, element))
            model[id] = record
        } else {
            let database = database
            let element = element
            #expect(code(of: { try database.insert(Record(id, record, element)) }) == .duplicateID)
        }
    }

    private mutating func insertBatch() throws {
        var records: Model = [:]
        for _ in 0...random.next(below: 120) {
            records[nextID()] = nextRecord()
        }
        let policy: DuplicatePolicy = random.nextBool() ? .replace : .skip
        lastAction = "insert \(records.count), \(policy)"
        let known = records.keys.filter { model[$0] != nil }.count
        let summary = try database.insert(
            records.map { Record($0.key, $0.value, element) }, onDuplicate: policy)
        #expect(summary.inserted == records.count - known)
        #expect(summary.replaced == (policy == .replace ? known : 0))
        #expect(summary.skipped == (policy == .skip ? known : 0))
        model.merge(records) { policy == .replace ? $1 : $0 }
    }

    private mutating func updateVector() throws {
        let id = nextID()
        let vector = random.nextVector(16, element)
        lastAction = "update the vector of \(id)"
        try update(id, vector: vector, attributes: [:])
    }

    private mutating func updateAttributes() throws {
        for _ in 0..<5 {
            let id = nextID()
            var changes = random.nextPicture().attributes
            for name in ["taken", "rank"] where random.nextBool() { changes[name] = .null }
            lastAction = "update the attributes of \(id)"
            let vector = random.nextBool() ? random.nextVector(16, element) : nil
            try update(id, vector: vector, attributes: changes)
        }
    }

    /// Attributes alone, of many records in one call; some are not there.
    private mutating func amend() throws {
        var changes: [Change] = []
        for _ in 0...random.next(below: 150) {
            let id = nextID()
            guard model[id] != nil else { continue }
            var attributes = random.nextPicture().attributes
            for name in ["place", "camera"] where random.nextBool() { attributes[name] = .null }
            if random.nextBool() { attributes = ["rank": .integer(Int64(id % 1000))] }
            changes.append(.update(id: id, attributes: attributes))
            for (name, value) in attributes {
                model[id]?.attributes[name] = value == .null ? nil : value
            }
        }
        lastAction = "amend \(changes.count)"
        #expect(try database.write(changes).updated == changes.count)
    }

    private mutating func deleteMatching() throws {
        let low = Int64(random.next(below: 950))
        let filter = Filter.attribute("rank").isBetween(.integer(low), and: .integer(low + 50))
        lastAction = "delete where \(filter)"
        let gone = model.filter {
            guard case .integer(let rank)? = $0.value.attributes["rank"] else { return false }
            return (low...low + 50).contains(rank)
        }
        #expect(try database.delete(where: filter) == gone.count)
        for id in gone.keys { model[id] = nil }
    }

    private mutating func update(
        _ id: UInt64, vector: [Float]?, attributes: [String: AttributeValue]
    ) throws {
        let database = database
        let stored = vector.map { Vector($0, as: element) }
        guard var record = model[id] else {
            #expect(
                code(of: { try database.update(id: id, vector: stored, attributes: attributes) })
                    == .notFound)
            return
        }
        try database.update(id: id, vector: stored, attributes: attributes)
        if let vector { record.vector = vector }
        for (name, value) in attributes {
            record.attributes[name] = value == .null ? nil : value
        }
        model[id] = record
    }

    private mutating func delete() throws {
        var ids: [UInt64] = []
        for _ in 0...random.next(below: 40) { ids.append(nextID()) }
        lastAction = "delete \(ids.count)"
        let known = Set(ids).filter { model[$0] != nil }
        #expect(try database.delete(ids) == known.count)
        for id in ids { model[id] = nil }
    }

    /// Changes of all kinds in one call, which meet on few ids; the call fails as a whole if one of
    /// them cannot be made.
    private mutating func mix() throws {
        let ids = (0..<6).map { _ in nextID() }
        var changes: [Change] = []
        var result = model
        var failure: VectorDBError.Code?
        for _ in 0...random.next(below: 25) {
            let id = ids[random.next(below: ids.count)]
            let record = nextRecord()
            switch random.next(below: 9) {
            case 0..<4:
                changes.append(.upsert(Record(id, record, element)))
                result[id] = record
            case 4..<6:
                changes.append(.delete(id: id))
                result[id] = nil
            case 6:
                // Now and then it is there already.
                guard result[id] == nil || random.next(below: 8) == 0 else { continue }
                changes.append(.insert(Record(id, record, element)))
                if result[id] != nil { failure = failure ?? .duplicateID }
                result[id] = record
            default:
                guard result[id] != nil || random.next(below: 8) == 0 else { continue }
                let isAlone = random.nextBool()
                changes.append(
                    .update(
                        id: id, attributes: ["rank": .integer(7)],
                        payload: isAlone
                            ? .keep : record.payload.map { .set($0) } ?? .remove))
                if result[id] == nil { failure = failure ?? .notFound }
                result[id]?.attributes["rank"] = .integer(7)
                if !isAlone { result[id]?.payload = record.payload }
            }
        }
        lastAction = "write \(changes.count) changes of \(ids)"
        let found = code { try database.write(changes) }
        #expect(found == failure, "\(lastAction)")
        if failure == nil { model = result }
    }

    private mutating func reopen() throws {
        try database.close()
        database = try Database.open(at: path, options: Self.options(random.next()))
    }

    /// Compares a sample of the records, searches of all kinds, and the count.
    mutating func check(_ step: Int) throws {
        let context = "after step \(step), \(lastAction)"
        #expect(try database.statistics().liveCount == model.count, "\(context)")
        for _ in 0..<10 {
            let id = nextID()
            #expect(
                try database.get(id) == model[id].map { Record(id, $0, element) }, "\(context)")
        }
        let query = random.nextVector(16, element)
        let vector = Vector(query, as: element)
        let filtered = FilterCase.random(&random)
        let exact = try database.search(Query(vector, count: 15, effort: .exact))
        expectNearest(exact, of: query, count: 15, metric: metric, in: model, context)
        let narrowed = try database.search(
            Query(vector, count: 15, filter: filtered.filter, effort: .exact))
        expectNearest(
            narrowed, of: query, count: 15, metric: metric, in: model,
            where: filtered.isMatching, "\(context), \(filtered.filter)")
        let quick = try database.search(Query(vector, count: 15, filter: filtered.filter))
        expectGenuine(
            quick, of: query, count: 15, metric: metric,
            among: model.filter { filtered.isMatching($0.value) },
            "\(context), \(filtered.filter)")
        let matching = model.filter { filtered.isMatching($0.value) }
        #expect(
            try database.count(where: filtered.filter) == matching.count,
            "\(context), \(filtered.filter)")
        var records = try database.records(where: filtered.filter)
        var walked: Set<UInt64> = []
        while let record = try records.next() {
            walked.insert(record.id)
            #expect(record == model[record.id].map { Record(record.id, $0, element) }, "\(context)")
        }
        #expect(walked == Set(matching.keys), "\(context), \(filtered.filter)")
        if step.isMultiple(of: 10) { #expect(try database.verify().isEmpty, "\(context)") }
    }

    mutating func finish() throws {
        try database.maintain()
        try reopen()
        for (id, record) in model {
            #expect(try database.get(id) == Record(id, record, element))
        }
        #expect(try database.verify().isEmpty)
        #expect(try database.statistics().generation > 0)
        try database.close()
    }
}
