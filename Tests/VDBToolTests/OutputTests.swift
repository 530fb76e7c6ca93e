import Testing

@testable import vdbtool

@Suite struct OutputTests {
    private func shown(
        _ style: Progress.Style, total: Int?, _ reports: [(Int, Double)]
    ) -> String {
        let texts = Texts()
        let progress = Progress("importing", unit: "vectors", total: total, style: style, now: 0) {
            _ = texts.append($0, \.errors)
        }
        for (done, seconds) in reports { progress.report(done, now: seconds) }
        progress.finish()
        return texts.get(\.errors)
    }

    @Test("without a terminal, progress is a line every five seconds")
    func lines() {
        let text = shown(.lines, total: 1000, [(10, 1), (100, 5), (150, 7), (500, 10)])
        #expect(
            text == """
                vdbtool: importing: 100 of 1000 vectors, 10 %, 20/s, 0:45 left
                vdbtool: importing: 500 of 1000 vectors, 50 %, 50/s, 0:10 left

                """)
    }

    @Test("at a terminal it is one line, drawn at most ten times a second, and then gone")
    func bar() {
        let text = shown(.bar(width: 80), total: 100, [(10, 0.05), (50, 1), (51, 1.05)])
        #expect(
            text == "\rimporting [##########..........] 50 of 100 vectors, 50 %, 50/s, 0:01 left"
                + "\u{1B}[K\r\u{1B}[K")
    }

    @Test("a narrow terminal is not overrun")
    func narrow() {
        let text = shown(.bar(width: 20), total: 100, [(50, 1)])
        #expect(text.hasPrefix("\rimporting 50 of 100\u{1B}"))
    }

    @Test("nothing is shown when it shall be quiet")
    func quiet() {
        #expect(shown(.none, total: 10, [(1, 10), (2, 20)]) == "")
    }

    @Test("an unknown total leaves out what it would tell")
    func unknownTotal() {
        #expect(
            shown(.lines, total: nil, [(50, 5)])
                == "vdbtool: importing: 50 vectors, 10/s, 0:05\n")
    }

    @Test("columns are aligned")
    func table() {
        var table = TextTable(header: ["id", "name"], alignments: [.right, .left])
        table.add(["5", "a"])
        table.add(["500", ""])
        #expect(table.lines == [" id  name", "  5  a", "500"])
    }

    @Test(
        "numbers have as many digits as asked",
        arguments: [
            (1.005, 1, "1.0"), (0.05, 1, "0.1"), (-0.04, 1, "0.0"), (-12.5, 2, "-12.50"),
            (1e20, 2, "1e+20"), (3.7, 0, "4"),
        ])
    func numbers(value: Double, places: Int, text: String) {
        #expect(fixed(value, places) == text)
    }

    @Test("bytes and durations are said as people do")
    func units() {
        #expect(byteText(1023) == "1023 B")
        #expect(byteText(1536) == "1.5 KiB")
        #expect(byteText(3 << 30) == "3.0 GiB")
        #expect(duration(7.2) == "0:07")
        #expect(duration(3723) == "1:02:03")
    }

    @Test("output that cannot be written is an error")
    func unwritable() {
        let console = Console(writeOutput: { _ in 28 }, writeError: { _ in nil })
        let error = failure {
            try console.print("x")
            try console.flush()
        }
        #expect(error?.code == .readWriteError)
    }
}
