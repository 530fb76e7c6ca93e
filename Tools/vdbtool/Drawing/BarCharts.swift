/// How many there are of which size, as upright bars.
struct Histogram {
    let element: String

    /// - Parameters:
    ///   - values: what is counted, by size.
    ///   - unit: what a size counts: `entries`.
    init(_ values: [Int], title: String, unit: String, binCount: Int = 24) {
        let (width, height, left, bottom, top) = (680.0, 240.0, 56.0, 44.0, 24.0)
        var svg = SVG(width: width, height: height, title: title)
        let ticks = Ticks.linear(upTo: Double(values.max() ?? 0), count: 6)
        let greatest = ticks[ticks.count - 1]
        var bins = [Int](repeating: 0, count: binCount)
        for value in values {
            bins[min(Int(Double(value) / greatest * Double(binCount)), binCount - 1)] += 1
        }
        let counts = Ticks.linear(upTo: Double(bins.max() ?? 0), count: 4)
        let (plotWidth, plotHeight) = (width - left - 16, height - bottom - top)
        for tick in counts {
            let y = height - bottom - tick / counts[counts.count - 1] * plotHeight
            svg.line(left, y, width - 16, y)
            svg.text(left - 8, y + 4, Ticks.text(tick), .end)
        }
        for (index, count) in bins.enumerated() where count > 0 {
            let size = Double(count) / counts[counts.count - 1] * plotHeight
            let step = plotWidth / Double(binCount)
            let from = Double(index) * greatest / Double(binCount)
            let to = from + greatest / Double(binCount)
            svg.rectangle(
                left + Double(index) * step + 1, height - bottom - size, step - 2, size,
                tip: "\(count) of \(fixed(from, 0)) to \(fixed(to, 0)) \(unit)")
        }
        for tick in ticks {
            svg.text(
                left + tick / greatest * plotWidth, height - bottom + 18, Ticks.text(tick), .middle)
        }
        svg.line(left, height - bottom, width - 16, height - bottom, "axis")
        svg.text(width - 16, height - 8, unit, .end)
        element = svg.element
    }
}

/// Named sizes as lying bars, with their numbers.
struct NamedBars {
    struct Bar {
        let name: String
        let value: Double
        /// As it is shown.
        let text: String
        var isOther = false
    }

    let element: String

    init(_ bars: [Bar], title: String) {
        let (width, left, right, step) = (680.0, 150.0, 110.0, 26.0)
        var svg = SVG(width: width, height: Double(max(bars.count, 1)) * step + 8, title: title)
        let greatest = max(bars.map(\.value).max() ?? 0, 1e-300)
        for (index, bar) in bars.enumerated() {
            let y = Double(index) * step + 4
            let length = max(bar.value / greatest * (width - left - right), 1)
            svg.text(left - 10, y + 15, bar.name, .end, "strong")
            svg.rectangle(
                left, y, length, step - 8, bar.isOther ? "other" : "bar",
                tip: "\(bar.name): \(bar.text)")
            svg.text(left + length + 8, y + 15, bar.text)
        }
        element = svg.element
    }
}
