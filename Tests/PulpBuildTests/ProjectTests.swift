import Foundation
import PulpBuild
import PulpManifest
import PulpTestSupport
import Testing

@Suite("Projects")
struct ProjectTests {
    private static func mistake(_ files: [String: String], at path: String = "") async throws -> BuildError? {
        try await Workbench.withPlugin(files) { folder in
            do throws(BuildError) {
                _ = try PluginProject(path.isEmpty ? folder : "\(folder)/\(path)").sources()
                return nil
            } catch {
                return BuildError(error.code, error.message.replacing("\(folder)", with: "FOLDER"))
            }
        }
    }

    @Test("the files say the language, unless there are several")
    func languages() async throws {
        for (name, language) in [
            ("a.swift", Language.swift), ("a.c", .c), ("src/lib.rs", .rust), ("main.go", .go), ("a.zig", .zig),
        ] {
            try await Workbench.withPlugin([name: "", "notes.md": ""]) { folder in
                let project = try Workbench.project(folder)
                #expect(project.language == language)
            }
        }
        let both = try await Self.mistake(["a.swift": "", "b.c": ""])
        #expect(both?.message.contains("swift (a.swift), c (b.c); say which one") == true)
        let none = try await Self.mistake([:])
        #expect(none?.message.contains("there is no source beside FOLDER/pulp.plugin.toml") == true)
    }

    @Test("the manifest's word decides, and tests, data and what tools made are no sources")
    func sources() async throws {
        let files = [
            "pulp.plugin.toml": Workbench.manifest + "[build]\nlanguage = \"c\"\n",
            "b.c": "", "src/a.c": "", "page.swift": "", "tests/t.c": "", "data/d.c": "", ".build/x.c": "",
            "target/y.c": "",
        ]
        try await Workbench.withPlugin(files) { folder in
            let project = try Workbench.project(folder)
            #expect(try project.sources() == ["\(folder)/b.c", "\(folder)/src/a.c"])
            #expect(project.isWatched("src/a.c") && project.isWatched("page.html"))
            #expect(project.isWatched("pulp.plugin.toml"))
            for path in ["plugin.wasm", ".b.c.swp", "b.c~", "tests/t.c", "data/d.c", "4913"] {
                #expect(!project.isWatched(path), "\(path)")
            }
        }
    }

    @Test("patterns of the manifest choose sources, also where tools have theirs")
    func patterns() async throws {
        let files = [
            "pulp.plugin.toml": Workbench.manifest + "[build]\nsources = [\"src/*.c\", \"build\"]\n",
            "a.c": "", "src/b.c": "", "src/deep/c.c": "", "build/d.c": "", "src/e.h": "",
        ]
        try await Workbench.withPlugin(files) { folder in
            let sources = try Workbench.project(folder).sources()
            #expect(sources == ["\(folder)/build/d.c", "\(folder)/src/b.c"])
        }
    }

    @Test("what is no plugin is said in a sentence")
    func noPlugin() async throws {
        let missing = try await Self.mistake([:], at: "nowhere")
        #expect(
            missing?.message
                == "FOLDER/nowhere:1:1: there is no such file or folder; name a plugin's folder or its manifest")
        let wrong = try await Self.mistake(["pulp.plugin.toml": "name = 1\n", "a.c": ""])
        #expect(wrong?.message.contains("pulp.plugin.toml:1:8: name must be a string") == true)
    }

    @Test("the SDK is where PULP_SDK says, beside the program, or above it")
    func sdk() async throws {
        try await withTemporaryFolder { folder in
            let real = URL(filePath: folder).resolvingSymlinksInPath().path
            try Workbench.write(
                [
                    "p/share/pulp/Sources/PulpGuest/a": "", "p/bin/pulp": "", "q/Sources/PulpGuest/a": "",
                    "q/x/y/pulp": "",
                ],
                to: real)
            func find(_ program: String, _ named: String? = nil) throws(BuildError) -> String {
                try SDKLocation.find(
                    environment: named.map { ["PULP_SDK": $0] } ?? [:], executable: "\(real)/\(program)"
                ).root
            }
            #expect(try find("p/bin/pulp") == "\(real)/p/share/pulp")
            #expect(try find("q/x/y/pulp") == "\(real)/q")
            #expect(try find("p/bin/pulp", "\(real)/q/") == "\(real)/q")
            try FileManager.default.createSymbolicLink(atPath: "\(real)/link", withDestinationPath: "p/bin/pulp")
            #expect(try find("link") == "\(real)/p/share/pulp")
            #expect(throws: BuildError.self) { try find("p/bin/pulp", "\(real)/p") }
            let lost = #expect(throws: BuildError.self) { try find("elsewhere") }
            #expect(lost?.message.contains("set PULP_SDK to Pulp's folder") == true)
        }
    }

    @Test("the SDK's cache lies beside the modules', or in the folder that is named")
    func cacheFolder() {
        #expect(SDKCache.defaultFolder(environment: ["HOME": "/h"]) == "/h/.cache/pulp/sdk")
        #expect(SDKCache.defaultFolder(environment: ["PULP_CACHE_DIR": "/c"]) == "/c/sdk")
        #expect(SDKCache.defaultFolder(environment: ["PULP_CACHE_DIR": "", "HOME": "/h"]) == nil)
    }
}
