import Foundation
import Testing

@Suite("The other commands", .timeLimit(.minutes(15)))
struct CommandTests {
    @Test("pulp version names all that a report of a fault needs")
    func version() async throws {
        let result = try await pulp("version", environment: ["PULP_CACHE_DIR": "/somewhere/modules"])
        #expect(result.code == 0)
        #expect(result.output.hasPrefix("pulp "))
        for words in ["libwasmtime 50.0.1", "swift ", "platform ", "/somewhere/modules"] {
            #expect(result.output.contains(words))
        }
        #expect(result.error == "")
    }

    @Test(
        "A wrong command line is exit code 2, one sentence, and where to read more",
        arguments: [
            ["chek"], ["run"], ["run", "--bogus", "x"], ["run", "x", "--tls-cert", "c"],
            ["run", "x", "--listen", "here"],
            ["run", "x", "--threads", "0"], ["step", "x", "--payload", "1"], ["check"], ["x.toml"], ["debug", "yaml"],
        ])
    func usage(arguments: [String]) async throws {
        let program = try RunningProgram(arguments)
        #expect(try await program.exitCode() == 2)
        #expect(program.error.hasPrefix("pulp: "))
        #expect(!program.error.contains("Error:"))
        #expect(program.error.split(separator: "\n").count <= 2)
        #expect(program.output == "")
    }

    @Test("A command that is nearly one is named, and a manifest without a command too")
    func nearMisses() async throws {
        #expect(try await pulp("chek").error == "pulp: no command \"chek\"; did you mean \"check\"?\n")
        #expect(try await pulp("a.toml").error == "pulp: no command \"a.toml\"; try: pulp run a.toml\n")
    }

    @Test("Help goes to standard output and is no failure; nothing at all is one")
    func help() async throws {
        let help = try await pulp("--help")
        #expect(help.code == 0)
        #expect(help.output.contains("Exit codes:"))
        let nothing = try await pulp()
        #expect(nothing.code == 2)
        #expect(nothing.error.contains("SUBCOMMANDS:"))
    }

    @Test(
        "What is no manifest is said in one line",
        arguments: [
            ("none.toml", "there is no such file"),
            ("Examples", "this folder has no pulp.plugin.toml; name a plugin's folder"),
            ("Examples/hello/hello.wasm", "this is a WebAssembly module"), ("/dev/null", "not a regular file"),
        ])
    func noManifest(path: String, words: String) async throws {
        for command in ["run", "check", "step"] {
            let result = try await pulp(command, path)
            #expect(result.code == 1)
            #expect(result.error.hasPrefix("\(path):1:1: "))
            #expect(result.error.contains(words))
            #expect(result.error.split(separator: "\n").count == 1)
        }
    }

    // MARK: check

    @Test("pulp check lists what is granted and stubbed")
    func check() async throws {
        let result = try await pulp("check", Places.example("hello"))
        #expect(result.code == 0)
        #expect(result.output.contains("pulp.http_register  granted by transport.http.inbound"))
        #expect(result.output.contains("good"))

        let manifest = "name = \"hello\"\nversion = \"1\"\nwasm = \"hello.wasm\"\n"
        let ungranted = try await Self.checked(manifest, ["hello.wasm": Places.bytes("Examples/hello/hello.wasm")])
        #expect(ungranted.code == 0)
        #expect(
            ungranted.output.contains(
                "pulp.http_register  stubbed: add \"transport.http.inbound\" to capabilities to grant it"))
    }

    @Test(
        "pulp check finds what would fail at load",
        arguments: [
            ("missing-all", "missing required exports: [pulp_init pulp_step pulp_shutdown pulp_alloc]"),
            ("signature-step", "pulp_step is (i64, i64)"),
            ("import-unknown", "missing: no capability provides it; did you mean pulp.http_register?"),
            ("memory-too-large", "needs 5000 pages of memory from the start, and may have 4096"),
        ])
    func checkProblems(fixture: String, words: String) async throws {
        let manifest = "name = \"bad\"\nversion = \"1\"\nwasm = \"bad.wasm\"\n"
        let result = try await Self.checked(manifest, ["bad.wasm": Fixture.hostile(fixture)])
        #expect(result.code == 1)
        #expect(result.output.contains(words))
        #expect(result.output.contains("refused"))
    }

    @Test("pulp check goes on behind a manifest that is wrong")
    func checkSeveral() async throws {
        let result = try await pulp("check", "none.toml", Places.example("echo"))
        #expect(result.code == 1)
        #expect(result.error.contains("none.toml:1:1: "))
        #expect(result.output.contains("echo 1.0.0"))
    }

    private static func checked(
        _ manifest: String, _ files: [String: [UInt8]]
    ) async throws -> (code: Int32, output: String, error: String) {
        let folder = try Places.folder(files.merging(["pulp.plugin.toml": Array(manifest.utf8)]) { $1 })
        return try await pulp("check", folder.appending(path: "pulp.plugin.toml").path)
    }

    // MARK: inspect

    @Test("pulp inspect shows what a module is made of")
    func inspect() async throws {
        let result = try await pulp("inspect", "Examples/hello/hello.wasm")
        #expect(result.code == 0)
        for words in [
            "code  ", "custom \"producers\"", "processed-by", "imports (", "pulp.http_register", "exports (",
            "pulp_step", "(i32, i32) -> (i32)", "pages of 64 KiB", "start function\n  none",
        ] { #expect(result.output.contains(words), "\(words)") }
    }

    @Test("pulp inspect shows a start function, and a module that does not compile up to there")
    func inspectOdd() async throws {
        let start = try await Self.inspected(Fixture.hostile("imports-start"))
        #expect(start.code == 0)
        #expect(start.output.contains("runs when instantiated"))
        let large = try await Self.inspected(Fixture.hostile("memory-64"))
        #expect(large.code == 1)
        #expect(large.output.contains("64-bit"))
        #expect(large.error.contains("does not compile: "))
    }

    @Test("pulp inspect says where a damaged module ends, and what is no module at all")
    func inspectDamaged() async throws {
        let cut = try await Self.inspected(Array(Places.bytes("Examples/hello/hello.wasm").prefix(100)))
        #expect(cut.code == 1)
        #expect(cut.error.contains("byte 100: the type section goes beyond the end"))
        let text = try await pulp("inspect", "README.md")
        #expect(text.code == 1)
        #expect(text.error.split(separator: "\n").count == 1)
    }

    private static func inspected(_ bytes: [UInt8]) async throws -> (code: Int32, output: String, error: String) {
        try await pulp("inspect", Places.folder(["x.wasm": bytes]).appending(path: "x.wasm").path)
    }

    // MARK: manifest, debug

    @Test("pulp manifest schema is JSON with every required key")
    func schema() async throws {
        let result = try await pulp("manifest", "schema")
        #expect(result.code == 0)
        let schema = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        #expect(schema?["required"] as? [String] == ["name", "version"])
    }

    @Test("pulp debug toml prints tagged JSON, or positions and exit code 1")
    func debugTOML() async throws {
        let good = try await pulp("debug", "toml", input: "a = 1\n")
        #expect(good.code == 0)
        #expect(good.output == "{\"a\": {\"type\": \"integer\", \"value\": \"1\"}}\n")
        let bad = try await pulp("debug", "toml", input: "a =\nb = 2\nb = 3\n")
        #expect(bad.code == 1)
        #expect(bad.output == "")
        let lines = bad.error.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("1:") && lines[1].hasPrefix("3:1: "))
    }

    @Test("pulp debug msgpack goes both ways")
    func debugMessagePack() async throws {
        let text = #"{"a":[1,-2,{"$bin":"AAE="},null,1.5]}"#
        let packer = try RunningProgram(["debug", "msgpack", "--reverse"], input: Array(text.utf8))
        #expect(try await packer.exitCode() == 0)
        let unpacker = try RunningProgram(["debug", "msgpack"], input: packer.outputBytes + [0xC3])
        #expect(try await unpacker.exitCode() == 0)
        #expect(unpacker.output == text + "\ntrue\n")
        #expect(try await pulp("debug", "msgpack", input: "").code == 1)
        #expect(try await pulp("debug", "msgpack", "--reverse", input: "{").code == 1)
        let wrong = try RunningProgram(["debug", "msgpack"], input: [0xC1])
        #expect(try await wrong.exitCode() == 1)
        #expect(wrong.error.hasPrefix("pulp: standard input: byte 0: "))
    }
}
