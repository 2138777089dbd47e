import Foundation
import Testing

/// Where things are on the machine that runs the tests.
enum Places {
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Of this run of the tests alone.
    static let scratch: URL = {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pulp-commands-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }()

    /// The program beside the tests.
    static func program() throws -> URL {
        let arguments = ProcessInfo.processInfo.arguments.first.map { URL(filePath: $0) }
        let bundles = Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") }.map(\.bundleURL)
        let candidates = ([arguments].compactMap(\.self) + bundles).map {
            $0.deletingLastPathComponent().appending(path: "pulp")
        }
        return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) })
    }

    /// Whether plugins in `language` can be built here; says so when not, and on CI that is an issue.
    static func hasCompiler(_ language: String) -> Bool {
        // Swift and C need the toolchain that Pulp itself needs; the others are there when their guests were built.
        let guest = "Tests/Fixtures/sdk-\(language)/sdk-\(language).wasm"
        if ["swift", "c"].contains(language) { return true }
        if FileManager.default.fileExists(atPath: Self.repository.appending(path: guest).path) { return true }
        #expect(ProcessInfo.processInfo.environment["CI"] == nil, "\(guest) was not built")
        print("warning: skipped: a test with \(language), whose compiler is not here")
        return false
    }

    static func example(_ name: String) -> String { "Examples/\(name)/pulp.plugin.toml" }
    static func fixture(_ name: String) -> String { "Tests/Fixtures/\(name)/pulp.plugin.toml" }

    /// A new folder with these files in it.
    static func folder(_ files: [String: [UInt8]]) throws -> URL {
        let folder = Self.scratch.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, bytes) in files { try Data(bytes).write(to: folder.appending(path: name)) }
        return folder
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Self.repository.appending(path: path)))
    }
}
