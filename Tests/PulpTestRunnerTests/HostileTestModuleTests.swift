import Pulp
import PulpManifest
import PulpTestRunner
import PulpTestSupport
import PulpWire
import Testing

@Suite("A module of tests that is hostile")
struct HostileTestModuleTests {
    /// A module that declares one test, whose code is `body`; `record` lies at 4096.
    private static func module(
        declaring declaration: [UInt8] = Self.oneTest, record: [UInt8] = [], body: String,
        listing: String? = nil
    ) throws -> TestModule {
        let list = listing ?? "(call $declare (i32.const 65536) (i32.const \(declaration.count)))"
        let spec = try Fixture.spec(
            wat: """
                (module
                  (import "pulp_test" "declare" (func $declare (param i32 i32) (result i32)))
                  (import "pulp_test" "step" (func $step (param i32 i32 i32 i32) (result i32)))
                  (memory (export "memory") 4)
                  (data (i32.const 65536) "\(Self.escaped(declaration))")
                  (data (i32.const 4096) "\(Self.escaped(record))")
                  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 131072))
                  (func (export "pulp_init") (param i32) (param $count i32) (result i32)
                    (if (result i32) (i32.eqz (local.get $count)) (then \(list)) (else \(body))))
                  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
                  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
                """)
        guard case .bytes(let bytes) = spec.module else { return TestModule(bytes: [], sources: []) }
        return TestModule(bytes: bytes, sources: ["tests/a.swift"])
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
        bytes.map { "\\" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static let oneTest = MessagePackValue.array([
        ["test": [["@": ["Tests/a.swift", 3, 5], "name": "one"]]]
    ]).encodedBytes()

    private static func failure(_ module: TestModule) async throws -> [String] {
        let report = try await SwiftBench.run("hello", module) { _ in }
        #expect(report.results.count == 1)
        return SwiftBench.failures(report)["one"] ?? []
    }

    @Test(
        "is refused when what it says of itself lies outside its memory, or is nothing",
        arguments: [
            "(call $declare (i32.const -1) (i32.const 16))", "(call $declare (i32.const 0) (i32.const -1))",
            "(call $declare (i32.const 262143) (i32.const 2))", "(i32.const 0)", "(unreachable)",
            "(call $step (i32.const 4096) (i32.const 1) (i32.const 0) (i32.const 4))",
        ])
    func listing(code: String) async throws {
        let module = try Self.module(body: "(i32.const 0)", listing: code)
        await #expect(throws: TestModuleError.self) { try await module.files() }
    }

    @Test(
        "is refused when what it says of itself is no list of suites",
        arguments: [
            [], [0xC1], [0x01], [0x91, 0x01], [0xDD, 0xFF, 0xFF, 0xFF, 0xFF],
            [UInt8](repeating: 0x91, count: 10_000),
        ] as [[UInt8]])
    func declarations(bytes: [UInt8]) async throws {
        let module = try Self.module(declaring: bytes, body: "(i32.const 0)")
        await #expect(throws: TestModuleError.self) { try await module.files() }
    }

    @Test("is refused when a test has the host's name for nothing, a key twice, or a place beyond all files")
    func records() async throws {
        let suites: [MessagePackValue] = [
            [["test": [["name": "a", "name": "b"]]]], [["test": [[1: 2]]]], [["test": [["name": nil]]]],
        ]
        for suite in suites {
            let module = try Self.module(declaring: suite.encodedBytes(), body: "(i32.const 0)")
            await #expect(throws: TestModuleError.self) { try await module.files() }
        }
        let number = try Self.module(
            declaring: [0x91, 0x81, 0xA4, 0x74, 0x65, 0x73, 0x74, 0x91, 0x01], body: "(i32.const 0)")
        await #expect(throws: ManifestError.self) { try await number.files() }
        let far: MessagePackValue = [["test": [["@": ["../../x", -7, .int(.max)], "name": "one", "step": 1]]]]
        let module = try Self.module(declaring: far.encodedBytes(), body: "(i32.const 0)")
        let error = await #expect(throws: ManifestError.self) { try await module.files() }
        #expect(error?.diagnostics.first?.position.description == "tests/a.swift:1:10000000")
    }

    @Test(
        "fails alone when a call's bytes or the place of its answer lie outside its memory",
        arguments: [
            "(call $step (i32.const -1) (i32.const 16) (i32.const 0) (i32.const 4))",
            "(call $step (i32.const 4096) (i32.const -1) (i32.const 0) (i32.const 4))",
            "(call $step (i32.const 4096) (i32.const 13) (i32.const -4) (i32.const 262142))",
        ])
    func pointers(code: String) async throws {
        let record: MessagePackValue = ["read": "logs"]
        let bytes = record.encodedBytes()
        let module = try Self.module(record: bytes, body: code.replacing("13", with: "\(bytes.count)"))
        let lines = try await Self.failure(module)
        #expect(lines.first == "tests/a.swift:3:5: the test's own code failed")
        #expect(lines.contains { $0.contains("pulp_init returned") })
    }

    @Test("fails alone when a call's record is none that there is")
    func calls() async throws {
        let records: [(bytes: [UInt8], says: String)] = [
            ([0xC1], "cannot be read"), ([], "cannot be read"), ([0x01], "it is no map"),
            ([UInt8](repeating: 0x91, count: 10_000), "cannot be read"),
            (MessagePackValue.map([.init(key: 1, value: 1)]).encodedBytes(), "a key that is no text"),
            (MessagePackValue(dictionaryLiteral: ("read", "everything")).encodedBytes(), "to be read"),
            (MessagePackValue(dictionaryLiteral: ("request", "GET /hello/x\r\nX: y")).encodedBytes(), ""),
            (MessagePackValue(dictionaryLiteral: ("launch", "missiles")).encodedBytes(), "cannot be made"),
            (MessagePackValue(dictionaryLiteral: ("fail", [])).encodedBytes(), "says that it failed"),
            (MessagePackValue(dictionaryLiteral: ("read", "file"), ("name", "../../../etc/passwd")).encodedBytes(), ""),
        ]
        for (bytes, says) in records {
            let module = try Self.module(
                record: bytes,
                body: "(call $step (i32.const 4096) (i32.const \(bytes.count)) (i32.const 0) (i32.const 4))")
            let report = try await SwiftBench.run("hello", module) { _ in }
            guard !says.isEmpty else {
                #expect(report.results.count == 1)
                continue
            }
            let lines = SwiftBench.failures(report)["one"] ?? []
            #expect(lines.first?.contains(says) == true, "\(lines)")
        }
    }

    @Test("cannot call for ever without the test's limit ending it")
    func endless() async throws {
        let record: MessagePackValue = ["read": "logs"]
        let bytes = record.encodedBytes()
        let declared: MessagePackValue = [["timeout": "500ms", "test": [["@": ["a.swift", 3, 5], "name": "one"]]]]
        let call = "(call $step (i32.const 4096) (i32.const \(bytes.count)) (i32.const 0) (i32.const 4))"
        let module = try Self.module(
            declaring: declared.encodedBytes(), record: bytes,
            body: "(loop $again (result i32) (drop \(call)) (br $again))")
        #expect(
            try await Self.failure(module).first == "tests/a.swift:3:5: the test took longer than 500 ms and was ended")
    }
}
