/// Microseconds since 1970-01-01 UTC to and from ISO 8601, in the proleptic Gregorian calendar.
package enum Timestamp {
    private static let microsecondsPerSecond: Int64 = 1_000_000
    private static let secondsPerDay: Int64 = 86_400

    /// Why a text is not a timestamp.
    package enum Failure: Error, Hashable {
        /// Not of the form, or no such day or time of day.
        case malformed
        /// Beyond what 64 bits of microseconds reach (years −290308 to 294247).
        case outOfRange
    }

    /// Reads a date, `2024-05-01`, or a date and time, `2024-05-01T12:30:15.25+02:00`.
    ///
    /// Seconds, their fraction and the offset may be missing; without an offset the time is UTC.
    /// The offset is `Z`, `±hh:mm`, `±hhmm` or `±hh`; a space may stand for the `T`. Digits after
    /// the microseconds are dropped. Years outside 0000–9999 have a sign and six digits. Second
    /// 60 and hour 24 are refused.
    package static func parse(_ text: some StringProtocol) throws(Failure) -> Int64 {
        var scanner = Scanner(text)
        let day = try scanner.date()
        let time = scanner.isAtEnd ? (0, 0) : try scanner.timeOfDay()
        guard scanner.isAtEnd else { throw .malformed }

        // The last representable microsecond's own second starts within range, the first one's
        // does not: so days and seconds are summed in 128 bits.
        let seconds = Int128(day) * Int128(secondsPerDay) + Int128(time.0)
        let microseconds = seconds * Int128(microsecondsPerSecond) + Int128(time.1)
        guard let result = Int64(exactly: microseconds) else { throw .outOfRange }
        return result
    }

    /// The canonical text: `2024-05-01T12:30:15.25Z`, the fraction only as long as it must be.
    package static func text(_ microseconds: Int64) -> String {
        let (second, fraction) = floorDivide(microseconds, by: microsecondsPerSecond)
        let (day, secondOfDay) = floorDivide(second, by: secondsPerDay)
        let (year, month, dayOfMonth) = civil(fromDays: day)
        var text =
            (0...9999).contains(year)
            ? padded(year, 4) : (year < 0 ? "-" : "+") + padded(abs(year), 6)
        text += "-\(padded(month, 2))-\(padded(dayOfMonth, 2))T"
        text += "\(padded(secondOfDay / 3600, 2)):\(padded(secondOfDay / 60 % 60, 2))"
        text += ":\(padded(secondOfDay % 60, 2))"
        if fraction != 0 {
            var digits = padded(fraction, 6)
            while digits.last == "0" { digits.removeLast() }
            text += ".\(digits)"
        }
        return text + "Z"
    }

    /// Days since 1970-01-01 of a day of the proleptic Gregorian calendar.
    ///
    /// Counted from 0000-03-01, so that the leap day is the last of its year: five months from
    /// March have 153 days, four years 1,461 and four centuries 146,097.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let monthFromMarch = (month + 9) % 12
        let (era, yearOfEra) = floorDivide(marchYear, by: 400)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The inverse of `days(year:month:day:)`.
    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = floorDivide(days + 719_468, by: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func floorDivide(
        _ value: Int64, by divisor: Int64
    ) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func dayCount(year: Int64, month: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Takes the text apart, byte by byte.
    private struct Scanner {
        private let bytes: [UInt8]
        private var offset = 0

        init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

        var isAtEnd: Bool { offset == bytes.count }

        /// Days since 1970-01-01.
        mutating func date() throws(Failure) -> Int64 {
            var year: Int64
            if take("-") {
                year = -(try number(digits: 6))
                guard year != 0 else { throw .malformed }
            } else if take("+") {
                year = try number(digits: 6)
            } else {
                year = try number(digits: 4)
            }
            guard take("-") else { throw .malformed }
            let month = try number(digits: 2, in: 1...12)
            guard take("-") else { throw .malformed }
            let day = try number(digits: 2, in: 1...dayCount(year: year, month: month))
            return days(year: year, month: month, day: day)
        }

        /// Seconds of the day, less the offset from UTC, and microseconds.
        mutating func timeOfDay() throws(Failure) -> (Int64, Int64) {
            guard take("T") || take("t") || take(" ") else { throw .malformed }
            var seconds = try number(digits: 2, in: 0...23) * 3600
            guard take(":") else { throw .malformed }
            seconds += try number(digits: 2, in: 0...59) * 60
            var microseconds: Int64 = 0
            if take(":") {
                seconds += try number(digits: 2, in: 0...59)
                if take(".") { microseconds = try fraction() }
            }
            return (seconds - (try utcOffset()), microseconds)
        }

        private mutating func fraction() throws(Failure) -> Int64 {
            var microseconds: Int64 = 0
            var digitCount = 0
            while let digit = takeDigit() {
                if digitCount < 6 { microseconds = microseconds * 10 + digit }
                digitCount += 1
            }
            guard digitCount > 0 else { throw .malformed }
            for _ in min(digitCount, 6)..<6 { microseconds *= 10 }
            return microseconds
        }

        private mutating func utcOffset() throws(Failure) -> Int64 {
            if isAtEnd || take("Z") || take("z") { return 0 }
            let isNegative = take("-")
            guard isNegative || take("+") else { throw .malformed }
            var seconds = try number(digits: 2, in: 0...23) * 3600
            if take(":") || !isAtEnd { seconds += try number(digits: 2, in: 0...59) * 60 }
            return isNegative ? -seconds : seconds
        }

        private mutating func number(
            digits: Int, in range: ClosedRange<Int64> = 0...999_999
        ) throws(Failure) -> Int64 {
            var value: Int64 = 0
            for _ in 0..<digits {
                guard let digit = takeDigit() else { throw .malformed }
                value = value * 10 + digit
            }
            guard range.contains(value) else { throw .malformed }
            return value
        }

        private mutating func takeDigit() -> Int64? {
            guard offset < bytes.count, isDigit(bytes[offset]) else { return nil }
            defer { offset += 1 }
            return Int64(bytes[offset] - UInt8(ascii: "0"))
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else {
                return false
            }
            offset += 1
            return true
        }
    }
}
