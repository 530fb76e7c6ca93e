package import VDBPrimitives

extension AttributeType {
    /// The widths of the physical columns that hold the attribute.
    package var cellWidths: [CellWidth] {
        switch self {
        case .timestamp, .integer, .real: [.eight]
        case .location: [.four, .four]
        case .keyword: [.four]
        case .boolean: [.one]
        }
    }
}

/// The cells of single numbers: unsigned integers in the order of what they stand for.
package enum Cells {
    /// The cell of latitude 90; −90 is 0. Steps of 1e-7 degree.
    package static let maximumLatitude: UInt64 = 1_800_000_000
    /// The cell of longitude 180; −180 is 0. Steps of 1e-7 degree.
    package static let maximumLongitude: UInt64 = 3_600_000_000

    private static let signBit: UInt64 = 1 << 63
    static let stepsPerDegree = 1e7

    /// The sign bit turned over, so that negative numbers come first.
    package static func cell(integer value: Int64) -> UInt64 { UInt64(bitPattern: value) ^ signBit }

    /// The inverse of `cell(integer:)`.
    package static func integer(_ cell: UInt64) -> Int64 { Int64(bitPattern: cell ^ signBit) }

    /// The order of IEEE 754 bit patterns: sign bit turned over, and all bits of negative numbers.
    ///
    /// The value must be finite; −0 has the cell of 0.
    package static func cell(real value: Double) -> UInt64 {
        precondition(value.isFinite, "cell of \(value)")
        let bits = (value == 0 ? 0 : value).bitPattern
        return bits & signBit == 0 ? bits ^ signBit : ~bits
    }

    /// The inverse of `cell(real:)`; nil if no number has this cell.
    package static func real(_ cell: UInt64) -> Double? {
        let value = Double(bitPattern: cell & signBit == 0 ? ~cell : cell ^ signBit)
        return value.isFinite && value.bitPattern != signBit ? value : nil
    }

    /// The nearest step to a latitude of −90…90.
    package static func latitudeCell(_ degrees: Double) -> UInt64 {
        precondition((-90...90).contains(degrees), "latitude \(degrees)")
        return UInt64((degrees * stepsPerDegree).rounded() + 900_000_000)
    }

    /// The nearest step to a longitude of −180…180.
    package static func longitudeCell(_ degrees: Double) -> UInt64 {
        precondition((-180...180).contains(degrees), "longitude \(degrees)")
        return UInt64((degrees * stepsPerDegree).rounded() + 1_800_000_000)
    }

    /// The latitude of a cell, in degrees.
    package static func latitude(_ cell: UInt64) -> Double {
        (Double(cell) - 900_000_000) / stepsPerDegree
    }

    /// The longitude of a cell, in degrees.
    package static func longitude(_ cell: UInt64) -> Double {
        (Double(cell) - 1_800_000_000) / stepsPerDegree
    }
}

extension Location {
    /// The location as it is after being stored: each coordinate at the nearest step.
    ///
    /// The location must be on the Earth.
    package var stored: Location {
        Location(
            latitude: Cells.latitude(Cells.latitudeCell(latitude)),
            longitude: Cells.longitude(Cells.longitudeCell(longitude)))
    }
}
