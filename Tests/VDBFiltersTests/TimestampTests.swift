import Testing
import VDBPrimitives

@testable import VDBFilters

@Suite("A timestamp")
struct TimestampTests {
    @Test(
        "is read from ISO 8601",
        arguments: [
            ("1970-01-01", 0), ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.999999Z", -1),
            ("2024-02-29T12:30", 1_709_209_800_000_000),
            ("2024-02-29T12:30:15.25+02:00", 1_709_202_615_250_000),
            ("2024-02-29 12:30:15-0530", 1_709_229_615_000_000),
            ("2024-02-29t12:30:15z", 1_709_209_815_000_000), ("1970-01-01T01:00+01", 0),
            ("2000-02-29", 951_782_400_000_000), ("0000-01-01", -62_167_219_200_000_000),
            ("1970-01-01T00:00:00.123456789Z", 123_456), ("+001970-01-01", 0),
            ("-290308-12-21T19:59:05.224192Z", Int64.min),
            ("+294247-01-10T04:00:54.775807Z", Int64.max),
        ])
    func reads(text: String, expected: Int64) throws {
        #expect(try Timestamp.parse(text) == expected)
    }

    @Test(
        "is refused if no calendar or clock shows it",
        arguments: [
            "", "2024", "2024-05", "2024-13-01", "2024-00-01", "2023-02-29", "1900-02-29",
            "2024-04-31", "2024-5-1", "2024-05-01T", "2024-05-01T24:00", "2024-05-01T12:60",
            "2024-05-01T12:00:60", "2024-05-01T12", "2024-05-01T12:00:00.", "2024-05-01Z",
            "2024-05-01T12:00:00+24:00", "2024-05-01T12:00:00+1:00", "2024-05-01T12:00:00Zx",
            "-000000-01-01", "24-05-01", "+02024-05-01", "2024-05-01T12:00:00+02:", "２０２４-01-01",
        ])
    func refuses(text: String) {
        #expect(throws: Timestamp.Failure.malformed) { try Timestamp.parse(text) }
    }

    @Test(
        "is refused beyond 64 bits",
        arguments: [
            "-290308-12-21T19:59:05.224191Z", "+294247-01-10T04:00:54.775808Z", "+999999-12-31",
        ])
    func refusesFarYears(text: String) {
        #expect(throws: Timestamp.Failure.outOfRange) { try Timestamp.parse(text) }
    }

    @Test(
        "is written in its shortest form",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999Z"),
            (1_709_202_615_250_000, "2024-02-29T10:30:15.25Z"),
            (253_402_300_800_000_000, "+010000-01-01T00:00:00Z"),
            (-62_167_219_200_000_001, "-000001-12-31T23:59:59.999999Z"),
            (Int64.min, "-290308-12-21T19:59:05.224192Z"),
            (Int64.max, "+294247-01-10T04:00:54.775807Z"),
        ])
    func writes(value: Int64, expected: String) {
        #expect(Timestamp.text(value) == expected)
    }

    @Test("is right at the ends of years and of Februaries", arguments: ["", "-00"])
    func calendar(prefix: String) throws {
        for year in 1000...2600 {
            for day in ["01-01", "02-28", "03-01", "12-31"] {
                let text = "\(prefix)\(year)-\(day)T00:00:00Z"
                #expect(try Timestamp.text(Timestamp.parse(text)) == text)
            }
        }
        // One era of 400 years has 146,097 days.
        let era = try Timestamp.parse("2400-02-29") - Timestamp.parse("2000-02-29")
        #expect(era == 146_097 * 86_400_000_000)
    }

    @Test("comes back from its text, in every century", arguments: 0..<20)
    func roundTrip(seed: Int) throws {
        var random = RandomSource(seed: UInt64(seed))
        for shift in 0..<60 {
            let value = Int64(bitPattern: random.next()) >> Int64(shift)
            #expect(try Timestamp.parse(Timestamp.text(value)) == value)
        }
    }
}
