// swift-tools-version: 6.2
import PackageDescription

// The engine library is laid into .vendor by Scripts/bootstrap (`make` does it): see docs/decisions/0001.

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let http1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")

/// One row per capability: its module, its folder, and what it needs beside the contract and the wire.
let capabilities: [(module: String, folder: String, needs: [Target.Dependency])] = [
    ("PulpWASI", "WASI", [nio, logging]),
    ("PulpLog", "Log", [nio, logging]),
    ("PulpEntropy", "Entropy", []),
    ("PulpHTTPInbound", "HTTPInbound", ["PulpListener", nio, http1, logging]),
    ("PulpHTTPOutbound", "HTTPOutbound", ["PulpEgress", nio, http1, nioSSL, httpClient, logging]),
    ("PulpWebSocket", "WebSocket", ["PulpListener", nio, http1, crypto, logging]),
    ("PulpServerSentEvents", "ServerSentEvents", ["PulpListener", nio, logging]),
    ("PulpFileStorage", "FileStorage", ["PulpSandbox", nio, nioPosix, logging]),
    ("PulpSQLite", "SQLite", ["CSQLite", "PulpSandbox", nio, nioPosix, logging]),
    ("PulpDocker", "Docker", [nio, nioPosix, http1, logging]),
]

let package = Package(
    name: "pulp",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "Pulp", targets: ["Pulp"]),
        .library(name: "PulpTesting", targets: ["PulpTesting"]),
        .executable(name: "pulp", targets: ["PulpCLI"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2", traits: []),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
        // Only `swift package generate-documentation` uses it; nothing of it is built otherwise.
        .package(url: "https://github.com/swiftlang/swift-docc-plugin.git", from: "1.5.0"),
    ],
    targets: [
        // Below everything.
        .target(name: "PulpWire"),
        .target(name: "PulpTOML"),
        .target(name: "PulpManifest", dependencies: ["PulpTOML", "PulpWire"]),
        .target(name: "PulpGuest", dependencies: ["PulpWire"], exclude: ["C"]),
        .target(name: "PulpGuestTesting", dependencies: ["PulpWire"]),

        // The engine: the only code that knows Wasmtime.
        .binaryTarget(name: "libwasmtime", path: ".vendor/wasmtime.artifactbundle"),
        .target(name: "CWasmtime", dependencies: ["libwasmtime"]),
        .target(name: "PulpEngine", dependencies: ["CWasmtime", crypto]),

        // The contract, and what several capabilities share.
        .target(name: "PulpCapability", dependencies: ["PulpWire", nio, logging]),
        .target(
            name: "PulpListener",
            dependencies: [
                nio, nioPosix, logging, .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
            ]),
        .target(name: "PulpEgress", dependencies: [nio, nioPosix, logging]),
        .target(name: "PulpSandbox"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(
            name: "PulpRuntime",
            dependencies: [
                "PulpEngine", "PulpCapability", "PulpManifest", "PulpWire", nio, nioPosix, logging, crypto,
                .product(name: "DequeModule", package: "swift-collections"),
            ]),

        // The whole.
        .target(
            name: "Pulp",
            dependencies: [
                "PulpCapability", "PulpManifest", "PulpRuntime", "PulpEngine", "PulpWire", "PulpListener",
                "PulpEgress", "PulpSandbox", nio, nioPosix, logging, lifecycle,
            ] + capabilities.map { .target(name: $0.module) }),

        // The workshop: what those who write plugins use.
        .target(
            name: "PulpBuild",
            dependencies: ["PulpManifest", "PulpTOML", "PulpEngine", crypto, subprocess, systemPackage]),
        .target(name: "PulpScaffold", dependencies: ["PulpManifest", "PulpBuild"]),
        .target(
            name: "PulpTestRunner",
            dependencies: [
                "CSQLite", "Pulp", "PulpBuild", "PulpCapability", "PulpEgress", "PulpEngine", "PulpListener",
                "PulpManifest",
                "PulpRuntime", "PulpSandbox", "PulpTesting", "PulpTOML", "PulpWire", nio, nioPosix, logging, http1,
            ]),
        .target(
            name: "PulpDevelopment",
            dependencies: [
                "Pulp", "PulpBuild", "PulpCapability", "PulpEngine", "PulpListener", "PulpManifest", "PulpRuntime",
                "PulpWire", nio, nioPosix, logging, http1, lifecycle,
            ]),

        .target(
            name: "PulpCommands",
            dependencies: [
                "CSQLite", "Pulp", "PulpBench", "PulpBuild", "PulpDevelopment", "PulpScaffold",
                "PulpTestRunner", "PulpManifest", "PulpRuntime", "PulpWire", "PulpEngine", "PulpListener",
                "PulpSandbox",
                "PulpTOML", nio, nioPosix, logging, arguments, lifecycle, signals,
            ]),
        .executableTarget(name: "PulpCLI", dependencies: ["PulpCommands"]),
        .target(
            name: "PulpBench",
            dependencies: [
                "CSQLite", "Pulp", "PulpCapability", "PulpEngine", "PulpFileStorage", "PulpListener", "PulpManifest",
                "PulpRuntime", "PulpSandbox", nio, nioPosix, logging, httpClient,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .target(
            name: "PulpTesting", dependencies: ["PulpCapability", "PulpWire", nio, nioEmbedded, logging],
            exclude: ["README.md"]),

        .target(name: "CAllocationCounter", path: "Benchmarks/CAllocationCounter"),
        .executableTarget(
            name: "PulpMicrobenchmarks", dependencies: ["PulpEngine", "PulpWire", "CAllocationCounter"],
            path: "Benchmarks/Micro"),

        .testTarget(name: "PulpEngineTests", dependencies: ["PulpEngine", "Pulp"]),
        .target(
            name: "PulpTestSupport",
            dependencies: [
                "Pulp", "PulpTesting", "PulpRuntime", "PulpEngine", "PulpManifest", "PulpCapability", "PulpWire",
                "PulpListener", "PulpSandbox", nio, nioPosix, logging,
            ], path: "Tests/Support"),
        .testTarget(name: "PulpRuntimeTests", dependencies: ["PulpTestSupport", "PulpRuntime"]),
        .testTarget(name: "IntegrationTests", dependencies: ["PulpTestSupport"]),
        .testTarget(name: "PulpTests", dependencies: ["Pulp", "PulpTesting"]),
        .testTarget(name: "PulpWireTests", dependencies: ["PulpWire"]),
        .testTarget(
            name: "PulpListenerTests",
            dependencies: [
                "PulpListener", nio, nioPosix, nioEmbedded, logging, .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"), .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHPACK", package: "swift-nio-http2"),
            ]),
        .testTarget(
            name: "CapabilityTests",
            dependencies: ["PulpTesting", "PulpCapability", "PulpWire", nio, nioPosix, nioEmbedded, logging]
                + ["PulpWASI", "PulpLog", "PulpEntropy"]),
        .testTarget(name: "PulpTOMLTests", dependencies: ["PulpTOML"]),
        .testTarget(name: "PulpManifestTests", dependencies: ["PulpManifest", "PulpTOML"]),
        .testTarget(name: "ArchitectureTests"),
        .testTarget(
            name: "DocumentationTests",
            dependencies: ["Pulp", "PulpEngine", "PulpManifest", "PulpRuntime"]),
        .testTarget(
            name: "PulpBuildTests", dependencies: ["PulpBuild", "PulpManifest", "PulpTestSupport", "Pulp"]),
        .testTarget(
            name: "PulpScaffoldTests",
            dependencies: ["PulpScaffold", "PulpBuild", "PulpManifest", "PulpTestRunner", "PulpTestSupport"]),
        .testTarget(
            name: "PulpTestRunnerTests",
            dependencies: [
                "PulpTestRunner", "PulpBuild", "PulpTestSupport", "Pulp", "PulpManifest", "PulpTOML", nio, nioPosix,
            ]),
        .testTarget(
            name: "PulpDevelopmentTests",
            dependencies: [
                "PulpDevelopment", "PulpBuild", "PulpTestSupport", "Pulp", "PulpRuntime", "PulpManifest", nio, nioPosix,
                logging,
            ]),
        .testTarget(
            name: "SDKTests",
            dependencies: [
                "PulpCapability", "PulpBuild", "PulpTestSupport", "Pulp", "PulpManifest", "PulpRuntime", "PulpSandbox",
                "PulpWire",
            ]),
        .testTarget(
            name: "PulpCommandsTests",
            dependencies: [
                "PulpCommands", "PulpCLI", "PulpEngine", "Pulp", nio, nioPosix, logging,
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
    ]
        + capabilities.map { capability in
            .target(
                name: capability.module, dependencies: ["PulpCapability", "PulpWire"] + capability.needs,
                path: "Sources/Capabilities/\(capability.folder)", exclude: ["README.md"])
        }
        + ["HTTPOutbound", "WebSocket", "ServerSentEvents", "FileStorage", "SQLite", "Docker"].map { name in
            .testTarget(
                name: "\(name)Tests",
                dependencies: [
                    .target(name: "Pulp\(name)"), "PulpTestSupport", "PulpTesting", "PulpCapability", "PulpWire",
                    "PulpListener", "PulpEgress", "PulpSandbox", "PulpManifest", "PulpRuntime", "Pulp", nio, nioPosix,
                    nioEmbedded, http1, nioSSL, logging,
                ])
        }
)

/// Every target is built the same way: Swift 6 mode, warnings are errors, unsafe code is marked where it stands.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]
for target in package.targets
where target.type != .binary && target.type != .system && !["CWasmtime", "CAllocationCounter"].contains(target.name) {
    target.swiftSettings = settings
    if ["PulpGuest", "PulpGuestTesting", "PulpSandbox"].contains(target.name) {
        target.swiftSettings?.append(.enableExperimentalFeature("Extern"))
    }
}
