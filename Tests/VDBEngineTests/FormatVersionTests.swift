import Testing
import VDBIndex
import VDBPrimitives
import VDBStorage
import VectorDB

@Suite("Databases of other formats")
struct FormatVersionTests {
    @Test("a later format version is refused by its number", arguments: [0, 7, 99] as [UInt32])
    func version(version: UInt32) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            try Database.create(at: path, schema: .pictures(), options: .manual).close()
            try patchManifest(of: path) { bytes in
                // After the prologue and the magic number (Formats/database.md).
                withUnsafeBytes(of: version.littleEndian) {
                    bytes.replaceSubrange(16..<20, with: $0)
                }
            }
            try expectRefusal(path, code: .unsupportedFormat, saying: "version \(version)")
        }
    }

    @Test("a manifest that is sealed, but does not begin like ours, is a foreign one")
    func magic() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            try Database.create(at: path, schema: .pictures(), options: .manual).close()
            try patchManifest(of: path) { $0[8] ^= 1 }
            try expectRefusal(path, code: .damaged, saying: "not a VectorDB database")
        }
    }

    @Test("counters that contradict each other are refused with both numbers")
    func counters() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/database"
            try Database.create(at: path, schema: .pictures(), options: .manual).close()
            try store(in: path) { $0.liveCount = 7 }
            try expectRefusal(path, code: .damaged, saying: "7 live of 0 rows")
        }
    }

    private func expectRefusal(
        _ path: String, code: VectorDBError.Code, saying part: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for isReadOnly in [false, true] {
            var options = Options.manual
            options.isReadOnly = isReadOnly
            let error = #expect(throws: VectorDBError.self, sourceLocation: sourceLocation) {
                try Database.open(at: path, options: options)
            }
            #expect(error?.code == code, sourceLocation: sourceLocation)
            #expect(error?.message.contains(part) == true, sourceLocation: sourceLocation)
        }
    }

    /// Changes the manifest's bytes and seals them again.
    private func patchManifest(of path: String, _ change: (inout [UInt8]) -> Void) throws {
        try write(path) { manifest in
            var bytes = manifest.encode()
            change(&bytes)
            var writer = ByteWriter(reservingCapacity: bytes.count)
            writer.write(bytes)
            return SealedValue.seal(writer, key: Keys.manifest)
        }
    }

    private func store(in path: String, _ change: (inout Manifest) -> Void) throws {
        try write(path) { manifest in
            var changed = manifest
            change(&changed)
            return changed.encode()
        }
    }

    private func write(_ path: String, _ value: (Manifest) -> [UInt8]) throws {
        let environment = try Environment(
            path: path, tableNames: TableName.names, mapSize: 1 << 28, readOnly: false)
        let transaction = try environment.beginWrite()
        let manifest = try Manifest.read(transaction.access)
        try transaction.put(environment.table(.manifest), Keys.manifest, value(manifest))
        try transaction.commit()
    }
}
