// swift-tools-version: 6.2
import PackageDescription

let pulp: Target.Dependency = .product(name: "Pulp", package: "pulp")

let package = Package(
    name: "embed",
    platforms: [.macOS(.v26)],
    dependencies: [.package(name: "pulp", path: "../..")],
    targets: [
        .executableTarget(name: "Embed", dependencies: [pulp]),
        .testTarget(name: "EmbedTests", dependencies: ["Embed", pulp]),
    ]
)
