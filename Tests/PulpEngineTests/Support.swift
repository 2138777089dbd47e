import Foundation
import Pulp

@testable import PulpEngine

/// A guest that a test drives by hand: its fiber, the bytes that it is given, and what its imports do.
///
/// Stays within one test function, on whatever thread that runs.
final class Guest: FiberOwner {
    /// What a hand-driven guest may import from `host`.
    static let imports: [HostFunction] = [
        // answer(n) -> address or a negative error: asks the guest for n bytes.
        HostFunction(
            module: "host", name: "answer", type: FunctionType([.i32], [.i32]),
            body: .plain { call in call.setResult(Guest.of(call).answer(Int(call.word(0)))) }),
        // later(n) -> address: suspends, then asks the guest for n bytes when n is not 0.
        HostFunction(
            module: "host", name: "later", type: FunctionType([.i32], [.i32]),
            body: .suspending { call in Guest.of(call).later(Int(call.word(0))) }),
        // swallow(n): as answer, but the handler goes on as if nothing had happened.
        HostFunction(
            module: "host", name: "swallow", type: FunctionType([.i32], [.i32]),
            body: .plain { call in
                let guest = Guest.of(call)
                for _ in 0..<3 { _ = guest.answer(Int(call.word(0))) }
                call.setResult(7)
            }),
        HostFunction(
            module: "host", name: "raise", type: FunctionType([], []),
            body: .plain { call in Guest.of(call).fiber.raise("the host says no") }),
        HostFunction(
            module: "host", name: "exit", type: FunctionType([.i32], []),
            body: .plain { call in Guest.of(call).fiber.exit(call.word(0)) }),
        HostFunction(
            module: "host", name: "note", type: FunctionType([.i32], []),
            body: .plain { call in Guest.of(call).notes.append(Int(call.word(0))) }),
    ]

    private(set) lazy var fiber = ResidentFiber(
        template: self.template, engine: self.engine, memoryPages: self.memoryPages, owner: self)
    private let template: Template
    private let engine: Engine
    private let memoryPages: Int
    /// What `fill` writes, and what it says that it wrote when it lies.
    var bytes: [UInt8] = []
    var claimedByteCount: Int?
    /// Whether open calls of `later` have their answer.
    var isAnswered = false
    /// The next answer is the only one.
    var answersOnce = false
    private(set) var openedCalls = 0
    private(set) var abandonedCalls = 0
    var notes: [Int] = []
    private(set) var allocationErrors: [ResidentFiber.AllocationError] = []

    init(template: Template, memoryPages: Int = 64) throws {
        self.template = template
        self.engine = try Self.engine()
        self.memoryPages = memoryPages
    }

    /// - Parameter binary: A module; what it imports from elsewhere than `host` gets functions that return 0.
    convenience init(_ binary: [UInt8], memoryPages: Int = 64) throws {
        try self.init(template: Self.template(binary, engine: Self.engine()), memoryPages: memoryPages)
    }

    convenience init(wat: String, memoryPages: Int = 64) throws {
        try self.init(Module.binary(fromText: wat), memoryPages: memoryPages)
    }

    static func template(_ binary: [UInt8], engine: Engine) throws -> Template {
        let module = try Module(compiling: binary, engine: engine)
        var linker = Linker(engine: engine)
        for item in module.imports {
            guard let type = item.functionType else { continue }
            let own = Self.imports.first { $0.module == item.module && $0.name == item.name }
            try linker.define(
                own
                    ?? HostFunction(
                        module: item.module ?? "", name: item.name, type: type, body: .plain { $0.setResult(0) }))
        }
        return try linker.freeze(module)
    }

    static func engine() throws -> Engine { try PulpEnvironment.engine() }

    static func of(_ call: borrowing ImportCall) -> Guest {
        guard let guest = call.owner as? Guest else { preconditionFailure("only guests of this file are driven here") }
        return guest
    }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(self.bytes.count, buffer.count)
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).copyBytes(from: self.bytes.prefix(count))
        return self.claimedByteCount ?? count
    }

    private func answer(_ count: Int) -> Int32 {
        do throws(ResidentFiber.AllocationError) {
            return Int32(bitPattern: try self.fiber.allocate(count))
        } catch {
            self.allocationErrors.append(error)
            return -1
        }
    }

    private func later(_ count: Int) -> PendingCall? {
        self.openedCalls += 1
        return PendingCall(
            poll: { call in
                let guest = Guest.of(call)
                guard guest.isAnswered else { return false }
                if guest.answersOnce { guest.isAnswered = false }
                call.setResult(count == 0 ? 0 : guest.answer(count))
                return true
            }, abandon: { [weak self] in self?.abandonedCalls += 1 })
    }

    // MARK: Driving

    /// Polls until the guest stops for another reason than the end of its slice. nil after `polls` slices.
    func settle(polls: Int = 20_000) -> ResidentFiber.Progress? {
        for _ in 0..<polls {
            let progress = self.fiber.resume()
            if case .yielded = progress { continue }
            return progress
        }
        return nil
    }

    /// Instantiates, and runs `operations` one after the other. The result of the last.
    @discardableResult
    func run(_ operations: ResidentFiber.Operation...) throws -> Int64 {
        var result: Int64 = 0
        if self.fiber.isBusy { result = try self.settledResult() }
        for operation in operations {
            self.fiber.submit(operation)
            result = try self.settledResult()
        }
        return result
    }

    private func settledResult() throws -> Int64 {
        switch self.settle() {
        case .idle(let result): return result
        case .refused(let fault): throw fault
        case .trapped(let trap): throw trap
        case .failed(let error): throw error
        case .waiting: throw Unsettled.waiting
        case .yielded, nil: throw Unsettled.running
        }
    }

    enum Unsettled: Error {
        case waiting, running
    }

    func step(_ bytes: [UInt8] = Array(1...20)) throws -> Int64 {
        self.bytes = bytes
        return try self.run(.step(byteCount: bytes.count))
    }
}

extension ResidentFiber.Progress {
    var trap: Trap? {
        if case .trapped(let trap) = self { trap } else { nil }
    }

    var isWaiting: Bool {
        if case .waiting = self { true } else { false }
    }

    var isYielded: Bool {
        if case .yielded = self { true } else { false }
    }
}

/// A step envelope with zeroes for call number and time.
func envelope(_ payload: [UInt8]) -> [UInt8] {
    [UInt8](repeating: 0, count: 16) + [UInt8(payload.count), 0, 0, 0] + payload
}

/// The text of a guest with everything that the contract asks for; parts of it can be replaced.
func guestText(
    imports: String = "", alloc: String = "(call $bump (local.get $size))", initialize: String = "(i32.const 0)",
    step: String = "(i32.const 0)", shutdown: String = "(i32.const 0)", extra: String = ""
) -> String {
    """
    (module
      \(imports)
      (memory (export "memory") 2)
      (global $next (mut i32) (i32.const 65536))
      (func $bump (param $size i32) (result i32)
        (if (i32.gt_u (i32.add (global.get $next) (local.get $size)) (i32.const 131072))
          (then (global.set $next (i32.const 65536))))
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (local.get $size))))
      (func $alloc (export "pulp_alloc") (param $size i32) (result i32) \(alloc))
      (func (export "pulp_init") (param $at i32) (param $count i32) (result i32) \(initialize))
      (func (export "pulp_step") (param $at i32) (param $count i32) (result i32) \(step))
      (func (export "pulp_shutdown") (result i32) \(shutdown))
      \(extra))
    """
}

/// Files under Tests/Fixtures.
enum Fixture {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    static func hostile(_ name: String) throws -> [UInt8] {
        let text = try String(contentsOf: Self.folder.appendingPathComponent("hostile/\(name).wat"), encoding: .utf8)
        return try Module.binary(fromText: text)
    }

    static func guest(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: Self.folder.appendingPathComponent("\(name)/\(name).wasm")))
    }
}
