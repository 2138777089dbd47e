import Testing

@testable import PulpManifest

/// What a right manifest means.
@Suite("Spec")
struct SpecTests {
    private static let everything = """
        schema_version = 1
        name = "  full "
        version = " 2.0 "
        wasm = "build/full.wasm"
        wasm_sha256 = "00FFaa\(String(repeating: "0", count: 58))"
        provides = ["add", "", "add", " Sub"]
        consumes = ["b"]
        host_consumes = ["z.y", "a.b"]
        depends_on = ["db", "db"]
        capabilities = [" Transport.HTTP.inbound ", "entropy.read", "ENTROPY.read"]
        shared_memory_groups = ["g"]
        dedicated_thread = true
        snapshotable = false
        migratable = true
        federated_callers = []
        federated_consumes = ["x"]
        restart = " always "
        max_memory_pages = 65536
        call_timeout_ms = 86400000
        max_message_bytes = 1024
        queue = 1000000
        instances = 1024
        tick_interval_ms = 250

        [env]
        TZ = "UTC"
        EMPTY = ""

        [http]
        listen = "[::1]:0"
        tls_cert = "/etc/cert.pem"
        tls_key = "key.pem"

        [limits."storage.fs"]
        max_bytes = 10
        [limits.storage.FS]
        mode = "ro"

        [config]
        nested = { deep = { deeper = 1 } }
        """

    @Test("every key of both dialects is read", arguments: ["pulp.plugin.toml", "pulp.cell.toml"])
    func everyKey(_ file: String) throws {
        let spec = try Sample.load(Self.everything, file: file).spec
        #expect(spec.name == "full")
        #expect(spec.version == "2.0")
        #expect(spec.module == .file("plugins/build/full.wasm"))
        #expect(spec.sha256 == "00ffaa" + String(repeating: "0", count: 58))
        #expect(spec.sha256Bytes == [0, 0xFF, 0xAA] + [UInt8](repeating: 0, count: 29))
        #expect(spec.provides == ["add", " Sub"])
        #expect(spec.consumes == ["b"])
        #expect(spec.hostConsumes == ["z.y", "a.b"])
        #expect(spec.dependsOn == ["db"])
        #expect(spec.capabilities == ["transport.http.inbound", "entropy.read"])
        #expect(spec.capabilityPositions["entropy.read"]?.description == "\(file):10:45")
        #expect(spec.restart == .always)
        #expect(spec.limits.maxMemoryPages == 65_536)
        #expect(spec.limits.callTimeout == .seconds(86_400))
        #expect(spec.limits.maxMessageBytes == 1024)
        #expect(spec.limits.queue == 1_000_000)
        #expect(spec.instances == .count(1024))
        #expect(spec.ticks == .every(.milliseconds(250)))
        #expect(spec.environment.map(\.name) == ["TZ", "EMPTY"])
        #expect(spec.environment.map(\.value) == ["UTC", ""])
        #expect(spec.http.listen == "[::1]:0")
        #expect(spec.http.tls == .init(certificate: "/etc/cert.pem", key: "plugins/key.pem"))
        #expect(spec.capabilityLimits["storage.fs"]?.map(\.value) == [.integer(10), .string("ro")])
        #expect(spec.capabilityLimits["storage.fs"]?.first?.position?.line == 35)
        #expect(spec.config.isEmpty == false)
    }

    @Test("what a manifest says to capabilities is read with its place, by table and key")
    func capabilityTables() throws {
        let text =
            "[http]\nlisten = \"a:1\"\nALLOW = [\"x\"]\n[sqlite]\nmode = \"b\"\nsafe = false\n[limits.a.b]\nc = 2\n"
        let keys = [
            ManifestKey("mode", .choice(["a", "b"]), default: nil, example: "\"a\"", summary: ""),
            ManifestKey("safe", .boolean, default: nil, example: "true", summary: ""),
        ]
        let allow = ManifestKey("allow", .strings, default: nil, example: "[]", summary: "")
        let limit = ManifestKey("c", .integer(1...9), default: "1", example: "1", summary: "")
        let tables = [
            CapabilityTable(name: "http", keys: [allow]), CapabilityTable(name: "sqlite", keys: keys),
            CapabilityTable(name: "limits.a.b", keys: [limit]),
        ]
        for spec in [try Sample.spec(text, tables: tables), try Sample.spec(text, tables: nil)] {
            #expect(spec.http.listen == "a:1")
            #expect(spec.capabilitySections["http"]?.map(\.name) == ["allow"])
            #expect(spec.capabilitySections["http"]?.map(\.value) == [.strings(["x"])])
            #expect(spec.capabilitySections["sqlite"]?.map(\.value) == [.string("b"), .boolean(false)])
            #expect(spec.capabilitySections["sqlite"]?.first?.position?.line == 7)
            #expect(spec.capabilityLimits["a.b"]?.map(\.value) == [.integer(2)])
        }
        let wrong = Sample.minimal + "[sqlit]\n[sqlite]\nmode = \"c\"\nsave = 1\n[limits.a.b]\nc = 10\n"
        #expect(
            Sample.mistakes(wrong, tables: tables) == [
                "3:2: unknown key \"sqlit\"; did you mean sqlite?",
                "5:8: sqlite.mode \"c\" is not one of \"a\", \"b\"; did you mean \"a\"?",
                "6:1: unknown key \"sqlite.save\"; did you mean sqlite.safe?",
                "8:5: limits.a.b.c is 10, not in 1...9; write it like c = 1",
            ])
    }

    @Test("the file's name decides between plugin and cell")
    func dialects() throws {
        let plugin = try Sample.load(Sample.minimal, file: "some/pulp.plugin.toml").spec
        #expect(plugin.dialect == .plugin)
        #expect(plugin.module == .file("plugins/plugin.wasm"))
        #expect(plugin.ticks == .none)
        let cell = try Sample.load(Sample.minimal, file: "some/PULP.Cell.toml").spec
        #expect(cell.dialect == .cell)
        #expect(cell.module == .file("plugins/cell.wasm"))
        #expect(cell.ticks == .adaptive)
        #expect(try Sample.load(Sample.minimal, file: "cell.toml").spec.dialect == .plugin)
    }

    @Test("a manifest that says nothing else has the defaults of a spec built in code")
    func defaults() throws {
        let spec = try Sample.spec("")
        #expect(spec == PluginSpec(name: "p", version: "1", module: .file("plugins/plugin.wasm")))
        #expect(spec.limits.maxMemoryPages == 4096)
        #expect(spec.limits.callTimeout == .seconds(30))
        #expect(spec.limits.maxMessageBytes == 8_388_608)
        #expect(spec.limits.queue == 64)
        #expect(spec.instances == .count(1))
        #expect(spec.restart == .onCrash)
        #expect(spec.sha256Bytes == nil)
    }

    @Test("zero means the default where the reference says so")
    func zeros() throws {
        let spec = try Sample.spec("schema_version = 0\nmax_memory_pages = 0\ncall_timeout_ms = 0\n")
        #expect(spec.limits == PluginLimits())
    }

    @Test("keys are matched without regard to case")
    func keyCase() throws {
        let spec = try Sample.load("NAME = \"p\"\nVersion = \"1\"\nMax_Memory_Pages = 1\n[HTTP]\nListen = \"a:1\"").spec
        #expect(spec.limits.maxMemoryPages == 1)
        #expect(spec.http.listen == "a:1")
    }

    @Test("instances are a number, one for each core, or one for each event")
    func instances() throws {
        #expect(try Sample.spec("instances = 7").instances == .count(7))
        #expect(try Sample.spec("instances = \"per-core\"").instances == .perCore)
        #expect(try Sample.spec("instances = \"per-event\"").instances == .perEvent)
    }

    @Test("restart policies differ")
    func restart() throws {
        #expect(try Sample.spec("restart = \"never\"").restart == .never)
        #expect(try Sample.spec("restart = \"on_crash\"").restart == .onCrash)
        #expect(try Sample.spec("restart = \"always\"").restart == .always)
    }

    @Test("an absolute module path is kept")
    func absolutePath() throws {
        #expect(try Sample.spec("wasm = \"/opt/x.wasm\"").module == .file("/opt/x.wasm"))
    }

    @Test("empty texts and lists count as absent")
    func empty() throws {
        let loaded = try Sample.load(
            Sample.minimal
                + "wasm = \"\"\nrestart = \"\"\nprovides = []\ncapabilities = []\n[env]\n[http]\n[limits]\n[config]")
        #expect(loaded.spec == PluginSpec(name: "p", version: "1", module: .file("plugins/plugin.wasm")))
        #expect(loaded.warnings.map(\.position.line) == [3, 4])
    }

    @Test("what is accepted and has no effect is a warning with its place")
    func warnings() throws {
        let loaded = try Sample.load(Self.everything)
        #expect(
            loaded.warnings.map(\.description) == [
                "pulp.plugin.toml:6:20: warning: an empty name in provides is dropped",
                "pulp.plugin.toml:6:24: warning: \"add\" is twice in provides",
                "pulp.plugin.toml:9:21: warning: \"db\" is twice in depends_on",
                "pulp.plugin.toml:10:61: warning: \"entropy.read\" is twice in capabilities",
                "pulp.plugin.toml:11:1: warning: shared_memory_groups has no effect",
                "pulp.plugin.toml:12:1: warning: dedicated_thread has no effect",
                "pulp.plugin.toml:13:1: warning: snapshotable has no effect",
                "pulp.plugin.toml:14:1: warning: migratable has no effect",
                "pulp.plugin.toml:15:1: warning: federated_callers has no effect",
                "pulp.plugin.toml:16:1: warning: federated_consumes has no effect",
            ])
    }
}
