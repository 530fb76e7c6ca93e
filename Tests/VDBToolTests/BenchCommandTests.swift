import Foundation
import Testing
import VectorDB

@testable import vdbtool

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// `bench` and `report`: what is measured, and what is drawn of it.
@Suite struct BenchCommandTests {
    private let folder: Folder
    private let path: String

    init() throws {
        folder = try Folder()
        path = folder.path + "/test.vdb"
        try IndexedDatabase.make(at: path)
    }

    @Test("the curve has a point for each recall, and more asked for is more found")
    func curve() throws {
        let answer = tool("bench", path, "--sample=40", "--recalls=0.5,0.9,1", "--exact", "--json")
        #expect(answer.code == .done, "\(answer.errors)")
        guard case .array(let points) = try answer.json[0]["points"] else {
            Issue.record("no points")
            return
        }
        #expect(points.map { $0["asked"]?.text } == ["0.5", "0.9", "1.0", "null"])
        let recalls = points.compactMap { Double($0["recall"]?.text ?? "") }
        #expect(recalls == recalls.sorted())
        #expect(recalls.last == 1)
        #expect(points.allSatisfy { $0["latencyMicroseconds"]?["p50"] != nil })
        // A record is no match of itself: the exact answers would else be found for nothing.
        #expect(points[0]["reranked"] != nil)
    }

    @Test("the curve as text, as CSV and as a drawing has the same points")
    func forms() throws {
        let words = ["bench", path, "--sample=10", "--recalls=0.8,0.95"]
        let text = tool(words).output.split(separator: "\n")
        #expect(text.count == 3 && text[0].contains("p95 µs") && text[1].contains("#"))
        let csv = tool(words + ["--csv"]).output.split(separator: "\n")
        #expect(csv.count == 3)
        #expect(csv[0].hasPrefix("asked,recall,p50_us"))
        #expect(csv[2].split(separator: ",").count == csv[0].split(separator: ",").count)
        let svg = tool(words + ["--svg"]).output
        #expect(XMLParser(data: Data(svg.utf8)).parse())
        #expect(svg.components(separatedBy: "<circle").count == 3)
    }

    @Test("queries and their truth may come from files")
    func files() throws {
        let queries = try folder.write(
            fvecs([[Float](repeating: 0, count: 8), [Float](repeating: 17, count: 8)]), "q.fvecs")
        let answer = tool("bench", path, "--queries=\(queries)", "--recalls=1", "--count=3")
        #expect(answer.code == .done, "\(answer.errors)")
        #expect(tool("bench", path, "--truth=x").code == .usage)
        #expect(tool("bench", path, "--recalls=0.5,2").code == .usage)
        #expect(tool("bench", path, "--csv", "--svg").code == .usage)
        #expect(tool("bench", path, "--csv", "--json").code == .usage)
    }

    @Test("a report is one well-formed page that loads nothing")
    func report() throws {
        let file = folder.path + "/report.html"
        let answer = tool("report", path, file, "--sample=20")
        #expect(answer.code == .done, "\(answer.errors)")
        let page = try String(contentsOf: URL(filePath: file), encoding: .utf8)
        for name in [
            "Recall and time", "Lists", "Drift", "Drift over time", "Storage", "Log and readers",
        ] {
            #expect(page.contains("<h2>\(name)</h2>"))
        }
        #expect(!page.contains("http") && !page.contains("<script") && !page.contains("url("))
        #expect(page.contains("prefers-color-scheme:dark"))
        for element in page.components(separatedBy: "<svg").dropFirst() {
            let end = try #require(element.range(of: "</svg>"))
            let drawing = "<svg" + element[..<end.upperBound]
            #expect(XMLParser(data: Data(drawing.utf8)).parse())
        }
        #expect(page.components(separatedBy: "<svg").count == 7)
    }

    @Test("a database without records, or without an index, has a report too")
    func small() throws {
        let flat = folder.path + "/a<b>.vdb"
        #expect(tool("create", flat, "--dimension=2").code == .done)
        let answer = tool("report", flat, "-")
        #expect(answer.code == .done, "\(answer.errors)")
        #expect(answer.errors.isEmpty)
        #expect(tool("bench", flat).code == .usage)
    }

    @Test(
        "ticks of time are round and few, whatever is spanned",
        arguments: [0, 1, 59, 3600, 86_400, 40 * 86_400, 3 * 365 * 86_400] as [Int64],
        [-1_000_003, 0, 1_795_824_061] as [Int64])
    func timeTicks(span: Int64, start: Int64) {
        let (first, last) = (start * 1_000_000 + 17, (start + span) * 1_000_000)
        let axis = TimeAxis(from: first, to: last, left: 10, right: 110)
        #expect((1...6).contains(axis.ticks.count))
        #expect(Set(axis.ticks.map(\.text)).count == axis.ticks.count, "\(axis.ticks)")
        if last > first {
            #expect(axis.x(first) == 10 && axis.x(last) == 110)
            #expect(axis.ticks.allSatisfy { (10...110).contains(axis.x($0.timeMicroseconds)) })
        } else {
            #expect(axis.x(first) == 60)
        }
    }

    @Test(
        "ticks are round, and reach over what is drawn",
        arguments: [0.0, 0.003, 1, 7, 10, 99, 100, 2486, 1e6, 3.3e9])
    func ticks(greatest: Double) {
        let ticks = Ticks.linear(upTo: greatest)
        #expect(ticks.first == 0)
        #expect(ticks.last.map { $0 >= greatest * (1 - 1e-9) } == true)
        #expect((2...11).contains(ticks.count), "\(ticks)")
        if greatest > 0 {
            let times = Ticks.logarithmic(from: greatest, to: greatest * 30)
            #expect(times[0] <= greatest && (times.last ?? 0) >= greatest * 30)
            #expect((2...10).contains(times.count), "\(times)")
        }
    }
}
