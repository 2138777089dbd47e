// swift-tools-version: 6.2
import PackageDescription

/// Every target is built the same way: Swift 6 mode, warnings are errors, unsafe code is marked where it stands.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
    name: "pulp",
    products: [],
    dependencies: [],
    targets: [
        .binaryTarget(name: "libwasmtime", path: ".vendor/wasmtime.artifactbundle"),
        .target(name: "CWasmtime", dependencies: ["libwasmtime"]),
        .target(name: "PulpEngine", dependencies: ["CWasmtime"], swiftSettings: settings),
        .testTarget(name: "PulpEngineTests", dependencies: ["PulpEngine"], swiftSettings: settings),
    ]
)
