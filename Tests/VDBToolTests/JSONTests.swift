import Testing
import VectorDB

@testable import vdbtool

@Suite struct JSONTests {
    @Test("values are written on one line, in order, with strings escaped")
    func writing() {
        let value = JSON.members([
            "b": .array([.null, .bool(true), .integer(-5), .unsigned(.max)]),
            "a": .string("\"\\\n\u{1}é😀"), "c": .object([]),
        ])
        #expect(
            value.text
                == #"{"b":[null,true,-5,18446744073709551615],"a":"\"\\\n\u0001é😀","c":{}}"#)
    }

    @Test("floats have the fewest digits that bring them back, and are finite")
    func floats() {
        #expect(JSON.float(0.1).text == "0.1")
        #expect(JSON.double(0.1 + 0.2).text == "0.30000000000000004")
        #expect(JSON.float(.infinity).text == "null")
        #expect(JSON.double(.nan).text == "null")
    }

    @Test(
        "what is written is read back",
        arguments: [
            "null", "true", "[]", "{}", "[1,-2,3.5,1e-05]", #"{"a":{"b":["c"]}}"#,
            "18446744073709551615", #""\"\\\n😀""#,
        ])
    func roundTrip(text: String) throws {
        #expect(try JSONParser.parse(text).text == text)
    }

    @Test("white space and every escape are understood")
    func reading() throws {
        #expect(
            try JSONParser.parse(" [ 1 , \"\\u0041\\ud83d\\ude00\\/\\b\" ]\n")
                == .array([.integer(1), .string("A😀/\u{8}")]))
        #expect(try JSONParser.parse("-0") == .double(-0.0))
        #expect(try JSONParser.parse("1e400".dropLast(2) + "") == .double(1e4))
    }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", "nul", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":1,}", "{\"a\":1,\"a\":2}", "01", "1.",
            ".5",
            "+1", "1e", "\"a", "\"\n\"", "\"\\x\"", "\"\\ud800\"", "NaN", "1 2", "1e999", "'a'",
            String(repeating: "[", count: 200),
        ])
    func refused(text: String) {
        #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(text) }
    }

    @Test("text cut anywhere is refused")
    func cut() {
        let text = Array(#"{"a":[1.5,true,null,"é\n"],"b":-2}"#.utf8)
        for count in 0..<text.count {
            #expect(throws: JSONParser.Failure.self) { try JSONParser.parse(Array(text[..<count])) }
        }
    }

    @Test("attribute values of every type come back from JSON as they were")
    func attributes() throws {
        let schema = try schema(
            1,
            [
                "t": .timestamp, "p": .location, "i": .integer, "r": .real, "k": .keyword,
                "b": .boolean, "n": .integer,
            ])
        let values: [String: AttributeValue] = [
            "t": .timestamp(1_714_566_600_250_000),
            "p": .location(Location(latitude: 48.8566, longitude: 2.3522)),
            "i": .integer(.min), "r": .real(0.1), "k": .keyword("a\"b"), "b": .boolean(false),
        ]
        let json = JSON(values, schema)
        #expect(json["t"] == .string("2024-05-01T12:30:00.25Z"))
        #expect(json["p"]?.text == #"{"lat":48.8566,"lon":2.3522}"#)
        #expect(try json.attributes(schema) == values)
    }

    @Test(
        "attribute values of another type are refused",
        arguments: [
            #"{"t":1}"#, #"{"t":""}"#, #"{"t":"yesterday"}"#, #"{"p":"1,2"}"#, #"{"p":{"lat":1}}"#,
            #"{"p":{"lat":91,"lon":0}}"#, #"{"i":1.5}"#, #"{"i":"1"}"#, #"{"x":1}"#, "[]",
        ])
    func wrongAttributes(text: String) throws {
        let schema = try schema(1, ["t": .timestamp, "p": .location, "i": .integer])
        let json = try JSONParser.parse(text)
        #expect(throws: InvalidJSON.self) { try json.attributes(schema) }
    }
}
