internal import VDBPrimitives

/// A moment at which power may be lost, and what it may make of it.
package struct CrashPoint: Sendable, Hashable, CustomStringConvertible {
    /// So many effects of the trace have happened.
    package let position: Int
    /// Whether the last of them had not returned yet.
    package let isUnderWay: Bool
    package let manner: Choice.Manner
    package let seed: UInt64

    package var choice: Choice { Choice(manner, seed: seed) }

    package var description: String {
        "after effect \(position)\(isUnderWay ? ", which was under way" : ""), \(manner.rawValue)"
    }
}

/// The moments of a trace at which to look at the disk, in order.
package struct CrashPoints: Sendable {
    package let points: [CrashPoint]

    /// Chooses about `count` of them.
    ///
    /// Right before and after everything that syncs or renames come first: with everything
    /// unsynced kept, dropped and mixed. The rest is spread over all effects and manners.
    package init(of trace: [Effect], count: Int, seed: UInt64) {
        var random = RandomSource(seed: seed)
        func point(
            _ position: Int, _ manner: Choice.Manner, isUnderWay: Bool = false
        ) -> CrashPoint {
            CrashPoint(
                position: position, isUnderWay: isUnderWay, manner: manner, seed: random.next())
        }
        var syncs: [CrashPoint] = []
        for (index, effect) in trace.enumerated() where effect.isTurn {
            // What a write makes durable is not pending before it.
            let isWrite = if case .write = effect { true } else { false }
            for manner in [Choice.Manner.mixed, .dropped, .kept] {
                syncs.append(
                    isWrite
                        ? point(index + 1, manner, isUnderWay: true) : point(index, manner))
            }
            syncs.append(point(index + 1, .dropped))
            syncs.append(point(index + 1, .mixed))
        }
        var chosen = syncs
        if syncs.count > count {
            chosen = random.sample(count, below: syncs.count).map { syncs[$0] }
        }
        let manners = Choice.Manner.allCases
        while chosen.count < count && !trace.isEmpty {
            let position = random.next(below: trace.count + 1)
            let isUnderWay = position > 0 && random.next(below: 4) == 0
            let manner =
                random.next(below: 2) == 0
                ? .mixed : manners[random.next(below: manners.count)]
            chosen.append(point(position, manner, isUnderWay: isUnderWay))
        }
        // In order, so that the disk is moved along the trace once.
        points = chosen.enumerated().sorted {
            ($0.element.position, $0.element.isUnderWay ? 0 : 1, $0.offset)
                < ($1.element.position, $1.element.isUnderWay ? 0 : 1, $1.offset)
        }.map(\.element)
    }
}
