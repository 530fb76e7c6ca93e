internal import VDBEngine
internal import VDBPrimitives
internal import VDBQuantizers
internal import VectorDB

/// `coarse`: what the second level of the coarse quantizer saves, and what it misses.
enum CoarseCommand {
    private static let lists = Option(
        "lists", "N", help: "centroids to train (default 16384, from which there are two levels)")
    private static let limit = Option(
        "limit", "N", help: "vectors to train on and assign (default all)")

    static let command = Command(
        name: "coarse",
        summary: "training, assigning and finding of lists, in one level and in two",
        positionals: ["VECTORS", "QUERIES"], requiredCount: 2,
        options: [lists, limit, .seed],
        notes: """
            Trains as many centroids by plain and by hierarchical k-means, on all cores; assigns
            the vectors to those of the latter by comparing with all and by groups; and puts the 64
            nearest lists of each query in order, on one thread. `quality` is the mean squared
            distance of the vectors to their centroid as a part of that in one level, the share of
            vectors that got their nearest centroid, and the share of the 64 nearest lists found.
            """,
        run: run)

    private struct Step {
        let name: String
        var flatSeconds = 0.0
        var groupedSeconds = 0.0
        var quality = 0.0
    }

    private static func run(_ arguments: Arguments) throws(BenchFailure) -> Report {
        let limit = try arguments.integer(limit, or: .max)
        let listCount = try arguments.integer(lists, or: CentroidGroups.leastCentroidCount)
        let seed = UInt64(try arguments.integer(.seed, from: 0, or: 1))
        let points = matrix(try VectorFile.read(arguments.positionals[0], limit: limit))
        let queries = matrix(try VectorFile.read(arguments.positionals[1], limit: 2000))
        guard points.rowCount >= listCount else {
            throw .badInput("cannot train \(listCount) lists on \(points.rowCount) vectors")
        }
        let threads = Platform.processorCount
        let (training, centroids) = train(points, listCount, seed, threads)
        let steps = [
            training, assign(points, centroids, threads), search(queries, centroids),
        ]
        return report(steps)
    }

    private static func train(
        _ points: Matrix, _ listCount: Int, _ seed: UInt64, _ threads: Int
    ) -> (Step, Centroids) {
        var step = Step(name: "training")
        var error = 0.0
        step.flatSeconds = processorSeconds {
            error =
                KMeans(
                    centroidCount: listCount, iterationLimit: 12, seed: seed, threads: threads
                ).train(points).assignment.error
        }
        var centroids = Centroids(points)
        step.groupedSeconds = processorSeconds {
            centroids = HierarchicalKMeans(
                centroidCount: listCount, seed: seed, threads: threads
            ).centroids(points)
        }
        step.quality = centroids.nearest(points, threads: threads).error / error
        return (step, centroids)
    }

    private static func assign(
        _ points: Matrix, _ centroids: Centroids, _ threads: Int
    ) -> Step {
        var step = Step(name: "assigning")
        let groups = CentroidGroups(centroids, threads: threads)
        var flat: [UInt32] = []
        var grouped: [UInt32] = []
        step.flatSeconds = processorSeconds {
            flat = centroids.nearest(points, threads: threads).indices
        }
        step.groupedSeconds = processorSeconds {
            grouped = groups.nearest(points, threads: threads).indices
        }
        let same = zip(flat, grouped).count { $0 == $1 }
        step.quality = Double(same) / Double(max(flat.count, 1))
        return step
    }

    private static func search(_ queries: Matrix, _ centroids: Centroids) -> Step {
        var step = Step(name: "64 lists")
        let grouped = CoarseQuantizer(centroids, metric: .euclidean)
        let flat = CoarseQuantizer(centroids, metric: .euclidean, groupsFrom: .max)
        let probe = CoarseProbe()
        var found = 0
        var expected: [[Int]] = []
        step.flatSeconds = processorSeconds {
            for query in 0..<queries.rowCount {
                expected.append(probe.nearest(64, to: queries.row(query), flat))
            }
        }
        var lists: [[Int]] = []
        step.groupedSeconds = processorSeconds {
            for query in 0..<queries.rowCount {
                lists.append(probe.nearest(64, to: queries.row(query), grouped))
            }
        }
        for (some, all) in zip(lists, expected) { found += Set(all).intersection(some).count }
        step.quality = Double(found) / Double(64 * max(queries.rowCount, 1))
        return step
    }

    private static func matrix(_ table: VectorTable) -> Matrix {
        var values: [Float] = []
        for row in 0..<table.count { values += table.vector(row).floats }
        return Matrix(columnCount: values.count / max(table.count, 1), values: values)
    }

    private static func processorSeconds(_ work: () -> Void) -> Double {
        let before = ProcessUsage.processorSeconds
        work()
        return ProcessUsage.processorSeconds - before
    }

    private static func report(_ steps: [Step]) -> Report {
        var table = TextTable(header: ["", "one level cpu s", "two levels cpu s", "quality"])
        for step in steps {
            table.add([
                step.name, shown(step.flatSeconds), shown(step.groupedSeconds),
                shown(step.quality),
            ])
        }
        return Report(
            lines: table.lines,
            json: .array(
                steps.map { step in
                    .members([
                        "step": .string(step.name),
                        "oneLevelCpuSeconds": .measured(step.flatSeconds),
                        "twoLevelsCpuSeconds": .measured(step.groupedSeconds),
                        "quality": .double(step.quality),
                    ])
                }))
    }
}
