import PulpTestSupport
import Synchronization
import Testing

/// An import that has two shapes, as `fs_write` has in the reference's two dialects.
private struct TwoShapes: Capability {
    static let id: CapabilityID = "test.shapes"
    static let section: String? = "shapes"
    static let settings = [SettingKey("colour", .choice(["red", "blue"], default: "red"), "A colour.")]
    static let limits = [SettingKey.integer("max_things", in: 1...10, default: 3, "Things.")]
    static let imports: [HostImport<Self>] = [Self.shape(2), Self.shape(3)]

    private static func shape(_ count: Int) -> HostImport<Self> {
        let parameters = (0..<count).map { ImportSignature.Parameter("word\($0)") }
        let signature = ImportSignature(
            "shape", parameters, summary: "Answers how many words it has.", statuses: [Int32(count): "that many"])
        return .words(signature) { session, call in
            session.seen.withLock { seen in
                seen.limit = call.caller.scope.limit(Self.limits[0], of: Self.id)
                seen.colour = call.caller.scope.settings.choice(Self.settings[0], in: "shapes")
            }
            return Int32(count)
        }
    }

    struct Seen {
        var limit = 0
        var colour: String?
    }

    let seen = SeenBox()

    final class SeenBox: Sendable {
        private let value = Mutex(Seen())

        func withLock<Value: Sendable>(_ body: (inout Seen) -> Value) -> Value { self.value.withLock { body(&$0) } }
    }

    /// Its step returns what the import of `count` words answers.
    static func guest(_ count: Int) throws -> PluginSpec {
        let types = Array(repeating: "i32", count: count).joined(separator: " ")
        let words = Array(repeating: "(i32.const 0)", count: count).joined(separator: " ")
        return try Fixture.spec(
            wat: """
                (module
                  (import "pulp" "shape" (func $shape (param \(types)) (result i32)))
                  (memory (export "memory") 2)
                  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 65536))
                  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
                  (func (export "pulp_step") (param i32 i32) (result i32) (call $shape \(words)))
                  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
                """, name: "shapes")
    }
}

@Suite("An import of two shapes")
struct ShapeTests {
    private func registry(_ capability: TwoShapes) -> Registry {
        var registry = Registry.standard()
        registry.gated(capability)
        return registry
    }

    @Test("is linked in the one that the module imports", arguments: [2, 3])
    func linked(count: Int) async throws {
        try await withWorld { world async throws in
            var spec = try TwoShapes.guest(count)
            spec.capabilities = ["test.shapes"]
            try await world.with(spec, registry: self.registry(TwoShapes())) { plugin async throws in
                #expect(try await plugin.call(.step(byteCount: 1), bytes: [0]) == Int64(count))
            }
        }
    }

    @Test("is refused in a third, and both are named")
    func refused() async throws {
        try await withWorld { world async throws in
            let spec = try TwoShapes.guest(4)
            let error = await #expect(throws: PluginError.self) {
                try await world.with(spec, registry: self.registry(TwoShapes())) { _ in }
            }
            #expect(error?.message.contains("it is (i32, i32) -> (i32) or (i32, i32, i32) -> (i32)") == true)
        }
    }

    @Test("without the grant answers 99, and the log names the manifest's line once")
    func stub() async throws {
        try await withWorld { world async throws in
            var spec = try TwoShapes.guest(3)
            spec.capabilities = ["entropy.read"]
            spec.capabilityPositions = [
                "entropy.read": ManifestPosition(file: "a/pulp.plugin.toml", line: 4, column: 9)
            ]
            try await world.with(spec, registry: self.registry(TwoShapes())) { plugin async throws in
                for _ in 0..<3 { #expect(try await plugin.call(.step(byteCount: 1), bytes: [0]) == 99) }
            }
            let lines = world.log.lines.filter {
                $0.message == "a call was refused, since the manifest does not grant it"
            }
            #expect(lines.count == 1)
            #expect(lines.first?.metadata["import"] == "shape")
            #expect(
                lines.first?.metadata["remedy"] == "add \"test.shapes\" to capabilities in a/pulp.plugin.toml:4")
        }
    }

    @Test("sees what the manifest says, within its range, and the defaults otherwise")
    func settings() async throws {
        for (limit, colour, expected) in [(nil, nil, 3), (5, "blue", 5), (99, "green", 10)] as [(Int64?, String?, Int)]
        {
            let capability = TwoShapes()
            try await withWorld { world async throws in
                var spec = try TwoShapes.guest(2)
                spec.capabilities = ["test.shapes"]
                if let limit {
                    spec.capabilityLimits["test.shapes"] = [
                        CapabilitySetting(name: "max_things", value: .integer(limit))
                    ]
                }
                if let colour {
                    spec.capabilitySections["shapes"] = [CapabilitySetting(name: "colour", value: .string(colour))]
                }
                try await world.with(spec, registry: self.registry(capability)) { plugin async throws in
                    _ = try await plugin.call(.step(byteCount: 1), bytes: [0])
                }
            }
            #expect(capability.seen.withLock { $0.limit } == expected)
            #expect(capability.seen.withLock { $0.colour } == (colour == "blue" ? "blue" : nil))
        }
    }
}
