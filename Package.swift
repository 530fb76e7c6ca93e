// swift-tools-version: 6.2
import PackageDescription

// Layers, bottom to top; a target may import only what stands below it.
// A package with unsafe flags cannot be depended upon, so there are none, but where Tools/test asks
// for them: what is tested is then optimized, and the tests, which would only compile longer, are
// not.

let isTested = Context.environment["VECTORDB_OPTIMIZE_TESTED"] != nil
let isFuzzed = Context.environment["VECTORDB_FUZZ"] != nil

let strict: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ] + (isTested ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : [])
    + (isFuzzed ? [.unsafeFlags(["-enable-testing", "-sanitize=fuzzer,address"])] : [])

let kernels: [CSetting] =
    (isTested ? [.unsafeFlags(["-O2"], .when(configuration: .debug))] : [])
    + (isFuzzed
        ? [
            .unsafeFlags([
                "-O2", "-fsanitize=fuzzer-no-link,address,undefined", "-fsanitize-trap=undefined",
            ])
        ] : [])

func layer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: name, dependencies: dependencies,
        swiftSettings: [.enableUpcomingFeature("MemberImportVisibility")])
}

// What Tools/fuzz asks for: a program that links libFuzzer, and vdbtool as a library in it.
let commands: Target =
    isFuzzed
    ? .target(
        name: "vdbtool", dependencies: ["VDBPrimitives", "VectorDB"], path: "Tools/vdbtool",
        exclude: ["Main.swift"], swiftSettings: strict)
    : .executableTarget(
        name: "vdbtool", dependencies: ["VDBPrimitives", "VectorDB"], path: "Tools/vdbtool",
        swiftSettings: strict)

let fuzzed: [Target] =
    isFuzzed
    ? [
        .executableTarget(
            name: "vdbfuzz",
            dependencies: [
                "VDBEngine", "VDBFilters", "VDBIndex", "VDBLog", "VDBPrimitives", "VDBQuantizers",
                "VDBStorage", "VectorDB", "vdbtool",
            ],
            path: "Tools/vdbfuzz",
            swiftSettings: strict,
            linkerSettings: [
                .unsafeFlags([
                    "-sanitize=address", "-Xlinker", Context.environment["VECTORDB_FUZZ"] ?? "",
                ]),
                .linkedLibrary("stdc++"),
            ])
    ] : []

let package = Package(
    name: "VectorDB",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "VectorDB", targets: ["VectorDB"]),
        .executable(name: "vdbbench", targets: ["vdbbench"]),
    ] + (isFuzzed ? [] : [.executable(name: "vdbtool", targets: ["vdbtool"])]),
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
        commands,
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
    ] + fuzzed)

// What Tools/sanitize --short asks for: some tests, and what they need.
if let names = Context.environment["VECTORDB_TESTS"] {
    var needed = Set(names.split(separator: ",").map { String($0) })
    // From the top down: a target comes after all that it depends upon.
    for target in package.targets.reversed() where needed.contains(target.name) {
        for case .byNameItem(let name, _) in target.dependencies { needed.insert(name) }
    }
    package.targets.removeAll { !needed.contains($0.name) }
    package.products = []
}
