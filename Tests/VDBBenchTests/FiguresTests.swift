import Testing
import VDBPrimitives
import VectorDB

@testable import vdbbench

@Suite struct FiguresTests {
    @Test("measured numbers are shown with four digits")
    func digits() {
        #expect(shown(123_456) == "123500")
        #expect(shown(1234.5) == "1235")
        #expect(shown(0.0123456) == "0.01235")
        #expect(shown(0) == "0.0")
        #expect(rounded(-98765.4, digits: 4) == -98770)
        #expect(rounded(.infinity, digits: 4) == .infinity)
    }

    @Test("JSON keeps the order of members, and numbers that are none are null")
    func json() {
        let value = JSON.members([
            "b": .array([.integer(1), .measured(2.5)]), "a": .string("say \"\\\" \n"),
            "c": .double(.nan), "d": .null,
        ])
        #expect(value.text == #"{"b":[1,2.5],"a":"say \"\\\" \u000a","c":null,"d":null}"#)
    }

    @Test("columns are aligned")
    func table() {
        var table = TextTable(header: ["name", "n"])
        table.add(["a", "100"])
        #expect(table.lines == ["name    n", "a     100"])
    }

    @Test("random vectors are the same for the same seed, and fit every element type")
    func random() {
        for element in ElementType.allCases {
            let vectors = VectorTable.random(5, dimension: 7, element: element, seed: 3)
            #expect(vectors.count == 5)
            #expect(vectors == .random(5, dimension: 7, element: element, seed: 3))
            #expect(vectors != .random(5, dimension: 7, element: element, seed: 4))
            #expect(vectors.vector(6) == vectors.vector(1))
            #expect(vectors.vector(0).count == 7 && vectors.vector(0).element == element)
            #expect(vectors.vector(0).floats.allSatisfy { (0...127).contains($0) })
        }
    }
}
