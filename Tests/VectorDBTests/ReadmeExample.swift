import VectorDB

func example(directory: String) throws -> [Match] {
    let taken = Attribute(name: "taken", type: .timestamp)
    let place = Attribute(name: "place", type: .location)
    let camera = Attribute(name: "camera", type: .keyword)
    let schema = try Schema(dimension: 4, metric: .cosine, attributes: [taken, place, camera])
    let database = try Database.create(at: directory, schema: schema)
    try database.insert([
        Record(id: 1, vector: [0.1, 0.2, 0.3, 0.4], attributes: ["camera": "X100"]),
        Record(id: 2, vector: [0.4, 0.3, 0.2, 0.1], attributes: ["camera": "Q3"]),
    ])
    let filter = try Filter(parsing: "camera = 'Q3' and taken is null", schema: schema)
    return try database.search(Query([0.1, 0.2, 0.3, 0.4], count: 10, filter: filter))
}
