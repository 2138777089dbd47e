import PulpManifest
import PulpRuntime
import PulpTestSupport
import Testing

@Suite("Functions of a plugin", .timeLimit(.minutes(5)))
struct FunctionTests {
    /// The fixture, with little patience.
    private static func callee() throws -> PluginSpec {
        var spec = try Fixture.spec("callee")
        spec.limits.callTimeout = .milliseconds(300)
        return spec
    }

    private static func failure(
        _ spec: PluginSpec, _ name: String, _ arguments: [UInt8] = []
    ) async throws -> PluginError? {
        try await withWorld { world async throws in
            try await world.with(spec) { plugin async throws in
                await #expect(throws: PluginError.self) { try await plugin.callFunction(name, arguments: arguments) }
            }
        }
    }

    @Test("get their arguments, and what they answer comes back; no bytes are an answer, too")
    func answers() async throws {
        try await withWorld { world async throws in
            try await world.with(try Self.callee()) { plugin async throws in
                #expect(try await plugin.callFunction("echo.reverse", arguments: [1, 2, 3]) == [3, 2, 1])
                #expect(try await plugin.callFunction("echo.reverse") == [])
                #expect(try await plugin.callFunction("empty", arguments: [1]) == [])
                let large = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
                #expect(try await plugin.callFunction("echo.reverse", arguments: large) == large.reversed())
            }
        }
    }

    @Test("that are not there, or fail, are told in words")
    func failures() async throws {
        let none = try await Self.failure(try Self.callee(), "none")
        #expect(none?.code == .function)
        #expect(none?.message == "it has no function \"none\"")
        let empty = try await Self.failure(try Self.callee(), "")
        #expect(empty?.code == .refused)
        let long = try await Self.failure(try Self.callee(), String(repeating: "x", count: 65_536))
        #expect(long?.message == "a function's name has 1 to 65535 bytes, and this one 65536")
    }

    @Test("may be called again after one has failed, and what an older one said is not repeated")
    func afterFailure() async throws {
        try await withWorld { world async throws in
            try await world.with(try Self.callee()) { plugin async throws in
                await #expect(throws: PluginError.self) { try await plugin.callFunction("wild") }
                await #expect(throws: PluginError.self) { try await plugin.callFunction("none") }
                #expect(try await plugin.callFunction("echo.reverse", arguments: [1, 2]) == [2, 1])
            }
        }
    }

    @Test("that answer what is not in their memory, or more than may be, are refused")
    func wildAnswers() async throws {
        let wild = try await Self.failure(try Self.callee(), "wild")
        #expect(wild?.code == .refused)
        #expect(wild?.message.hasPrefix("it answered 64 bytes at 0xfffffff0, which are not in its ") == true)
        // Pointer 0 and 9 MiB: outside a small memory, too.
        #expect(try await Self.failure(try Self.callee(), "huge")?.code == .refused)
        var spec = try Self.callee()
        spec.limits.maxMessageBytes = 64
        var small = try Self.spec(status: 0, pointer: 0, count: 65)
        small.limits.maxMessageBytes = 64
        #expect(
            try await Self.failure(small, "any")?.message
                == "it answered 65 bytes, more than max_message_bytes of the manifest")
        #expect(try await Self.failure(spec, "empty", [UInt8](repeating: 0, count: 65))?.code == .refused)
    }

    @Test("that trap or never end, end the instance")
    func crashes() async throws {
        let trap = try await Self.failure(try Self.callee(), "trap")
        #expect(trap?.code == .crashed)
        #expect(trap?.trap?.frames.compactMap(\.function).contains("pulp_on_call") == true)
        let loop = try await Self.failure(try Self.callee(), "loop")
        #expect(loop?.message == "the guest took longer than 0.3 seconds and was ended")
    }

    @Test("of a plugin that has none cannot be called")
    func none() async throws {
        let error = try await Self.failure(try Fixture.spec("heartbeat"), "add")
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("does not export pulp_on_call") == true)
    }

    @Test(
        "and their words about a status are taken where they can be read",
        arguments: [
            (0, 5, "\"any\" returned status 7"), (200, 5, "\"any\" returned status 7: words"),
            (200, 0, "\"any\" returned status 7"), (200, 4_097, "\"any\" returned status 7"),
            (65_532, 5, "\"any\" returned status 7"), (0xFFFF_FFFF, 5, "\"any\" returned status 7"),
        ])
    func explanations(pointer: Int, count: Int, message: String) async throws {
        let error = try await Self.failure(Self.spec(status: 7, pointer: pointer, count: count), "any")
        #expect(error?.message == message)
    }

    /// A function that returns `status`, and answers or explains with these words of its memory of one page.
    private static func spec(status: Int, pointer: Int, count: Int) throws -> PluginSpec {
        try Fixture.spec(
            wat: """
                (module
                  (memory (export "memory") 1)
                  (data (i32.const 200) "words")
                  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 8192))
                  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
                  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
                  (func (export "pulp_shutdown") (result i32) (i32.const 0))
                  (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
                    (i32.store (local.get 4) (i32.const \(pointer)))
                    (i32.store (local.get 5) (i32.const \(count)))
                    (i32.const \(status)))
                  (func (export "pulp_on_call_error_ptr") (result i32) (i32.const \(pointer)))
                  (func (export "pulp_on_call_error_len") (result i32) (i32.const \(count))))
                """)
    }

    @Test("are not called when the guest has no room for their arguments", arguments: [0, 0xFFFF_FFF0])
    func noRoom(address: Int) async throws {
        let spec = try Fixture.spec(
            wat: """
                (module
                  (memory (export "memory") 1)
                  (func (export "pulp_alloc") (param i32) (result i32) (i32.const \(address)))
                  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
                  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
                  (func (export "pulp_shutdown") (result i32) (i32.const 0))
                  (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32) unreachable))
                """)
        #expect(try await Self.failure(spec, "any")?.code == .refused)
    }

    @Test("get no address for what has no bytes, and room that the host frees")
    func addresses() async throws {
        // Status: 1 for each of a name without address, arguments with one, a cell that is not zero; frees are counted.
        let spec = try Fixture.spec(
            wat: """
                (module
                  (memory (export "memory") 1)
                  (global $freed (mut i32) (i32.const 0))
                  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 8192))
                  (func (export "pulp_free") (param i32 i32)
                    (global.set $freed (i32.add (global.get $freed) (local.get 1))))
                  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
                  (func (export "pulp_step") (param i32 i32) (result i32) (global.get $freed))
                  (func (export "pulp_shutdown") (result i32) (i32.const 0))
                  (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
                    (local $status i32)
                    (local.set $status (i32.or
                      (i32.or (i32.eqz (local.get 0)) (i32.ne (local.get 1) (i32.const 3)))
                      (i32.or (i32.ne (local.get 2) (i32.const 0)) (i32.ne (local.get 3) (i32.const 0)))))
                    (local.set $status (i32.or (local.get $status)
                      (i32.or (i32.load (local.get 4)) (i32.load (local.get 5)))))
                    (i32.store (local.get 4) (i32.const 512))
                    (i32.store (local.get 5) (i32.const 5))
                    (local.get $status)))
                """)
        try await withWorld { world async throws in
            try await world.with(spec) { plugin async throws in
                #expect(try await plugin.callFunction("any") == [0, 0, 0, 0, 0])
                // The answer's 5, and the 64 that were asked for.
                #expect(try await plugin.call(.step(byteCount: 20), bytes: [UInt8](repeating: 0, count: 20)) == 69)
            }
        }
    }
}
