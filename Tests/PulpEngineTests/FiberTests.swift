import Testing

@testable import PulpEngine

@Suite("The resident fiber")
struct FiberTests {
    @Test("runs every operation of a guest, one after the other, on one call")
    func operations() throws {
        let guest = try Guest(
            wat: guestText(
                initialize: "(i32.const 11)",
                step: "(i32.add (i32.load8_u (local.get $at)) (i32.mul (local.get $count) (i32.const 256)))",
                shutdown: "(i32.const -5)",
                extra: """
                    (global $started (mut i64) (i64.const 0))
                    (func (export "_initialize") (global.set $started (i64.const 1)))
                    (func (export "probe_last_call") (result i64) (global.get $started))
                    (func (export "probe_config_marker") (result i64) (i64.const -424242))
                    (func (export "pulp_init_error_ptr") (result i32) (i32.const 40))
                    (func (export "pulp_init_error_len") (result i32) (i32.const 4))
                    """))
        #expect(try guest.run(.probeLastCall) == 0)
        #expect(try guest.run(.start, .probeLastCall) == 1)
        guest.bytes = [1]
        #expect(try guest.run(.initialize(byteCount: 1)) == 11)
        for round in 0..<1_000 {
            let bytes = [UInt8](repeating: UInt8(round & 0xFF), count: 1 + round % 300)
            #expect(try guest.step(bytes) == Int64(round & 0xFF | bytes.count << 8))
        }
        #expect(try guest.run(.shutdown) == -5)
        #expect(try guest.run(.probeConfigMarker) == -424_242)
        #expect(try guest.run(.initErrorPointer, .initErrorCount) == 4)
    }

    @Test("passes (0, 0) for no bytes, without asking the allocator")
    func emptyConfiguration() throws {
        let guest = try Guest(
            wat: guestText(
                alloc: "(unreachable)", initialize: "(i32.or (local.get $at) (local.get $count))"))
        #expect(try guest.run(.initialize(byteCount: 0)) == 0)
    }

    @Test("asks for 64 bytes at least, and frees what it asked for")
    func smallestRequest() throws {
        let guest = try Guest(
            wat: guestText(
                imports: #"(import "host" "note" (func $note (param i32)))"#,
                alloc: "(call $note (local.get $size)) (i32.const 65536)",
                extra: """
                    (func (export "pulp_free") (param $at i32) (param $size i32)
                      (call $note (local.get $at)) (call $note (local.get $size)))
                    """))
        _ = try guest.step([1])
        #expect(guest.notes == [64, 65536, 64])
        guest.notes = []
        _ = try guest.step([UInt8](repeating: 9, count: 65))
        #expect(guest.notes == [65, 65536, 65])
    }

    @Test("hands the guest the bytes that were written, not those that were announced")
    func fewerBytes() throws {
        let guest = try Guest(wat: guestText(step: "(local.get $count)"))
        try guest.run()
        guest.bytes = [1, 2, 3]
        #expect(try guest.run(.step(byteCount: 500)) == 3)
    }

    @Test("refuses an operation whose owner claims more than there is room for, and goes on", arguments: [0, -1, 21])
    func lyingOwner(claimed: Int) throws {
        let guest = try Guest(wat: guestText(step: "(i32.const 5)"))
        try guest.run()
        guest.claimedByteCount = claimed
        #expect(throws: ResidentFiber.Fault.notEncodable) { try guest.step() }
        guest.claimedByteCount = nil
        #expect(try guest.step() == 5)
    }

    @Test("refuses an operation when the allocator gives nothing or something outside memory, and goes on")
    func badAllocator() throws {
        #expect(throws: ResidentFiber.Fault.allocatorReturnedNull) { try Guest(Fixture.hostile("alloc-zero")).step() }
        for name in ["alloc-wild", "alloc-at-end", "alloc-across-end"] {
            let guest = try Guest(Fixture.hostile(name))
            for _ in 0..<3 {
                do {
                    _ = try guest.step()
                    Issue.record("\(name): the step should have been refused")
                } catch let fault as ResidentFiber.Fault {
                    guard case .allocatorOutOfRange = fault else {
                        Issue.record("\(name): \(fault)")
                        continue
                    }
                }
            }
        }
        #expect(try Guest(Fixture.hostile("alloc-exact")).step() == 0)
        #expect(try Guest(Fixture.hostile("alloc-same")).step(Array(0..<21)) == 21)
    }

    @Test("calls a missing export only to a trap")
    func missingExport() throws {
        let guest = try Guest(wat: guestText())
        try guest.run()
        guest.fiber.submit(.probeLastCall)
        #expect(guest.settle()?.trap?.reason == .indirectCallToNull)
    }

    @Test("traps on exports of other types, and never calls an allocator of another type")
    func wrongTypes() throws {
        let wrongStep = try Guest(Fixture.hostile("signature-step"))
        #expect(throws: Trap.self) { try wrongStep.step() }
        let text = """
            (module
              (import "host" "answer" (func $answer (param i32) (result i32)))
              (memory (export "memory") 2)
              (func (export "pulp_alloc") (param i32 i32 i32 i32) (result i64) (unreachable))
              (func (export "pulp_shutdown") (result i32) (call $answer (i32.const 8))))
            """
        let guest = try Guest(wat: text)
        #expect(try guest.run(.shutdown) == -1)
        #expect(guest.allocationErrors == [.missing])
    }

    @Test("serves a guest without memory, allocator or free")
    func bareGuest() throws {
        let text = """
            (module
              (import "host" "answer" (func $answer (param i32) (result i32)))
              (func (export "pulp_shutdown") (result i32) (call $answer (i32.const 8))))
            """
        let guest = try Guest(wat: text)
        #expect(try guest.run(.shutdown) == -1)
        #expect(guest.allocationErrors == [.missing])
        #expect(guest.fiber.memoryByteCount == 0)
        #expect(guest.fiber.copyMemory(at: 0, count: 1) == nil)
        #expect(throws: Trap.self) { try guest.step() }
    }

    @Test("sees memory that has grown, and copies only what is inside it")
    func growingMemory() throws {
        let guest = try Guest(Fixture.hostile("alloc-grows"))
        for round in 1...20 { #expect(try guest.step(envelope([UInt8(round)])) == Int64(round)) }
        let count = guest.fiber.memoryByteCount
        #expect(count > 20 << 16)
        #expect(guest.fiber.copyMemory(at: UInt32(count - 4), count: 4) != nil)
        #expect(guest.fiber.copyMemory(at: UInt32(count - 4), count: 5) == nil)
        #expect(guest.fiber.copyMemory(at: .max, count: 1) == nil)
        #expect(guest.fiber.copyMemory(at: 0, count: -1) == nil)
    }

    @Test("ends a guest with proc_exit's code, and runs nothing afterwards")
    func exitCode() throws {
        let guest = try Guest(
            wat: guestText(
                imports: #"(import "host" "exit" (func $exit (param i32)))"#,
                step: "(call $exit (i32.const 42)) (loop (br 0)) (i32.const 1)"))
        #expect(throws: Trap.self) { try guest.step() }
        #expect(guest.fiber.exitCode == 42)
        guard case .failed = guest.fiber.resume() else {
            Issue.record("an ended guest must not run")
            return
        }
    }

    @Test("may be closed at any time, twice, and then says that it has ended")
    func closing() throws {
        let guest = try Guest(wat: guestText())
        guest.fiber.close()
        guest.fiber.close()
        guard case .failed = guest.fiber.resume() else {
            Issue.record("a closed guest must not run")
            return
        }
        #expect(guest.fiber.memoryByteCount == 0)
        #expect(guest.fiber.copyMemory(at: 0, count: 0) == nil)
    }
}
