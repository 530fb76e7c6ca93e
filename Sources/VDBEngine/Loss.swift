/// One thing that a repair could not bring over, and whom it concerns.
package struct Loss: Sendable, Hashable {
    /// What became of the records.
    package enum Consequence: String, Sendable {
        /// They are not in the new database.
        case lost
        /// They are there, with null for attributes that nobody knows; and without payloads that
        /// are lost as well.
        case withoutAttributes
        /// They are there, but with the attributes that they had at some time, which updates may
        /// have changed since.
        case olderAttributes
        /// They are there, without the user's bytes.
        case withoutPayload
        /// They are there, but may have been deleted.
        case maybeDeleted
        /// Operations of the log are missing: whatever they put, changed or deleted.
        case operations
        /// Nothing is known to be lost by it alone.
        case unknown
    }

    /// Table and key, or file and byte.
    package let place: String
    package let reason: String
    package let consequence: Consequence
    /// The records that it concerns, ascending; empty if nobody knows.
    package var ids: [ClosedRange<UInt64>] = []
    /// Rows, or positions in the log, of which the ids are not known.
    package var unknownCount = 0

    /// - Parameter ids: in any order.
    init(
        _ place: String, _ reason: String, _ consequence: Consequence, ids: [UInt64] = [],
        unknownCount: Int = 0
    ) {
        self.place = place
        self.reason = reason
        self.consequence = consequence
        self.unknownCount = unknownCount
        for id in ids.sorted() {
            if let last = self.ids.last, last.upperBound < .max, last.upperBound + 1 == id {
                self.ids[self.ids.count - 1] = last.lowerBound...id
            } else if self.ids.last?.upperBound != id {
                self.ids.append(id...id)
            }
        }
    }
}

/// What a repair did.
package struct RepairSummary: Sendable {
    /// Live records in the new database.
    package internal(set) var salvagedCount = 0
    package internal(set) var losses: [Loss] = []
}
