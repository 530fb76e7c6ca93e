/// What a repair brought over, and what it could not.
public struct RepairReport: Sendable, Hashable {
    /// Records in the new database.
    public var salvagedCount: Int
    /// Everything that is lost, or may be; empty if the damage touched nothing that counts.
    public var losses: [Loss]

    /// One thing that is damaged, and whom it concerns.
    public struct Loss: Sendable, Hashable, CustomStringConvertible {
        /// What became of the records.
        public enum Consequence: String, Sendable, CaseIterable {
            /// They are not in the new database.
            case lost
            /// They are there, with null for the attributes that nobody knows; one whose payload is
            /// lost as well comes without it, for nobody knows that it had one.
            case withoutAttributes
            /// They are there, but with the attributes that they had at some time: updates of
            /// attributes alone may have changed them since.
            case olderAttributes
            /// They are there, without their payload.
            case withoutPayload
            /// They are there, but may have been deleted before.
            case maybeDeleted
            /// Calls are missing: whatever they put, changed or deleted is as it was before.
            case operations
            /// Nothing is known to be lost by it alone.
            case unknown
        }

        /// Table and key, or file and byte.
        public var place: String
        public var reason: String
        public var consequence: Consequence
        /// The ids of the records that it concerns, ascending; empty if nobody knows.
        public var ids: [ClosedRange<UInt64>]
        /// Records, or calls, that it concerns beyond those.
        public var unknownCount: Int

        /// `place: reason: what became of which records`.
        public var description: String {
            let ranges = ids.map { range in
                range.count == 1
                    ? "\(range.lowerBound)" : "\(range.lowerBound) … \(range.upperBound)"
            }
            var whom: [String] = []
            if !ids.isEmpty { whom.append("ids " + ranges.joined(separator: ", ")) }
            if unknownCount > 0 {
                whom.append(
                    "\(unknownCount) " + (consequence == .operations ? "calls" : "unknown ids"))
            }
            let fate =
                switch consequence {
                case .lost: "lost: "
                case .withoutAttributes: "kept with null for lost attributes: "
                case .olderAttributes: "kept, attributes may be of an earlier time: "
                case .withoutPayload: "kept without payload: "
                case .maybeDeleted: "kept, may have been deleted: "
                case .operations: "missing: "
                case .unknown: ""
                }
            return "\(place): \(reason)"
                + (whom.isEmpty ? "" : "; " + fate + whom.joined(separator: " and "))
        }
    }
}
