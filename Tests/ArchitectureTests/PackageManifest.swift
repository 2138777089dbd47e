/// `Package.swift` as text: asking the package manager would need its lock, which whoever runs the tests holds.
struct PackageManifest {
    /// A row of its table of capabilities.
    struct CapabilityRow: Hashable {
        let module: String
        let folder: String
    }

    /// A target that is spelled out, and the modules of ours among its dependencies.
    struct Target {
        let name: String
        let dependencies: Set<String>
    }

    let capabilities: [CapabilityRow]
    let targets: [Target]

    init() throws {
        let text = try SourceTree.text("Package.swift")
        self.capabilities = text.matches(of: /\("(Pulp\w+)", "(\w+)", \[/).map {
            CapabilityRow(module: String($0.1), folder: String($0.2))
        }
        self.targets = Self.targets(text)
    }

    private static func targets(_ text: String) -> [Target] {
        let starts = text.matches(of: /\.(?:executableTarget|target)\(\s*name: "(\w+)"/)
        return starts.map { start in
            let rest = text[start.range.upperBound...]
            let end = rest.firstMatch(of: /\.(?:binaryTarget|testTarget|executableTarget|target)\(\s*name: "/)
            let body = rest[..<(end?.range.lowerBound ?? rest.endIndex)]
            let names = body.matches(of: /"((?:Pulp|CWasmtime)\w*)"/).map { String($0.1) }
            return Target(name: String(start.1), dependencies: Set(names))
        }
    }
}
