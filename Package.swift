// swift-tools-version: 6.2
import PackageDescription

// Layers, bottom to top; a target may import only what stands below it.
// A package with unsafe flags cannot be depended upon, so there are none, but where Tools/test asks
// for them: what is tested is then optimized, and the tests, which would only compile longer, are not.

let isTested = Context.environment["VECTORDB_OPTIMIZE_TESTED"] != nil

let strict: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ] + (isTested ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : [])

let kernels: [CSetting] =
    isTested ? [.unsafeFlags(["-O2"], .when(configuration: .debug))] : []

func layer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: dependencies,
        swiftSettings: [.enableUpcomingFeature("MemberImportVisibility")])
}

let package = Package(
    name: "VectorDB",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "VectorDB", targets: ["VectorDB"]),
        .executable(name: "vdbtool", targets: ["vdbtool"]),
        .executable(name: "vdbbench", targets: ["vdbbench"]),
    ],
    targets: [
        // level 0
        .systemLibrary(
            name: "CLMDB", pkgConfig: "lmdb",
            providers: [.apt(["liblmdb-dev"]), .brew(["lmdb"])]),
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .target(name: "CVDBKernels", cSettings: kernels),
        // level 1
        layer("VDBPrimitives", ["CVDBKernels", "CZstd"]),
        // level 2
        layer("VDBStorage", ["CLMDB", "VDBPrimitives"]),
        layer("VDBQuantizers", ["CVDBKernels", "VDBPrimitives"]),
        // level 3
        layer("VDBIndex", ["VDBPrimitives", "VDBQuantizers", "VDBStorage"]),
        layer("VDBFilters", ["VDBPrimitives"]),
        layer("VDBLog", ["VDBPrimitives"]),
        // level 4
        layer(
            "VDBEngine",
            [
                "CZstd", "VDBFilters", "VDBIndex", "VDBLog", "VDBPrimitives", "VDBQuantizers",
                "VDBStorage",
            ]),
        // level 5
        layer(
            "VectorDB",
            [
                "VDBEngine", "VDBFilters", "VDBIndex", "VDBLog", "VDBPrimitives",
                "VDBQuantizers", "VDBStorage",
            ]),
        // tools
        .executableTarget(
            name: "vdbtool", dependencies: ["VDBPrimitives", "VectorDB"], path: "Tools/vdbtool",
            swiftSettings: strict),
        .executableTarget(
            name: "vdbbench",
            dependencies: [
                "CVDBKernels", "VDBEngine", "VDBFilters", "VDBLog", "VDBPrimitives", "VectorDB",
            ],
            path: "Tools/vdbbench", swiftSettings: strict),
        .target(name: "CVDBFaults", path: "Tools/CVDBFaults"),
        .target(
            name: "VDBMedia", dependencies: ["VDBPrimitives"], path: "Tools/VDBMedia",
            swiftSettings: strict),
        .executableTarget(
            name: "vdbcrash",
            dependencies: ["CVDBFaults", "VDBMedia", "VDBPrimitives", "VectorDB"],
            path: "Tools/vdbcrash", swiftSettings: strict),
        // tests
        tests("VDBPrimitivesTests", ["VDBPrimitives"]),
        tests("VDBStorageTests", ["VDBPrimitives", "VDBStorage"]),
        tests("VDBQuantizersTests", ["CVDBKernels", "VDBPrimitives", "VDBQuantizers"]),
        tests("VDBIndexTests", ["VDBIndex", "VDBPrimitives", "VDBQuantizers", "VDBStorage"]),
        tests("VDBFiltersTests", ["VDBFilters", "VDBPrimitives"]),
        tests("VDBLogTests", ["VDBLog", "VDBPrimitives"]),
        tests(
            "VDBEngineTests",
            [
                "CZstd", "VDBEngine", "VDBFilters", "VDBIndex", "VDBLog", "VDBPrimitives",
                "VDBStorage", "VectorDB",
            ]),
        tests("VectorDBTests", ["VectorDB"]),
        tests("VDBToolTests", ["VDBPrimitives", "VectorDB", "vdbtool"]),
        tests("VDBBenchTests", ["VDBPrimitives", "VectorDB", "vdbbench"]),
        // Runs vdbcrash as a program: what stands in the place of libc stays out of the tests.
        tests("VDBCrashTests", ["VDBMedia", "VDBPrimitives"]),
        tests("TidyTests", []),
    ])
