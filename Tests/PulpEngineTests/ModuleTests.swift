import Foundation
import Testing

@testable import PulpEngine

@Suite("A module")
struct ModuleTests {
    private static func refusal(_ bytes: [UInt8]) throws -> EngineError? {
        let engine = try Guest.engine()
        do throws(EngineError) {
            _ = try Module(compiling: bytes, engine: engine)
            return nil
        } catch {
            return error
        }
    }

    @Test("that is empty, text, or something else is refused with what to do")
    func notWasm() throws {
        #expect(try Self.refusal([])?.message.contains("build the plugin") == true)
        #expect(try Self.refusal(Array("(module)".utf8))?.message.contains("text") == true)
        #expect(try Self.refusal(Array("hello, this is a long piece of prose".utf8))?.message.contains("text") == true)
        #expect(try Self.refusal([0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0])?.message.contains("not a WebAssembly") == true)
        #expect(try Self.refusal([0x00, 0x61, 0x73])?.message.contains("not a WebAssembly") == true)
    }

    @Test("that is truncated anywhere is refused, and never harms the host")
    func truncated() throws {
        let whole = try Fixture.guest("heartbeat")
        for count in stride(from: 0, to: whole.count - 1, by: max(whole.count / 150, 1)) {
            // Custom sections at the end may be cut off whole: then it is a module still.
            if let error = try Self.refusal(Array(whole[..<count])) { #expect(error.code == .invalidModule) }
        }
        #expect(try Self.refusal(Array(whole[..<(whole.count / 2)])) != nil)
    }

    @Test("with any byte changed is refused or accepted, and never harms the host")
    func mutated() throws {
        let whole = try Fixture.hostile("trap-step")
        for index in whole.indices {
            var bytes = whole
            bytes[index] ^= 0x55
            _ = try Self.refusal(bytes)
        }
    }

    @Test("of the component model is refused with a reason")
    func component() throws {
        #expect(try Self.refusal([0x00, 0x61, 0x73, 0x6D, 0x0D, 0x00, 0x01, 0x00])?.code == .invalidModule)
    }

    @Test("of a hundred megabytes is refused as text, or read past its custom sections")
    func hundredMegabytes() throws {
        #expect(try Self.refusal([UInt8](repeating: 0x61, count: 100 << 20))?.message.contains("text") == true)
        var bytes = try Fixture.hostile("trap-step")
        let count = 100 << 20
        // A custom section: id 0, its size as LEB128, a name of one byte, and zeroes.
        bytes.append(0)
        var size = count + 2
        while size > 0x7F {
            bytes.append(UInt8(size & 0x7F | 0x80))
            size >>= 7
        }
        bytes += [UInt8(size), 1, 0x78]
        bytes += [UInt8](repeating: 0, count: count)
        #expect(try Self.refusal(bytes) == nil)
        // The same, cut off in the middle of it.
        #expect(try Self.refusal([UInt8](bytes[..<(bytes.count - (1 << 20))])) != nil)
    }

    @Test("lists its imports and exports as it declares them")
    func items() throws {
        let text = """
            (module
              (import "pulp" "a" (func (param i32 i64) (result i32)))
              (import "env" "m" (global i32))
              (memory (export "memory") 3 9)
              (table (export "t") 4 funcref)
              (func (export "f") (param f32 f64)))
            """
        let module = try Module(compiling: Module.binary(fromText: text), engine: Guest.engine())
        #expect(module.imports.map(\.name) == ["a", "m"])
        #expect(module.imports.first?.functionType == FunctionType([.i32, .i64], [.i32]))
        #expect(module.imports.last?.kind == .global)
        #expect(module.export("memory")?.kind == .memory(minimum: 3, maximum: 9))
        #expect(module.export("t")?.kind == .table)
        #expect(module.export("f")?.functionType?.description == "(f32, f64) -> ()")
        #expect(module.export("g") == nil)
    }

    @Test("whose imports are not there, or of another type, is refused when it is linked")
    func linking() throws {
        let engine = try Guest.engine()
        let module = try Module(
            compiling: Module.binary(fromText: #"(module (import "pulp" "f" (func (param i32) (result i32))))"#),
            engine: engine)
        #expect(throws: EngineError.self) { _ = try Linker(engine: engine).freeze(module) }
        #expect(throws: EngineError.self) {
            var linker = Linker(engine: engine)
            try linker.define(
                HostFunction(module: "pulp", name: "f", type: FunctionType([.i64], []), body: .plain { _ in }))
            _ = try linker.freeze(module)
        }
        #expect(throws: EngineError.self) {
            var linker = Linker(engine: engine)
            let function = HostFunction(
                module: "pulp", name: "f", type: FunctionType([.i32], [.i32]), body: .plain { _ in })
            try linker.define(function)
            try linker.define(function)
        }
    }

    @Test("in broken text gets a message with the place")
    func brokenText() throws {
        #expect(throws: EngineError.self) { try Module.binary(fromText: "(module (func") }
    }
}
