import Testing

@Suite struct LayerTests {
    /// A module imports only modules of lower levels.
    private let levels = [
        "CLMDB": 0, "CZstd": 0, "CVDBKernels": 0, "CVDBFaults": 0,
        "VDBPrimitives": 1,
        "VDBStorage": 2, "VDBQuantizers": 2,
        "VDBIndex": 3, "VDBFilters": 3, "VDBLog": 3,
        "VDBEngine": 4,
        "VectorDB": 5,
        "VDBMedia": 2,
        "vdbtool": 6, "vdbbench": 6, "vdbcrash": 6, "vdbfuzz": 7,
    ]

    /// The public vocabulary that lies below `VectorDB`, which exports it.
    private let publicFiles: Set<String> = [
        "Sources/VDBPrimitives/Metric.swift",
        "Sources/VDBPrimitives/ElementType.swift",
        "Sources/VDBLog/Durability.swift",
        "Sources/VDBFilters/AttributeError.swift",
        "Sources/VDBFilters/AttributeType.swift",
        "Sources/VDBFilters/AttributeValue.swift",
        "Sources/VDBFilters/AttributeValue+Text.swift",
        "Sources/VDBFilters/Filter.swift",
        "Sources/VDBFilters/Filter+Builder.swift",
        "Sources/VDBFilters/Filter+Text.swift",
        "Sources/VDBFilters/FilterError.swift",
        "Sources/VDBFilters/FilterParser.swift",
        "Sources/VDBFilters/Schema.swift",
    ]

    @Test("imports point downward")
    func imports() throws {
        for file in try SourceTree.files(in: ["Sources", "Tools"]) {
            guard let level = levels[file.module] else {
                Issue.record("\(file.path): the module has no level")
                continue
            }
            for (index, line) in file.code.enumerated() {
                guard line.contains("import "),
                    let match = line.firstMatch(of: /^ *(?:@?[a-z]+ )*import ([A-Za-z]+)/),
                    let imported = levels[String(match.1)]
                else { continue }
                #expect(imported < level, "\(SourceTree.place(file, index))")
            }
        }
    }

    @Test("every module of ours that is imported has a level")
    func knownModules() throws {
        let unknown = try SourceTree.violations(
            in: SourceTree.files(in: ["Sources", "Tools"])
        ) { _, line in
            guard line.contains("import "),
                let match = line.firstMatch(of: /import ((?:C?VDB|vdb|Vector|C)[A-Za-z]*)/)
            else { return false }
            return levels[String(match.1)] == nil
        }
        #expect(unknown == [])
    }

    @Test("only VectorDB and the vocabulary that it exports are public")
    func publicDeclarations() throws {
        let declared = try SourceTree.violations(
            in: SourceTree.files(in: ["Sources"])
        ) { file, line in
            file.module != "VectorDB" && !publicFiles.contains(file.path)
                && (line.contains("public ") || line.contains("open "))
                && !line.contains("import ") && line.contains(/\b(?:public|open) [a-z@]/)
        }
        #expect(declared == [])
    }

    @Test("every file that may be public is there")
    func publicFilesExist() {
        for path in publicFiles { #expect(SourceTree.contains(path), "\(path)") }
    }
}
