import Foundation
import PulpBuild
import PulpManifest
import PulpScaffold
import PulpTestRunner
import PulpTestSupport
import Synchronization
import Testing

@Suite("New plugins", .timeLimit(.minutes(10)))
struct ScaffoldTests {
    private static let sdk = SDKLocation(root: Fixture.root.path)
    private static let builder = Builder(
        sdk: sdk, environment: ProcessInfo.processInfo.environment,
        cacheFolder: NSTemporaryDirectory() + "pulp-tests-sdk-\(getuid())")

    /// Languages whose compiler is here. Swift's and C's always are; on CI the others have to be as well.
    private static func isInstalled(_ language: Language) async -> Bool {
        if language == .swift || language == .c || ProcessInfo.processInfo.environment["CI"] != nil { return true }
        let found = try? await ForeignToolchain.find(
            language, environment: ProcessInfo.processInfo.environment, sdk: Self.sdk)
        return found != nil
    }

    @Test("every template builds in every language and does what it says", arguments: Language.allCases)
    func templates(language: Language) async throws {
        guard await Self.isInstalled(language) else {
            print(
                "warning: skipped: the templates of \(language.title) and their tests, whose compiler is not installed")
            return
        }
        try await withTemporaryFolder { folder in
            for template in PulpScaffold.Template.allCases {
                let plugin = "\(folder)/\(template.rawValue)"
                let scaffold = try Scaffold(name: "my-\(template)", language: language, template: template)
                let files = try scaffold.write(to: plugin, sdk: Self.sdk)
                #expect(
                    Set(files).isSuperset(of: [
                        ".gitignore", "README.md", "pulp.plugin.toml",
                        "tests/my-\(template).\(language == .swift ? "swift" : "toml")", language.sourceName,
                    ]))
                for file in files {
                    let text = try String(contentsOfFile: "\(plugin)/\(file)", encoding: .utf8)
                    #expect(!text.contains("PLUGIN_") && !text.contains("PULP_SDK"), "\(file)")
                }
                let project = try PluginProject(plugin)
                #expect(project.language == language)
                let outcome = try await Self.builder.build(project, mode: .development)
                #expect(outcome.warnings == "", "\(language) \(template)")
                try await Self.use(project.spec, template)
                try await Self.test(project, "\(language) \(template)")
            }
        }
    }

    /// Runs the tests that the template comes with, as `pulp test` does, against both hosts.
    private static func test(_ project: PluginProject, _ what: String) async throws {
        var files = try TestFiles.paths(besideManifest: project.manifestPath).map { try TestFileReader.read(path: $0) }
        let sources = TestFiles.swiftPaths(besideManifest: project.manifestPath)
        if !sources.isEmpty {
            let built = try await Self.builder.buildTests(sources, of: project)
            #expect(built.warnings == "", "\(what)")
            files += try await TestModule(bytes: built.bytes, sources: built.sources).files()
        }
        #expect(files.count == 1, "\(what)")
        for (file, isLive) in files.flatMap({ [($0, false), ($0, true)] }) {
            var settings = TestRunner.Settings()
            settings.isLive = isLive
            settings.timeout = .seconds(90)
            let report = Mutex(TestReport())
            let runner = TestRunner(project.spec, settings: settings)
            try await runner.run(file) { result in report.withLock { $0.add(result) } }
            let whole = report.withLock { $0 }
            #expect(whole.failureCount == 0 && !whole.results.isEmpty, "\(what): \(whole.text(.text))")
            // Time that passes as the test says is for the fake host alone.
            #expect(whole.skippedCount == (isLive && what.hasSuffix("cron") ? 1 : 0), "\(what)")
        }
    }

    private static func use(_ spec: PluginSpec, _ template: PulpScaffold.Template) async throws {
        try await withSite([spec]) { site in
            switch template {
            case .http:
                #expect(try await site.get("/hello/you").body == Array("Hello, you! (1)\n".utf8))
                #expect(try await site.get("/hello/me").body == Array("Hello, me! (2)\n".utf8))
            case .websocket:
                let ada = try await WebSocketClient.open(site.address, "/chat")
                let ben = try await WebSocketClient.open(site.address, "/chat")
                try await ada.send("hello")
                #expect(try await ada.next() == .text("hello"))
                // Who has spoken is known to the plugin; before that it may not have heard of ben yet.
                try await ben.send("again")
                #expect(try await ada.next() == .text("again"))
                var heard = try await ben.next()
                if heard == .text("hello") { heard = try await ben.next() }
                #expect(heard == .text("again"))
                for client in [ada, ben] { _ = try await client.close() }
            case .sse:
                #expect(try await site.request("POST", "/events", body: Array("hello".utf8)).status == 204)
            case .cron:
                #expect(await eventually { site.world.log.messages.contains("run 1") })
            case .empty:
                #expect(await eventually { site.world.log.messages.contains("my-empty is ready") })
            }
        }
    }

    @Test("nothing that is there is overwritten, and a folder that is empty is taken")
    func neverOverwrites() async throws {
        try await withTemporaryFolder { folder in
            let scaffold = try Scaffold(name: "mine", language: .c, template: .empty)
            let taken = "\(folder)/taken"
            try FileManager.default.createDirectory(atPath: "\(taken)/keep", withIntermediateDirectories: true)
            let refused = #expect(throws: ScaffoldError.self) { try scaffold.write(to: taken, sdk: Self.sdk) }
            #expect(refused?.message.contains("nothing in it is overwritten") == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: taken) == ["keep"])

            try Data().write(to: URL(filePath: "\(folder)/file"))
            #expect(throws: ScaffoldError.self) { try scaffold.write(to: "\(folder)/file", sdk: Self.sdk) }

            try FileManager.default.createDirectory(atPath: "\(folder)/free", withIntermediateDirectories: true)
            _ = try scaffold.write(to: "\(folder)/free", sdk: Self.sdk)
            #expect(throws: ScaffoldError.self) { try scaffold.write(to: "\(folder)/free", sdk: Self.sdk) }
            // No draft is left of those that were refused.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["file", "free", "taken"])
        }
    }

    @Test("a folder that is there stays the one that it is: a shell may be in it, and a link may lead to it")
    func sameFolder() async throws {
        try await withTemporaryFolder { folder in
            let scaffold = try Scaffold(name: "mine", language: .c, template: .empty)
            let (free, link) = ("\(folder)/free", "\(folder)/link")
            try FileManager.default.createDirectory(atPath: free, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: free)
            func number() throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: free)[.systemFileNumber] as? Int
            }
            let before = try number()
            let files = try scaffold.write(to: link, sdk: Self.sdk)
            #expect(try before != nil && number() == before)
            let there = try FileManager.default.subpathsOfDirectory(atPath: free).sorted()
            #expect(there.filter { $0 != "tests" } == files)
        }
    }

    @Test("a path to the SDK with quotes and blanks is one in the files that name it", arguments: [Language.go, .rust])
    func quoted(language: Language) async throws {
        try await withTemporaryFolder { folder in
            let root = "\(folder)/a \"quoted\" place"
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: "\(root)/SDKs", withDestinationPath: "\(Self.sdk.root)/SDKs")
            let scaffold = try Scaffold(name: "mine", language: language, template: .empty)
            _ = try scaffold.write(to: "\(folder)/mine", sdk: SDKLocation(root: root))
            let file = language == .go ? "go.mod" : "Cargo.toml"
            let text = try String(contentsOfFile: "\(folder)/mine/\(file)", encoding: .utf8)
            #expect(text.contains("\"\(folder)/a \\\"quoted\\\" place/SDKs/\(language.rawValue)\""))
        }
    }

    @Test(
        "a name that cannot be a folder's or a store's is refused, with the characters that can be",
        arguments: [
            "", ".", "..", "a/b", "../x", "-x", "1st", "a b", "n\u{e4}me", "a\n", String(repeating: "a", count: 65),
        ])
    func badNames(name: String) {
        let error = #expect(throws: ScaffoldError.self) {
            try Scaffold(name: name, language: .swift, template: .http)
        }
        #expect(
            error?.message.contains(name.isEmpty ? "has no name" : "has letters (a-z), digits, ., - and _ only") == true
        )
    }

    @Test(
        "names that can be are taken", arguments: ["a", "my-plugin", "My_plugin.v2", String(repeating: "a", count: 64)])
    func goodNames(name: String) {
        #expect(Scaffold.problem(withName: name) == nil)
    }

    @Test("an SDK without templates is said")
    func noTemplates() async throws {
        try await withTemporaryFolder { folder in
            let scaffold = try Scaffold(name: "mine", language: .c, template: .empty)
            #expect(throws: ScaffoldError.self) {
                try scaffold.write(to: "\(folder)/mine", sdk: SDKLocation(root: folder))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}
