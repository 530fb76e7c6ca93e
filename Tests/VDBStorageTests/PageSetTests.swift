import Testing
import VDBPrimitives

@testable import VDBStorage

@Suite struct PageSetTests {
    @Test("runs of pages are members, and the first that was one before is told")
    func runs() {
        var random = RandomSource(seed: 5)
        var pages = PageSet(count: 1000)
        var model: Set<UInt64> = []
        for _ in 0..<300 {
            let start = UInt64(random.next(below: 1000))
            let run = start..<min(1000, start + UInt64(random.next(below: 130)))
            #expect(pages.insert(run) == run.first { model.contains($0) })
            model.formUnion(run)
        }
        for page in 0..<1100 as Range<UInt64> {
            #expect(pages.contains(page) == model.contains(page))
        }
    }
}
