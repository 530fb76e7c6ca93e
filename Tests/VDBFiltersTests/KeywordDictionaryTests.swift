import Testing
import VDBPrimitives

@testable import VDBFilters

@Suite("A keyword dictionary")
struct KeywordDictionaryTests {
    @Test("gives dense codes per attribute, the same for the same bytes")
    func codes() {
        var keywords = KeywordDictionary(attributeCount: 3)
        #expect(keywords.intern("a", attributeIndex: 0) == 0)
        #expect(keywords.intern("b", attributeIndex: 0) == 1)
        #expect(keywords.intern("b", attributeIndex: 2) == 0)
        #expect(keywords.intern("a", attributeIndex: 0) == 0)
        #expect(keywords.code(for: "b", attributeIndex: 0) == 1)
        #expect(keywords.code(for: "a", attributeIndex: 1) == nil)
        #expect(keywords.string(for: 1, attributeIndex: 0) == "b")
        #expect(keywords.string(for: 2, attributeIndex: 0) == nil)
        #expect(keywords.count(attributeIndex: 0) == 2)
    }

    @Test("is a value: a copy does not see what is added later")
    func copies() {
        var keywords = KeywordDictionary(attributeCount: 1)
        keywords.intern("a", attributeIndex: 0)
        let snapshot = keywords
        keywords.intern("b", attributeIndex: 0)
        #expect(snapshot.code(for: "b", attributeIndex: 0) == nil)
        #expect(snapshot.entryCount == 1 && keywords.entryCount == 2)
    }

    @Test("copies that grow apart do not see each other's keywords")
    func apart() {
        var first = KeywordDictionary(attributeCount: 1)
        first.intern("a", attributeIndex: 0)
        var second = first
        #expect(first.intern("b", attributeIndex: 0) == 1)
        #expect(second.intern("c", attributeIndex: 0) == 1)
        #expect(second.intern("b", attributeIndex: 0) == 2)
        #expect(first.code(for: "c", attributeIndex: 0) == nil)
        #expect(first.entries().map(\.text) == ["a", "b"])
        #expect(second.entries(from: 1).map(\.text) == ["c", "b"])
    }

    @Test("goes on without those that are found elsewhere")
    func following() throws {
        var keywords = KeywordDictionary(attributeCount: 2)
        keywords.intern("a", attributeIndex: 0)
        keywords.intern("b", attributeIndex: 1)
        keywords.intern("c", attributeIndex: 1)
        var rest = try keywords.following([1, 1])
        #expect(rest.startCount == 2 && rest.entryCount == 3)
        #expect(rest.entries().map(\.text) == ["c"])
        #expect(rest.code(for: "a", attributeIndex: 0) == nil)
        #expect(rest.string(for: 0, attributeIndex: 1) == nil)
        #expect(rest.code(for: "c", attributeIndex: 1) == 1)
        #expect(rest.intern("d", attributeIndex: 0) == 1)
        #expect(rest.entries(from: 3).map(\.text) == ["d"])
        #expect(throws: DecodingFailure.self) { try keywords.following([2, 1]) }
        #expect(throws: DecodingFailure.self) { try rest.following([0, 1]) }
    }

    @Test("comes back from its entries, stored in parts")
    func restored() throws {
        var keywords = KeywordDictionary(attributeCount: 2)
        for text in ["x", "e\u{301}", "\u{E9}", ""] { keywords.intern(text, attributeIndex: 1) }
        let firstPart = keywords.entries()
        keywords.intern("y", attributeIndex: 0)
        let secondPart = keywords.entries(from: firstPart.endIndex)
        #expect(secondPart.map(\.text) == ["y"])

        var copy = KeywordDictionary(attributeCount: 2)
        for entry in firstPart + secondPart { try copy.append(entry) }
        #expect(Array(copy.entries()) == Array(keywords.entries()))
        let text = try #require(copy.string(for: 1, attributeIndex: 1))
        #expect(Array(text.utf8) == [0x65, 0xCC, 0x81])
    }

    @Test(
        "refuses entries that are out of order, doubled or of no attribute",
        arguments: [
            KeywordDictionary.Entry(attributeIndex: 0, code: 0, text: "b"),
            KeywordDictionary.Entry(attributeIndex: 0, code: 2, text: "b"),
            KeywordDictionary.Entry(attributeIndex: 0, code: 1, text: "a"),
            KeywordDictionary.Entry(attributeIndex: 2, code: 0, text: "b"),
            KeywordDictionary.Entry(attributeIndex: -1, code: 0, text: "b"),
        ])
    func refused(entry: KeywordDictionary.Entry) {
        var keywords = KeywordDictionary(attributeCount: 2)
        keywords.intern("a", attributeIndex: 0)
        #expect(throws: DecodingFailure.self) { try keywords.append(entry) }
        #expect(keywords.entryCount == 1)
    }
}
