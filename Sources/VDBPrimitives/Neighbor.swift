/// A row and its distance to the query: what a search collects before ids are looked up.
package struct Neighbor: Sendable, Hashable, Comparable {
    /// Distance under the database's metric; smaller is nearer.
    package var distance: Float
    /// The record version's row.
    package var row: UInt32

    package init(distance: Float, row: UInt32) {
        self.distance = distance
        self.row = row
    }

    /// Nearer first; equal distances in order of arrival, so that results are repeatable.
    package static func < (left: Neighbor, right: Neighbor) -> Bool {
        left.distance != right.distance
            ? left.distance < right.distance : left.row < right.row
    }
}

extension [Neighbor] {
    /// The same as `sorted`, compiled here, where comparing two is no call.
    package var nearestFirst: [Neighbor] { sorted() }
}
