import Testing

@testable import VDBPrimitives

@Suite struct MatrixTests {
    @Test("values lie row after row")
    func rowMajor() {
        var matrix = Matrix(rowCount: 3, columnCount: 4)
        for row in 0..<3 {
            for column in 0..<4 { matrix[row, column] = Float(10 * row + column) }
        }
        #expect(matrix.values == [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23])
        #expect(Array(matrix.row(1)) == [10, 11, 12, 13])
        #expect(Matrix(columnCount: 4, values: matrix.values).rowCount == 3)
    }

    @Test("metrics are found by the names that they have, and by no other")
    func metricNames() {
        for metric in Metric.allCases { #expect(Metric(name: metric.name) == metric) }
        #expect(Metric(name: "Euclidean") == nil)
    }

    @Test("element types are found by the names that they have, and by no other")
    func elementNames() {
        for element in ElementType.allCases { #expect(ElementType(name: element.name) == element) }
        #expect(ElementType(name: "double") == nil)
    }

    @Test("the stored numbers of metrics and element types do not change")
    func storedNumbers() {
        #expect(Metric.allCases.map(\.rawValue) == [1, 2, 3, 4])
        #expect(ElementType.allCases.map(\.rawValue) == [1, 2, 3, 4, 5])
        #expect(ElementType.allCases.map(\.bitCount) == [32, 16, 8, 8, 1])
        #expect(ElementType.allCases.map { $0.vectorSize(dimension: 9) } == [36, 18, 9, 9, 2])
        #expect(CellWidth.allCases.map(\.rawValue) == [1, 4, 8])
    }
}
