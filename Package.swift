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
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        .binaryTarget(name: "libwasmtime", path: ".vendor/wasmtime.artifactbundle"),
        .target(name: "CWasmtime", dependencies: ["libwasmtime"]),
        .target(
            name: "PulpEngine", dependencies: ["CWasmtime", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings),
        .target(name: "PulpWire", swiftSettings: settings),
        .target(
            name: "PulpCapability",
            dependencies: [
                "PulpWire", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: settings),
        .testTarget(name: "PulpEngineTests", dependencies: ["PulpEngine"], swiftSettings: settings),
    ]
)
