import Foundation
import Testing

/// That adding a capability is a folder, a row in `Package.swift` and a line in the composition root, and that the three
/// agree.
@Suite("Capability folders")
struct CapabilityFolderTests {
    private let tree: SourceTree
    private let package: PackageManifest
    private let root: String

    init() throws {
        self.tree = try SourceTree.read.get()
        self.package = try PackageManifest()
        self.root = try SourceTree.text("Sources/Pulp/Registry+builtins.swift")
    }

    private var folders: [String] {
        self.tree.modules.filter { $0.hasPrefix("Capabilities/") }.map { String($0.dropFirst("Capabilities/".count)) }
    }

    @Test("each folder has one row in Package.swift, and each row a folder")
    func rows() {
        #expect(self.package.capabilities.map(\.folder).sorted() == self.folders)
        #expect(Set(self.package.capabilities.map(\.module)).count == self.package.capabilities.count)
    }

    @Test("each folder holds a capability that the composition root offers")
    func offered() {
        for folder in self.folders {
            let names = self.tree.files.filter { $0.module == "Capabilities/\(folder)" }.flatMap { file in
                file.lines.filter { $0.contains(": Capability ") }.compactMap { line in
                    line.firstMatch(of: /(?:struct|class) (\w+): Capability\b/).map { String($0.1) }
                }
            }
            #expect(!names.isEmpty, "\(folder) holds no type that is a Capability")
            for name in names {
                #expect(self.root.contains("\(name)("), "\(name) is not in Sources/Pulp/Registry+builtins.swift")
            }
        }
    }

    @Test("each folder has a README that says something")
    func readme() throws {
        for folder in self.folders {
            let text = try SourceTree.text("Sources/Capabilities/\(folder)/README.md")
            #expect(text.hasPrefix("# "), "\(folder)/README.md has no title")
            #expect(text.count > 200, "\(folder)/README.md is hardly a page")
        }
    }

    @Test("the dependencies in Package.swift are those that Layers allows")
    func dependencies() {
        #expect(self.package.targets.count >= 10)
        for target in self.package.targets {
            guard let allowed = Layers.allowed[target.name] else { continue }
            let above = target.dependencies.subtracting(allowed)
            #expect(above.isEmpty, "\(target.name) depends on \(above.sorted())")
        }
    }
}
