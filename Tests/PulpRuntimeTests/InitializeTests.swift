import PulpManifest
import PulpRuntime
import PulpTestSupport
import PulpWire
import Testing

@Suite("pulp_init")
struct InitializeTests {
    private static func config(_ fields: KeyValuePairs<String, Int64>, text: String? = nil) -> [UInt8] {
        MessagePackWriter.encode { writer in
            writer.writeMapHeader(fields.count + (text == nil ? 0 : 1))
            for (name, value) in fields {
                writer.writeString(name)
                writer.writeInt64(value)
            }
            if let text {
                writer.writeString("text")
                writer.writeString(text)
            }
        }
    }

    private static func failure(_ config: [UInt8]) async throws -> String? {
        try await withWorld { world async throws in
            var spec = try Fixture.spec("init-fails")
            spec.config = config
            do {
                try await world.with(spec) { _ in }
                return nil
            } catch let error as PluginError {
                #expect(error.code == .initialization)
                return error.message
            }
        }
    }

    @Test("that returns a code fails with it, as a signed number, and the guest's diagnostic")
    func codes() async throws {
        #expect(try await Self.failure(Self.config(["code": 0])) == nil)
        #expect(try await Self.failure(Self.config(["code": 7])) == "pulp_init returned 7")
        #expect(try await Self.failure(Self.config(["code": 3], text: "no luck")) == "pulp_init returned 3: no luck")
        #expect(try await Self.failure(Self.config(["code": 0xFFFF_FFFF])) == "pulp_init returned -1")
    }

    @Test("may lie about its diagnostic: then there is none", arguments: [0, 4_097, 0x7FFF_FFFF])
    func lies(length: Int64) async throws {
        let message = try await Self.failure(Self.config(["code": 3, "length": length], text: "no luck"))
        #expect(message == "pulp_init returned 3")
    }

    @Test("gets 4,096 bytes of diagnostic through, however broken their UTF-8")
    func longDiagnostic() async throws {
        let text = String(repeating: "x", count: 4_096)
        #expect(try await Self.failure(Self.config(["code": 3], text: text)) == "pulp_init returned 3: \(text)")
    }

    @Test("that traps fails with the trap, one that exits with its code")
    func crashes() async throws {
        try await withWorld { world async throws in
            let trapped = await #expect(throws: PluginError.self) {
                try await world.with(Fixture.hostileSpec("trap-init")) { _ in }
            }
            #expect(trapped?.trap?.frames.compactMap(\.function).prefix(2) == ["inner", "outer"])
            let exited = await #expect(throws: PluginError.self) {
                try await world.with(Fixture.hostileSpec("exit-init")) { _ in }
            }
            #expect(exited?.message.contains("proc_exit(3)") == true)
        }
    }

    @Test(
        "whose configuration finds no room is an error that says so",
        arguments: [
            "alloc-zero", "alloc-wild", "alloc-at-end", "alloc-across-end",
        ])
    func noRoom(fixture: String) async throws {
        try await withWorld { world async throws in
            var spec = try Fixture.hostileSpec(fixture)
            spec.config = [0x80]
            let error = await #expect(throws: PluginError.self) { try await world.with(spec) { _ in } }
            #expect(error?.code == .initialization)
            #expect(error?.message.contains("pulp_alloc") == true)
        }
    }

    @Test("gets the manifest's configuration to the byte, in every instance, once")
    func configuration() async throws {
        try await withWorld(loops: 2) { world async throws in
            var spec = try Fixture.spec("heartbeat")
            spec.instances = .count(3)
            try await world.with(spec) { plugin async throws in
                #expect(try await plugin.call(.probeConfigMarker) == 424_242)
                let again = await #expect(throws: PluginError.self) { try await plugin.initialize([]) }
                #expect(again?.code == .unavailable)
                #expect(try await plugin.call(.probeConfigMarker) == 424_242)
            }
        }
    }
}
