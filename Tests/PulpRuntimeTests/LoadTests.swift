import Foundation
import Pulp
import PulpCapability
import PulpManifest
import PulpTestSupport
import PulpWire
import Testing

@testable import PulpRuntime

@Suite("Loading")
struct LoadTests {
    /// The error of a load that must fail.
    private static func refusal(_ spec: PluginSpec, _ registry: Registry = .standard()) async throws -> PluginError {
        try await withWorld { world async throws in
            do {
                try await world.with(spec, registry: registry, isInitialized: false) { _ in }
                throw Unexpected.loaded(spec.name)
            } catch let error as PluginError {
                return error
            }
        }
    }

    private enum Unexpected: Error { case loaded(String) }

    @Test("names all missing exports in one error, in the order of the contract")
    func missing() async throws {
        let all = try await Self.refusal(Fixture.hostileSpec("missing-all"))
        #expect(all.code == .exports)
        #expect(
            all.message.contains("missing required exports: [pulp_init pulp_step pulp_shutdown pulp_alloc]"),
            "\(all)")
        for name in ["alloc", "init", "shutdown", "step"] {
            let error = try await Self.refusal(Fixture.hostileSpec("missing-\(name)"))
            #expect(error.message == "missing required exports: [pulp_\(name)]")
        }
        for name in ["missing-memory", "memory-hidden", "memory-other-name"] {
            let error = try await Self.refusal(Fixture.hostileSpec(name))
            #expect(error.code == .exports && error.message.contains("memory"), "\(name): \(error)")
        }
        let none = try await Self.refusal(Fixture.spec(wat: "(module)"))
        #expect(none.message.contains("[pulp_init pulp_step pulp_shutdown pulp_alloc memory]"))
    }

    @Test(
        "says of each export of another type what it is and what it must be",
        arguments: [
            ("signature-alloc", "pulp_alloc is (i32) -> (i64) and must be (i32) -> (i32)"),
            ("signature-free", "pulp_free is (i32) -> () and must be (i32, i32) -> ()"),
            ("signature-init", "pulp_init is () -> (i32)"),
            ("signature-initialize", "_initialize is (i32) -> () and must be () -> ()"),
            ("signature-on-call", "pulp_on_call is (i32, i32) -> (i32)"),
            ("signature-probe", "probe_last_call is () -> (i32) and must be () -> (i64)"),
            ("signature-shutdown", "pulp_shutdown is (i32) -> (i32)"),
            ("signature-step", "pulp_step is"),
            ("signature-step-result", "pulp_step is (i32, i32) -> ()"),
            ("export-not-function", "pulp_step is not a function"),
            ("memory-not-a-memory", "memory"),
        ])
    func signatures(fixture: String, text: String) async throws {
        let error = try await Self.refusal(Fixture.hostileSpec(fixture))
        #expect(error.code == .exports)
        #expect(error.message.contains(text), "\(error)")
    }

    @Test(
        "says of each import that cannot be linked why, and what is near",
        arguments: [
            ("import-unknown", "did you mean pulp.http_register?"),
            ("import-unknown-module", "env.abort: no capability provides it"),
            ("import-unknown-wasi", "wasi_snapshot_preview1."),
            (
                "import-wrong-type",
                "pulp.entropy_read: the module imports it as (i32, i32) -> (i32), it is (i32, i32, i32, i32) -> (i32)"
            ),
            ("import-global", "this is a global"),
            ("memory-imported", "this is a memory"),
        ])
    func imports(fixture: String, text: String) async throws {
        let hub = ListenerHub(group: try World().group, limits: .init(), logger: .init(label: "test"))
        let error = try await Self.refusal(Fixture.hostileSpec(fixture), .builtins(listeners: hub, storage: nil))
        #expect(error.code == .imports || error.code == .exports)
        #expect(error.message.contains(text), "\(error)")
    }

    @Test(
        "refuses modules that the engine refuses, with its reason",
        arguments: [
            ("memory-64", PluginError.Code.module), ("memory-shared", .module),
            ("memory-too-large", .instantiation), ("table-too-large", .module),
        ])
    func engineRefusals(fixture: String, code: PluginError.Code) async throws {
        let error = try await Self.refusal(Fixture.hostileSpec(fixture))
        #expect(error.code == code, "\(error)")
        #expect(!error.message.isEmpty)
    }

    @Test("links what was not declared to stubs that answer 99, and what was declared to the real thing")
    func stubs() async throws {
        try await withWorld { world async throws in
            let hub = ListenerHub(group: world.group, limits: .init(), logger: world.log.logger())
            let spec = try Fixture.hostileSpec("import-undeclared")
            let error = await #expect(throws: PluginError.self) {
                try await world.with(spec, registry: .builtins(listeners: hub, storage: nil)) { _ in }
            }
            #expect(error?.message == "pulp_init returned 99")
        }
    }

    @Test("names what is available, and what is near, when a capability is unknown")
    func unknownCapability() async throws {
        let spec = try Fixture.hostileSpec("alloc-same", capabilities: ["entropy.rad", "nothing.like.it"])
        let error = try await Self.refusal(spec)
        #expect(error.code == .capabilities)
        #expect(error.message.contains("\"entropy.rad\"; did you mean \"entropy.read\"?"), "\(error)")
        #expect(error.message.contains("nothing.like.it"))
        #expect(error.message.contains("available: entropy.read, log"))
    }

    struct Twin: Capability {
        static let id: CapabilityID = "test.twin"
        static let imports: [HostImport<Self>] = [.textCommand("entropy_read", summary: "Twice.") { _, _, _ in }]
    }

    @Test("names both providers of one import")
    func twoProviders() async throws {
        var twins = Registry.standard()
        twins.gated(Twin())
        let registry = twins
        let error = try await Self.refusal(
            Fixture.hostileSpec("alloc-same", capabilities: ["test.twin"]), registry)
        #expect(error.code == .capabilities)
        #expect(error.message.contains("test.twin") && error.message.contains("entropy.read"), "\(error)")
        // Without the grant there is only one.
        try await withWorld { world async throws in
            try await world.with(Fixture.hostileSpec("alloc-same"), registry: registry) { _ in }
        }
    }

    @Test("refuses a module that is not the one of the digest")
    func digest() async throws {
        var spec = try Fixture.hostileSpec("alloc-same")
        spec.sha256 = String(repeating: "0", count: 64)
        let error = try await Self.refusal(spec)
        #expect(error.code == .module)
        #expect(error.message.contains("WASM SHA-256 mismatch"))
    }

    @Test("says which file it could not read")
    func missingFile() async throws {
        let gone = PluginSpec(name: "gone", version: "1", module: .file("/nowhere/at/all.wasm"))
        let error = try await Self.refusal(gone)
        #expect(error.code == .module && error.message.contains("/nowhere/at/all.wasm"))
        let folder = PluginSpec(name: "folder", version: "1", module: .file(NSTemporaryDirectory()))
        #expect(try await Self.refusal(folder).code == .module)
        let text = PluginSpec(name: "text", version: "1", module: .file(Fixture.path("heartbeat")))
        let refused = try await Self.refusal(text)
        #expect(refused.code == .module && refused.message.contains("text"), "\(refused)")
        // A file that never ends is not read to its end.
        let endless = PluginSpec(name: "endless", version: "1", module: .file("/dev/zero"))
        #expect(try await Self.refusal(endless).code == .module)
    }

    @Test(
        "fails with the trap, its functions and the instance's end when a start function traps",
        arguments: [
            "trap-start", "trap-initialize",
        ])
    func trappingStart(fixture: String) async throws {
        let error = try await Self.refusal(Fixture.hostileSpec(fixture))
        #expect(error.code == .crashed)
        #expect(error.trap?.reason == .unreachable)
        #expect(error.description.contains("inner") && error.description.contains("outer"))
    }

    @Test("runs _initialize or _start, never both, before anything else")
    func startFunctions() async throws {
        try await withWorld { world async throws in
            for (fixture, probe) in [("command", Int64(2)), ("both-starts", 1)] {
                let seen = try await world.with(Fixture.hostileSpec(fixture)) { try await $0.call(.probeLastCall) }
                #expect(seen == probe, "\(fixture)")
            }
        }
    }

    @Test(
        "lets a start function call imports, before the host has an instance",
        arguments: [
            "imports-start", "imports-initialize",
        ])
    func importsInStart(fixture: String) async throws {
        try await withWorld { world async throws in
            let hub = ListenerHub(group: world.group, limits: .init(), logger: world.log.logger())
            let registry = Registry.builtins(listeners: hub, storage: nil)
            let granted = try Fixture.hostileSpec(fixture, capabilities: ["transport.http.inbound"])
            #expect(try await world.with(granted, registry: registry) { try await $0.call(.probeLastCall) } == 0)
            let bare = try Fixture.hostileSpec(fixture)
            #expect(
                try await world.with(bare, registry: registry) { try await $0.call(.probeLastCall) } == 0x63_0000)
        }
    }

    @Test(
        "tells of an exit in the start function, with its code",
        arguments: [
            ("exit-start", "proc_exit(0)"), ("exit-start-code", "proc_exit(3)"),
        ])
    func exitInStart(fixture: String, text: String) async throws {
        #expect(try await Self.refusal(Fixture.hostileSpec(fixture)).message.contains(text))
    }
}
