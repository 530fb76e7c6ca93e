package import VDBStorage

/// The tables of a database; layouts in `Formats/`.
package enum TableName: String, CaseIterable, Sendable {
    /// Format version, counters, applied log position; the schema.
    case manifest
    /// Centroids, codebooks and what training measured, by generation.
    case models
    /// Blocks of codes by (list, block).
    case lists
    /// Full vectors by chunk of rows.
    case vectors
    /// Ids and attribute cells by chunk of rows.
    case rows
    /// Empty since format version 4; before, the list of each row.
    case assignments
    /// Id → row, in sorted buckets.
    case identifiers
    /// Bitmaps of dead rows.
    case deleted
    /// The texts of keyword attributes by (attribute, code).
    case keywords
    /// The user's bytes by row.
    case payloads
    /// What payloads have in common, by number.
    case dictionaries
    /// Rows in the order of each attribute, by (attribute, segment of rows).
    case attributes
    /// The codes of keyword attributes by the hashes of their texts, by (attribute, run of codes,
    /// hash and code).
    case keywordCodes

    package static var names: [String] { allCases.map(\.rawValue) }

    /// The tables that came with a later format version: a database of an earlier one lacks them.
    package static let laterNames = Set(
        allCases.filter { $0.firstFormatVersion > 1 }.map(\.rawValue))

    /// The format version with which the table came.
    package var firstFormatVersion: UInt32 {
        switch self {
        case .payloads, .dictionaries: 2
        case .attributes: 3
        case .keywordCodes: 6
        default: 1
        }
    }

    /// Tables that opening does not walk and whose pages grow with the records: those are checked
    /// when they are first used.
    package static let deferredNames: Set<String> = [
        TableName.identifiers.rawValue, TableName.payloads.rawValue,
        TableName.keywords.rawValue, TableName.keywordCodes.rawValue,
    ]
}

extension Environment {
    package func table(_ name: TableName) -> Table { table(name.rawValue) }
}

/// The kind in each stored value's prologue (`Formats/database.md`, "Values").
package enum ValueKind {
    package static let manifest: UInt8 = 1
    package static let schema: UInt8 = 2
    package static let centroids: UInt8 = 3
    package static let quantizer: UInt8 = 4
    package static let calibration: UInt8 = 5
    package static let listBlock: UInt8 = 6
    package static let vectorChunk: UInt8 = 7
    package static let rowChunk: UInt8 = 8
    package static let identifierBucket: UInt8 = 10
    package static let deletedChunk: UInt8 = 11
    package static let keyword: UInt8 = 12
    package static let payload: UInt8 = 13
    package static let dictionary: UInt8 = 14
    package static let attributeSegment: UInt8 = 15
    package static let centroidChunk: UInt8 = 16
    package static let drift: UInt8 = 17
    package static let driftHistory: UInt8 = 18
    package static let keywordBucket: UInt8 = 19
}
