/// Round numbers along an axis.
enum Ticks {
    /// Multiples of 1, 2 or 5 times a power of ten from 0 on, about `count` of them, the last at or
    /// above `greatest`.
    static func linear(upTo greatest: Double, count: Int = 5) -> [Double] {
        guard greatest > 0, greatest.isFinite else { return [0, 1] }
        var step = 1.0
        while step * Double(count) > greatest { step /= 10 }
        while step * 10 * Double(count) <= greatest { step *= 10 }
        for factor in [1.0, 2, 5, 10] where step * factor * Double(count) >= greatest {
            step *= factor
            break
        }
        var ticks = [0.0]
        while let last = ticks.last, last < greatest * (1 - 1e-9) {
            ticks.append(Double(ticks.count) * step)
        }
        return ticks
    }

    /// 1, 2 and 5 times powers of ten, from at or below `least` to at or above `greatest`.
    static func logarithmic(from least: Double, to greatest: Double) -> [Double] {
        guard least > 0, greatest >= least, greatest.isFinite else { return [1, 10] }
        var power = 1.0
        while power > least { power /= 10 }
        while power * 10 <= least { power *= 10 }
        var all: [Double] = []
        while all.last ?? 0 < greatest {
            all += [power, power * 2, power * 5]
            power *= 10
        }
        let first = all.lastIndex { $0 <= least } ?? 0
        var last = all.firstIndex { $0 >= greatest } ?? all.count - 1
        if last == first { last = min(first + 1, all.count - 1) }
        return Array(all[first...last])
    }

    /// A tick's number, without digits that mean nothing.
    static func text(_ value: Double) -> String {
        for (size, name) in [(1e9, "G"), (1e6, "M"), (1e4, "k")] where value >= size {
            let unit = name == "k" ? 1e3 : size
            return short(value / unit) + name
        }
        return short(value)
    }

    private static func short(_ value: Double) -> String {
        for places in 0..<6 {
            let text = fixed(value, places)
            if let read = Double(text), abs(read - value) <= abs(value) * 1e-9 { return text }
        }
        return JSON.significant(value, digits: 3).description
    }
}
