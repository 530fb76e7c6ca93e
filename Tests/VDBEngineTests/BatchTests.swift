import Testing
import VDBPrimitives
import VectorDB

@Suite("A batch of queries has the answers of its queries")
struct BatchTests {
    @Test(
        "the same matches as one by one, in the order of the queries, on any number of threads",
        arguments: [Metric.euclidean, .cosine, .innerProduct])
    func sameAnswers(metric: Metric) throws {
        try withMixedDatabase(metric: metric) { database, _, random in
            let efforts: [Query.Effort] = [
                .exact, .recall(0.95), .manual(probeCount: 2, rerankCount: 20),
            ]
            var queries: [Query] = []
            for index in 0..<40 {
                var query = Query(
                    Vector(random.nextVector(16)), count: 1 + random.next(below: 20),
                    effort: efforts[index % 3], includesAttributes: index % 4 == 0)
                if index % 5 == 0 { query.filter = FilterCase.random(&random).filter }
                if index % 7 == 0 { query.within = metric == .cosine ? 0.5 : 10 }
                queries.append(query)
            }
            let alone = try queries.map { try database.search($0) }
            for threads in [1, 2, 7, nil] as [Int?] {
                var statistics: [SearchStatistics] = []
                let together = try database.search(
                    queries, threads: threads, statistics: &statistics)
                #expect(together == alone)
                #expect(statistics.count == queries.count)
            }
        }
    }

    @Test("exact queries that read the rows together find the same", arguments: [2, 16, 40])
    func exact(count: Int) throws {
        try withMixedDatabase(metric: .euclidean, isTrained: false) { database, model, random in
            let vectors = (0..<count).map { _ in random.nextVector(16) }
            var statistics: [SearchStatistics] = []
            let answers = try database.search(
                vectors.map { Query(Vector($0), count: 15, effort: .exact) },
                statistics: &statistics)
            for (vector, matches) in zip(vectors, answers) {
                expectNearest(matches, of: vector, count: 15, metric: .euclidean, in: model)
            }
            #expect(statistics.allSatisfy { $0.reranked >= model.count })
        }
    }

    @Test("no queries have no answers, and the first bad query names the error")
    func badQueries() throws {
        try withMixedDatabase(metric: .euclidean, isTrained: false) { database, _, random in
            let none = try database.search([] as [Query])
            #expect(none.isEmpty)
            let good = Query(Vector(random.nextVector(16)))
            let wrong = Query([1, 2, 3])
            let misspelt = Query(
                Vector(random.nextVector(16)), filter: Filter.attribute("nothing") == 3)
            let cases: [([Query], VectorDBError.Code, Int)] = [
                ([good, good, wrong, good, wrong], .invalidArgument, 2),
                ([good, misspelt, misspelt], .invalidFilter, 1),
            ]
            for (queries, code, index) in cases {
                do throws(VectorDBError) {
                    _ = try database.search(queries, threads: 2)
                    Issue.record("a bad query was answered")
                } catch {
                    #expect(error.code == code)
                    #expect(error.message.hasPrefix("cannot search for query \(index): "))
                }
            }
            #expect(code { _ = try database.search([good], threads: 0) } == .invalidArgument)
        }
    }
}
