internal import VDBMedia
internal import VDBPrimitives
internal import VectorDB

/// A course of events on a database: every effect on its files, and what it held.
struct Recording {
    let trace: [Effect]
    /// What the database holds after so many calls.
    let contents: [Content]

    /// Goes through the script at `root`, which is empty, and records it.
    static func make(
        at root: String, seed: UInt64, durability: Durability
    ) throws -> Recording {
        let path = root + "/database"
        let options = Inspection.options(durability)
        var contents: [Content] = [[:]]
        Faults.begin(at: root, isRecording: true)
        defer { Faults.end() }

        var database = try Database.create(at: path, schema: Call.schema(), options: options)
        Faults.mark(.created)
        for step in Script.steps {
            let count = contents.count - 1
            switch step {
            case .call:
                let call = Call(seed: seed, number: count, ids: Script.ids)
                contents.append(call.applied(to: contents[count]))
                Faults.mark(.begun(count + 1))
                try call.run(on: database)
                Faults.mark(.acknowledged(count + 1))
            case .checkpoint:
                try database.checkpoint()
                Faults.mark(.durable(count))
            case .maintain:
                try database.maintain(isFull: true)
                Faults.mark(.durable(count))
            case .tend:
                try database.maintain()
                Faults.mark(.durable(count))
            case .compact:
                try database.compact()
                Faults.mark(.durable(count))
            case .reopen(let listCount):
                try database.close()
                Faults.mark(.durable(count))
                database = try Database.open(
                    at: path, options: Inspection.options(durability, listCount: listCount))
            }
        }
        try database.close()
        Faults.mark(.durable(contents.count - 1))
        Faults.end()
        let recording = Recording(trace: Faults.trace(), contents: contents)
        try recording.check(against: root)
        return recording
    }

    /// What may be found after a loss of power.
    func possible(at progress: Progress, _ durability: Durability) -> [Content] {
        let least = durability == .everyCommit ? progress.acknowledged : progress.durable
        return Array(contents[least...progress.begun])
    }

    /// The trace must explain everything that is there: otherwise calls have gone past the shim.
    private func check(against root: String) throws {
        var medium = Medium()
        for effect in trace { medium.apply(effect) }
        let found = try FileTree(reading: root, passingOver: ["lock.mdb"])
        if let difference = medium.tree.difference(from: found) {
            throw HarnessFailure("the trace does not explain what is there: \(difference)")
        }
    }
}
