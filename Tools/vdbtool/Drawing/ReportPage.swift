internal import VectorDB

/// A database on one page of HTML that needs nothing else.
struct ReportPage {
    let name: String
    let schema: Schema
    let statistics: Statistics
    let lists: [ListSummary]
    let segments: [LogContents.Segment]
    /// Nil where there was nothing to search.
    let curve: Curve?
    let count: Int
    let queryCount: Int
    /// When it was made, since 1970 UTC.
    let timeMicroseconds: Int64

    /// The same, to the second.
    private var time: String {
        AttributeValue.timestamp(timeMicroseconds / 1_000_000 * 1_000_000).text
    }

    var html: String {
        let escapedName = SVG.escaped(name)
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(escapedName)</title>
            <style>
            \(SVG.styleSheet)
            \(Self.pageSheet)
            </style></head><body>
            <h1>\(escapedName)</h1>
            <p class="soft">VectorDB, \(SVG.escaped(time))</p>
            \(([
                figures, curveSection, listSection, driftSection, historySection, storageSection,
                logSection,
            ])
                .joined(separator: "\n"))
            </body></html>
            """
    }

    private static let pageSheet = """
        body{background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif;\
        max-width:760px;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2.2rem 0 .4rem}
        p{margin:.3rem 0}.soft{color:var(--soft)}
        svg{width:100%;height:auto;display:block;margin:.6rem 0}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        td,th{padding:.25rem .6rem;border-bottom:1px solid var(--rule);text-align:left;\
        font-weight:400}
        th{color:var(--soft)}td.number,th.number{text-align:right}
        """

    private func section(_ title: String, _ explanation: String, _ body: String) -> String {
        "<section><h2>\(SVG.escaped(title))</h2>"
            + "<p class=\"soft\">\(SVG.escaped(explanation))</p>\n\(body)</section>"
    }

    private func table(_ header: [String], _ rows: [[String]]) -> String {
        func row(_ cells: [String], _ tag: String) -> String {
            "<tr>"
                + cells.enumerated().map { index, cell in
                    let style = index > 0 && header.count > 0 ? " class=\"number\"" : ""
                    return "<\(tag)\(style)>\(SVG.escaped(cell))</\(tag)>"
                }.joined() + "</tr>"
        }
        return "<table>" + (header.isEmpty ? "" : row(header, "th"))
            + rows.map { row($0, "td") }.joined() + "</table>"
    }

    private var figures: String {
        var rows = [
            ["vectors", "\(schema.dimension) × \(schema.element.name), \(schema.metric.name)"],
            [
                "attributes",
                schema.attributes.isEmpty
                    ? "none"
                    : schema.attributes.map { "\($0.name): \($0.type.name)" }
                        .joined(separator: ", "),
            ],
            ["format version", String(statistics.formatVersion)],
        ]
        rows += InfoCommand.figures(statistics).map { [$0.name, $0.value] }
        return section("Figures", "What vdbtool info says.", table([], rows))
    }

    private var curveSection: String {
        let title = "Recall and time"
        guard let curve, !curve.points.isEmpty else {
            return section(title, "There are no records to search.", "")
        }
        let rows = curve.points.map { point in
            let measured = point.measured
            return [
                point.name, fixed(measured.recall, 4), fixed(measured.latency(0.5), 0),
                fixed(measured.latency(0.95), 0), fixed(measured.mean(measured.probes), 1),
                fixed(measured.mean(measured.reranked), 1),
            ]
        }
        return section(
            title,
            "\(queryCount) records as queries, each left out of its own answer, one search at a "
                + "time on this machine. Recall: the share of the true \(count) nearest that "
                + "was found. Further right and further down is better.",
            CurveChart(curve, count: count).element
                + table(["asked", "recall", "p50 µs", "p95 µs", "lists", "compared"], rows))
    }

    private var listSection: String {
        guard !lists.isEmpty else {
            return section("Lists", "There are none: search is exact.", "")
        }
        let sizes = lists.map(\.entryCount)
        let sorted = sizes.sorted()
        func quantile(_ share: Double) -> String {
            String(sorted[Int(Double(sorted.count - 1) * share)])
        }
        return section(
            "Lists",
            "How many of the \(lists.count) lists have how many entries. Least \(quantile(0)), "
                + "quarter \(quantile(0.25)), half \(quantile(0.5)), three quarters "
                + "\(quantile(0.75)), greatest \(quantile(1)).",
            Histogram(sizes, title: "Entries of lists", unit: "entries").element)
    }

    private var driftSection: String {
        guard !lists.isEmpty else {
            return section("Drift", "There is no index that the data could drift from.", "")
        }
        let live = Double(lists.reduce(0) { $0 + $1.liveCount })
        func mean(_ error: (ListSummary) -> Double?) -> Double {
            lists.reduce(0) { $0 + (error($1) ?? 0) * Double($1.liveCount) } / max(live, 1)
        }
        func bar(_ name: String, _ value: Double, isOther: Bool = false) -> NamedBars.Bar {
            NamedBars.Bar(
                name: name, value: value,
                text: JSON.significant(value, digits: 4).description, isOther: isOther)
        }
        let centroid = [
            bar("in training", statistics.centroidError, isOther: true),
            bar("now", mean(\.centroidError)),
        ]
        let code = [
            bar("in training", statistics.quantizationError, isOther: true),
            bar("now", mean(\.quantizationError)),
        ]
        return section(
            "Drift",
            "Mean squared distance of the live vectors to their centroid, then to what centroid "
                + "and code stand for. Where now is well above training, the data is no longer "
                + "what the index was trained on. Rows now for each row in training: "
                + "\(fixed(statistics.drift.growthSinceTraining, 2)).",
            "<p>to the centroid</p>" + NamedBars(centroid, title: "Centroid error").element
                + "<p>to centroid and code</p>" + NamedBars(code, title: "Code error").element)
    }

    private var historySection: String {
        let title = "Drift over time"
        guard !lists.isEmpty, !statistics.drift.history.isEmpty else {
            return section(title, "Nothing has been noted yet.", "")
        }
        let points = statistics.drift.history + [present]
        return section(
            title,
            "\(points.count) points, noted when something had changed, older ones thinned out; the "
                + "last is now. Errors are those of the newest records, as multiples of those in "
                + "training; upright lines: new models came into force.",
            DriftChart(points).element)
    }

    /// How the index fits its content now.
    private var present: Statistics.DriftPoint {
        var point = Statistics.DriftPoint()
        point.timeMicroseconds = max(
            timeMicroseconds, statistics.drift.history.last?.timeMicroseconds ?? 0)
        point.generation = statistics.generation
        point.liveCount = statistics.liveCount
        point.listCount = statistics.lists.count
        point.listSizeSpread = statistics.drift.listSizeSpread
        point.centroidShift = statistics.drift.centroidShift
        point.quantizationShift = statistics.drift.quantizationShift
        point.deadShare = statistics.drift.deadShare
        return point
    }

    private var storageSection: String {
        let tables = statistics.tables.sorted { $0.size > $1.size }
        let bars = tables.map {
            NamedBars.Bar(name: $0.name, value: Double($0.size), text: byteText($0.size))
        }
        let log = NamedBars.Bar(
            name: "log", value: Double(statistics.logSize), text: byteText(statistics.logSize),
            isOther: true)
        return section(
            "Storage",
            "Pages of each table, and the log. \(fixed(statistics.bytesPerVector, 1)) bytes for "
                + "each live record.",
            NamedBars(bars + [log], title: "Bytes by table").element)
    }

    private var logSection: String {
        let rows = segments.map { segment in
            [
                segment.name, String(segment.recordCount), byteText(segment.size),
                segment.tornSize == 0 ? "" : "\(segment.tornSize) B torn",
            ]
        }
        return section(
            "Log and readers",
            "\(statistics.inLogCount) rows are in the log and not yet in the tables. "
                + "\(statistics.readerCount) slots of the reader table are in use, this page's "
                + "among them: a reader that stays keeps old pages from being used again.",
            table(["segment", "records", "size", ""], rows))
    }
}
