import Foundation
import Testing

/// What makes plugins: new, build, doctor.
@Suite("The commands that make plugins", .timeLimit(.minutes(15)))
struct ToolTests {
    // MARK: new

    @Test("pulp new makes a folder, names its files, and says what comes next")
    func new() async throws {
        let folder = try Places.folder([:]).appending(path: "greeter").path
        let made = try await pulp("new", "greeter", "--language", "c", "--template", "sse", "--path", folder)
        #expect(made.code == 0, "\(made.error)")
        #expect(made.output.hasPrefix("\(folder) is a plugin in C:\n"))
        #expect(made.output.hasSuffix("\nnext:\n  cd \(folder)\n  pulp dev\n"))
        for file in ["pulp.plugin.toml", "plugin.c", "README.md", ".gitignore"] {
            let text = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            #expect(made.output.contains("  \(file)\n"))
            #expect(!text.contains("PLUGIN_NAME"))
        }
        let again = try await pulp("new", "greeter", "--path", folder)
        #expect(again.code == 1)
        #expect(again.error.contains(folder))
        #expect(again.output == "")
    }

    @Test(
        "pulp new refuses what is no name, no language and no template",
        arguments: [
            ["new"], ["new", "../x"], ["new", "9lives"], ["new", ""], ["new", "x", "--language", "cobol"],
            ["new", "x", "--template", "grpc"],
        ])
    func newWrong(arguments: [String]) async throws {
        let program = try RunningProgram(arguments)
        #expect(try await program.exitCode() == 2)
        #expect(program.error.hasPrefix("pulp: "))
        #expect(program.output == "")
    }

    // MARK: build

    @Test("pulp build builds what pulp new made, and says its size and what it is granted")
    func build() async throws {
        let folder = try await Self.made("http")
        let built = try await pulp("build", folder)
        #expect(built.code == 0, "\(built.error)")
        #expect(built.output.hasPrefix("greeter 0.1.0 built in "))
        #expect(built.output.contains("  module    \(folder)/plugin.wasm, "))
        #expect(built.output.contains("pulp.http_register  granted by transport.http.inbound"))
        let again = try await pulp("build", "\(folder)/pulp.plugin.toml", "--quiet")
        #expect(again.code == 0)
        #expect(again.output == "")
    }

    @Test("What the compiler refuses is in its own words, and leaves the old module")
    func buildRefused() async throws {
        let folder = try await Self.made("http")
        #expect(try await pulp("build", folder, "--quiet").code == 0)
        let module = try Data(contentsOf: URL(filePath: "\(folder)/plugin.wasm"))
        try Data("void pulp_configure(void) { nonsense(; }\n".utf8).write(to: URL(filePath: "\(folder)/plugin.c"))
        let refused = try await pulp("build", folder)
        #expect(refused.code == 1)
        #expect(refused.error.contains("plugin.c:1:"))
        #expect(refused.error.contains("greeter was not built"))
        #expect(try Data(contentsOf: URL(filePath: "\(folder)/plugin.wasm")) == module)
    }

    @Test("pulp build runs a command of the manifest, with where the module goes in its environment")
    func buildCommand() async throws {
        let wasm = try Places.bytes("Examples/echo/echo.wasm")
        let manifest = """
            name = "own"
            version = "1"
            wasm = "own.wasm"
            capabilities = ["transport.http.inbound"]

            [build]
            command = ["sh", "make.sh"]
            """
        let folder = try Places.folder([
            "pulp.plugin.toml": Array(manifest.utf8), "made.bin": wasm,
            "make.sh": Array("echo \"for $PULP_BUILD_MODE\"; cp made.bin \"$PULP_BUILD_OUTPUT\"\n".utf8),
        ]).path
        let built = try await pulp("build", folder, "--debug")
        #expect(built.code == 0, "\(built.error)")
        #expect((built.output + built.error).contains("for debug"))
        #expect(Array(try Data(contentsOf: URL(filePath: "\(folder)/own.wasm"))) == wasm)

        try Data("echo broken >&2; exit 3\n".utf8).write(to: URL(filePath: "\(folder)/make.sh"))
        let refused = try await pulp("build", folder)
        #expect(refused.code == 1)
        #expect(refused.error.contains("broken"))
    }

    @Test("pulp build --watch builds again when a source is saved, until it is stopped")
    func buildWatch() async throws {
        let folder = try await Self.made("empty")
        let program = try RunningProgram(["build", folder, "--watch"])
        try await program.line(with: "waiting for changes in", in: .output)
        try Data("nonsense\n".utf8).write(to: URL(filePath: "\(folder)/plugin.c"))
        try await program.line(with: "was not built")
        program.send(SIGTERM)
        #expect(try await program.exitCode() == 0)
    }

    @Test("a source that is saved while the first build of pulp build --watch goes on is built")
    func buildWatchSavedMeanwhile() async throws {
        let manifest = """
            name = "own"
            version = "1"
            wasm = "own.wasm"
            build.command = ["sh", "make.sh"]
            """
        // The first build is the one that is overtaken: the command itself saves.
        let script = """
            if [ -f once ]; then echo built again; else touch once; echo second > words.c; fi
            cp words.c own.wasm
            """
        let folder = try Places.folder([
            "pulp.plugin.toml": Array(manifest.utf8), "words.c": Array("first\n".utf8), "make.sh": Array(script.utf8),
        ]).path
        let program = try RunningProgram(["build", folder, "--watch"])
        try await program.line(with: "built again")
        program.send(SIGTERM)
        #expect(try await program.exitCode() == 0)
    }

    @Test("names that look like options or like files of arguments are names")
    func strangeNames() async throws {
        let folder = try await Self.made("http")
        let source = try Data(contentsOf: URL(filePath: "\(folder)/plugin.c"))
        try FileManager.default.removeItem(atPath: "\(folder)/plugin.c")
        let helper = Data("int helper(void) { return 1; }\n".utf8)
        try source.write(to: URL(filePath: "\(folder)/-o stray.c"))
        try helper.write(to: URL(filePath: "\(folder)/@it's \"one\"\n$(touch x).c"))
        let process = try ChildProcess(
            Places.program().path, ["build"], input: [], environment: ProcessInfo.processInfo.environment,
            directory: folder)
        let outcome = try #require(await process.until { $0.isOver ? $0 : nil })
        #expect(outcome.status == 0, "\(String(decoding: outcome.error, as: UTF8.self))")
        let left = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(left.contains("plugin.wasm") && !left.contains(" stray.c") && !left.contains("x"))
    }

    /// A plugin in C, whose compiler is quickest, in a folder of its own.
    private static func made(_ template: String) async throws -> String {
        let folder = try Places.folder([:]).appending(path: "greeter").path
        let made = try await pulp("new", "greeter", "--language", "c", "--template", template, "--path", folder)
        #expect(made.code == 0, "\(made.error)")
        return folder
    }

    // MARK: doctor

    @Test("pulp doctor looks at everything, and says the same to programs")
    func doctor() async throws {
        let names = ["engine", "sdk", "swift", "rust", "go", "zig", "sqlite", "docker", "cache", "port 8080"]
        let told = try await pulp("doctor")
        #expect(told.code == 0, "\(told.output)")
        for name in names { #expect(told.output.split(separator: "\n").contains { $0.hasPrefix("\(name) ") }) }
        let json = try await pulp("doctor", "--json")
        let document = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(document["good"] as? Bool == true)
        let findings = try #require(document["findings"] as? [[String: Any]])
        #expect(Set(names).isSubset(of: findings.compactMap { $0["name"] as? String }))
        // Whatever is wrong comes with what mends it.
        for finding in findings where finding["state"] as? String != "ok" { #expect(finding["remedy"] is String) }
    }

    @Test("pulp doctor says what is missing, and what mends it, with exit code 1")
    func doctorMissing() async throws {
        let told = try await pulp(
            "doctor", environment: ["PULP_SDK": "/nowhere", "DOCKER_HOST": "tcp://10.0.0.1:2375"])
        #expect(told.code == 1)
        #expect(told.output.contains("PULP_SDK is /nowhere"))
        #expect(told.output.contains("DOCKER_HOST is tcp://10.0.0.1:2375"))
        #expect(told.output.contains("export DOCKER_HOST=unix:///var/run/docker.sock"))
    }
}
