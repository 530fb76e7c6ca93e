import VDBPrimitives

@testable import VDBStorage

extension Environment {
    /// Opens the environment in the directory at `path`.
    convenience init(
        path: String, tableNames: [String], laterNames: Set<String> = [], mapSize: Int,
        readOnly: Bool, creating: Bool = false, deferred: Set<String> = []
    ) throws(StorageError) {
        let directory: Directory
        do throws(SystemFailure) {
            directory = try Directory(opening: path)
        } catch {
            throw .system(error)
        }
        try self.init(
            directory, tableNames: tableNames, laterNames: laterNames, sizeLimit: mapSize,
            mode: readOnly ? .read : .write, creating: creating, deferred: deferred)
    }
}
