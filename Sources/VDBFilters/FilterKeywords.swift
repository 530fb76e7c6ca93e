package import VDBPrimitives

/// Who knows the codes of the keywords that a filter names.
package protocol KeywordLookup: Sendable {
    /// The code of `text`, or nil if no record ever had it.
    func code(for text: String, attributeIndex: Int) -> UInt32?
}

extension KeywordDictionary: KeywordLookup {}

/// The keywords that one filter names, with their codes: looked up before the filter is made ready,
/// as that can fail where they are in the tables.
package struct FilterKeywords: KeywordLookup {
    private struct Place: Hashable {
        let attributeIndex: Int
        let text: HashedText
    }

    private var codes: [Place: UInt32] = [:]

    /// Looks up each keyword of a filter once.
    ///
    /// What else may be wrong with the filter is not found out here.
    package init<Failure: Error>(
        of filter: Filter, schema: Schema,
        _ lookUp: (HashedText, _ attributeIndex: Int) throws(Failure) -> UInt32?
    ) throws(Failure) {
        var places = Set<Place>()
        filter.visitKeywords(depth: 0) { name, text in
            guard let index = schema.attributeIndex(named: name),
                schema.attributes[index].type == .keyword
            else { return }
            places.insert(Place(attributeIndex: index, text: HashedText(text)))
        }
        for place in places { codes[place] = try lookUp(place.text, place.attributeIndex) }
    }

    package func code(for text: String, attributeIndex: Int) -> UInt32? {
        codes[Place(attributeIndex: attributeIndex, text: HashedText(text))]
    }
}

extension Filter {
    /// Calls `body` with the attribute's name and each text that it is compared with.
    fileprivate func visitKeywords(depth: Int, _ body: (String, String) -> Void) {
        // Deeper ones are refused when they are made ready.
        guard depth <= Filter.maximumDepth else { return }
        switch self {
        case .comparison(let name, _, .keyword(let text)): body(name, text)
        case .isIn(let name, let values):
            for case .keyword(let text) in values { body(name, text) }
        case .not(let part): part.visitKeywords(depth: depth + 1, body)
        case .and(let parts), .or(let parts):
            for part in parts { part.visitKeywords(depth: depth + 1, body) }
        default: break
        }
    }
}
