internal import VDBFilters
internal import VDBIndex
internal import VDBPrimitives
internal import VDBStorage

/// The schema as the table `manifest` keeps it (`Formats/schema.md`).
enum SchemaRecord {
    private static let layoutVersion: UInt8 = 1

    static func write(
        _ schema: Schema, _ transaction: borrowing WriteTransaction
    ) throws(StorageError) {
        var writer = SealedValue.writer(kind: ValueKind.schema, version: layoutVersion)
        writer.write(schema.encode())
        try transaction.put(
            transaction.environment.table(.manifest), Keys.schema,
            SealedValue.seal(writer, key: Keys.schema))
    }

    /// The schema in a sealed value whose checksum matches.
    static func decode(_ value: UnsafeRawBufferPointer) throws(DecodingFailure) -> Schema {
        try Schema(
            decoding: SealedValue.openUnchecked(
                value, kind: ValueKind.schema, version: layoutVersion))
    }

    static func read(_ access: Access) throws(StorageError) -> Schema {
        let table = access.environment.table(.manifest)
        // Read the manifest first: of a foreign or newer database it says so.
        _ = try Manifest.read(access)
        let body = try access.body(
            table, Keys.schema, kind: ValueKind.schema, version: layoutVersion)
        do throws(DecodingFailure) {
            guard let body else { throw .inconsistent("the schema is missing") }
            return try Schema(decoding: body)
        } catch {
            throw .damaged(
                table: table.name, key: Keys.schema.description, failure: error)
        }
    }
}
