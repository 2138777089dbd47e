import Foundation
import PulpBuild
import PulpTestSupport

/// Plugins' folders for tests, and the builder of this checkout.
enum Workbench {
    static let root = Fixture.root.path
    static let environment = ProcessInfo.processInfo.environment

    /// Shared by all tests: what it holds is what a digest names.
    static let builder = Builder(
        sdk: SDKLocation(root: root), environment: environment,
        cacheFolder: NSTemporaryDirectory() + "pulp-tests-sdk-\(getuid())")

    static let manifest = "name = \"sample\"\nversion = \"1\"\ncapabilities = [\"transport.http.inbound\"]\n"

    /// Answers `text` at `/`.
    static func c(answering text: String) -> String {
        """
        #include "pulp.h"
        static void answer(PulpRequest *request) { pulp_respond_text(request, 200, "\(text)"); }
        void pulp_configure(PulpConfig config) { pulp_get("/", answer); }
        """
    }

    static func swift(answering text: String) -> String {
        """
        import PulpGuest

        @main
        struct Sample: Plugin {
            static func configure(_ app: inout Application<Self>) throws(PluginError) {
                app.get("/") { _, _ in .text("\(text)") }
            }
        }
        """
    }

    static func write(_ files: [String: String], to folder: String) throws {
        for (path, text) in files {
            let url = URL(filePath: "\(folder)/\(path)")
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
    }

    /// A folder with `files`, the manifest among them unless they have one.
    static func withPlugin<Result: Sendable>(
        _ files: [String: String], _ body: @Sendable (_ folder: String) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryFolder { folder in
            try Self.write(["pulp.plugin.toml": Self.manifest].merging(files) { $1 }, to: folder)
            return try await body(folder)
        }
    }

    static func project(_ folder: String) throws -> PluginProject { try PluginProject(folder) }

    /// The body of `GET /`, from the module that lies in the folder.
    static func answer(_ project: PluginProject) async throws -> String {
        try await withSite([project.spec]) { site in
            String(decoding: try await site.get("/").body, as: UTF8.self)
        }
    }

    static func bytes(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { [UInt8]($0) } }
}
