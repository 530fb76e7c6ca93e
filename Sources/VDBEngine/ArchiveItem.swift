internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// One thing that an archive holds (`Formats/archive.md`, "Content").
enum ArchiveItem {
    /// The entries of a table begin.
    case table(TableName)
    /// An entry of the table before.
    case entry(Key, [UInt8])
    /// The payload of an operation.
    case operation([UInt8])
}

/// The bytes before the key of an item.
struct ArchiveItemHead: Hashable {
    static let size = 8

    enum Kind: UInt8 {
        case table = 1
        case entry = 2
        case operation = 3
    }

    let kind: Kind
    let keySize: Int
    let valueSize: Int

    init(_ kind: Kind, keySize: Int, valueSize: Int) {
        self.kind = kind
        self.keySize = keySize
        self.valueSize = valueSize
    }

    func encode() -> [UInt8] {
        var writer = ByteWriter(reservingCapacity: Self.size)
        writer.write(kind.rawValue)
        writer.write(UInt8(keySize))
        writer.write(UInt16(0))
        writer.write(UInt32(valueSize))
        return writer.finish()
    }

    init(decoding bytes: [UInt8]) throws(DecodingFailure) {
        let result = bytes.withUnsafeBytes { field in
            Result { () throws(DecodingFailure) in try Self(decoding: field) }
        }
        self = try result.get()
    }

    private init(decoding bytes: UnsafeRawBufferPointer) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        let number = try reader.read(UInt8.self)
        guard let kind = Kind(rawValue: number) else {
            throw .unknownValue(field: "kind of item", value: UInt64(number))
        }
        self.kind = kind
        keySize = Int(try reader.read(UInt8.self))
        let zero = try reader.read(UInt16.self)
        valueSize = Int(try reader.read(UInt32.self))
        let isSound =
            zero == 0
            && {
                switch kind {
                case .table: keySize > 0 && valueSize == 0
                case .entry:
                    (1...Key.sizeLimit).contains(keySize) && valueSize <= Operation.sizeLimit
                case .operation: keySize == 0 && valueSize <= Operation.sizeLimit
                }
            }()
        guard isSound else {
            throw .inconsistent(
                "an item of kind \(number) with a key of \(keySize) bytes, "
                    + "\(valueSize) bytes of value and \(zero) in between")
        }
    }
}
