internal import VDBPrimitives
internal import VDBStorage

// Archives in files, and in descriptors that are somebody else's: pipes, sockets.

extension Engine {
    /// Writes an archive to a file, which gets its name only when it is whole and durable.
    package func backup(
        toFile path: String, level: Int, observer: EngineObserver?
    ) throws(EngineError) -> ArchiveSummary {
        let file = try ArchiveFile(at: path)
        let summary = try backup(level: level, observer: observer) {
            (bytes) throws(EngineError) in try file.write(bytes)
        }
        try file.publish()
        return summary
    }

    /// Writes an archive to a descriptor, which stays open and is not synced.
    package func backup(
        toDescriptor descriptor: Int32, level: Int, observer: EngineObserver?
    ) throws(EngineError) -> ArchiveSummary {
        try backup(level: level, observer: observer) { (bytes) throws(EngineError) in
            try calling { () throws(SystemFailure) in
                try ByteStream.write(bytes, to: descriptor, named: "the archive's stream")
            }
        }
    }

    /// Makes a database of an archive in a file.
    package static func restore(
        path: String, options: EngineOptions, observer: EngineObserver?, fromFile archive: String
    ) throws(EngineError) -> ArchiveSummary {
        guard FileSystem.exists(archive) else { throw .noDatabase(path: archive) }
        let file = try calling { () throws(SystemFailure) in
            try FileDescriptor(opening: archive, .read)
        }
        let size = FileSystem.isRegularFile(archive) ? try? file.size() : nil
        return try restore(
            path: path, options: options, archiveSize: size, observer: observer,
            fromDescriptor: file.number, named: archive)
    }

    /// Makes a database of an archive that comes from a descriptor, which is read to its end and
    /// stays open.
    package static func restore(
        path: String, options: EngineOptions, archiveSize: Int? = nil, observer: EngineObserver?,
        fromDescriptor descriptor: Int32, named name: String = "the archive's stream"
    ) throws(EngineError) -> ArchiveSummary {
        try restore(
            path: path, options: options, archiveSize: archiveSize, observer: observer
        ) { (buffer) throws(EngineError) in
            try calling { () throws(SystemFailure) in
                try ByteStream.read(into: buffer, from: descriptor, named: name)
            }
        }
    }
}
