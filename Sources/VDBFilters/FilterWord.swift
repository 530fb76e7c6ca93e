/// A word of the filter language; upper and lower case are the same.
///
/// None can be an attribute's name. Units (`m`, `km`, `mi`, `ft`) can: they only follow numbers.
enum FilterWord: String, CaseIterable {
    case and, or, not, `in`, `is`, null, between, within, of, box, polygon
    case `true`, `false`, everything, nothing

    init?(_ text: some StringProtocol) { self.init(rawValue: text.lowercased()) }
}

/// A unit of length in filter text.
enum LengthUnit: String, CaseIterable {
    case metre = "m"
    case kilometre = "km"
    case mile = "mi"
    case foot = "ft"

    init?(_ text: some StringProtocol) { self.init(rawValue: text.lowercased()) }

    /// The international mile and foot are exact in metres.
    var metres: Double {
        switch self {
        case .metre: 1
        case .kilometre: 1000
        case .mile: 1609.344
        case .foot: 0.3048
        }
    }
}
