import Testing

@testable import PulpEngine

@Suite("A suspended guest")
struct SuspensionTests {
    private static let imports = """
        (import "host" "later" (func $later (param i32) (result i32)))
        (import "host" "answer" (func $answer (param i32) (result i32)))
        (import "host" "swallow" (func $swallow (param i32) (result i32)))
        (import "host" "note" (func $note (param i32)))
        """

    @Test("waits in an import until it is answered, however often it is polled")
    func waits() throws {
        let guest = try Guest(wat: guestText(imports: Self.imports, step: "(call $later (i32.const 0))"))
        try guest.run()
        guest.bytes = [1]
        guest.fiber.submit(.step(byteCount: 1))
        for _ in 0..<10 { #expect(guest.settle()?.isWaiting == true) }
        #expect(guest.openedCalls == 1)
        guest.isAnswered = true
        guard case .idle(0) = guest.settle() else {
            Issue.record("the answer should have ended the step")
            return
        }
        #expect(guest.abandonedCalls == 0)
    }

    @Test("gets an answer for which its allocator runs")
    func answerAllocates() throws {
        let guest = try Guest(wat: guestText(imports: Self.imports, step: "(call $later (i32.const 100))"))
        guest.isAnswered = true
        #expect(try guest.step() >= 65536)
    }

    @Test("is dropped cleanly while it waits, and its call is abandoned once")
    func droppedWaiting() throws {
        let guest = try Guest(
            wat: guestText(
                imports: Self.imports,
                step: "(drop (call $later (i32.const 8))) (call $note (i32.const 1)) (i32.const 0)"))
        #expect(throws: Guest.Unsettled.waiting) { try guest.step() }
        guest.fiber.close()
        #expect(guest.abandonedCalls == 1)
        #expect(guest.notes.isEmpty)
    }

    @Test("is dropped cleanly while its allocator, run for an answer, waits itself")
    func droppedInNestedWait() throws {
        for outer in ["answer", "later", "swallow"] {
            let guest = try Guest(
                wat: guestText(
                    imports: Self.imports + "(global $nested (mut i32) (i32.const 0))",
                    alloc: """
                        (if (global.get $nested) (then (drop (call $later (i32.const 0)))))
                        (call $bump (local.get $size))
                        """,
                    step: """
                        (global.set $nested (i32.const 1))
                        (drop (call $\(outer) (i32.const 8)))
                        (call $note (i32.const 1))
                        (loop $again (drop (call $later (i32.const 0))) (br $again))
                        (i32.const 0)
                        """))
            #expect(throws: Guest.Unsettled.waiting) { try guest.step() }
            if outer == "later" {
                // The outer call has its answer, so that its allocator runs; that one waits.
                guest.isAnswered = true
                guest.answersOnce = true
                #expect(guest.settle()?.isWaiting == true)
            }
            guest.fiber.close()
            #expect(guest.notes.isEmpty, "\(outer): the guest ran on while it was unwound")
            #expect(guest.allocationErrors.first == .trapped)
        }
    }

    @Test("goes on where it was after its nested allocator has waited")
    func resumesNestedWait() throws {
        let guest = try Guest(
            wat: guestText(
                imports: Self.imports + "(global $nested (mut i32) (i32.const 0))",
                alloc: """
                    (if (global.get $nested) (then (drop (call $later (i32.const 0)))))
                    (call $bump (local.get $size))
                    """,
                step: "(global.set $nested (i32.const 1)) (call $answer (i32.const 8))"))
        #expect(throws: Guest.Unsettled.waiting) { try guest.step() }
        guest.isAnswered = true
        guard case .idle(let address) = guest.settle() else {
            Issue.record("the step should have ended")
            return
        }
        #expect(address >= 65536)
    }

    @Test("may wait in its start function, and be answered there or dropped", arguments: [true, false])
    func startFunction(isAnswered: Bool) throws {
        let guest = try Guest(
            wat: guestText(
                imports: Self.imports,
                extra: """
                    (global $got (mut i64) (i64.const 0))
                    (func $start (global.set $got (i64.extend_i32_u (call $later (i32.const 16)))))
                    (start $start)
                    (func (export "probe_last_call") (result i64) (global.get $got))
                    """))
        #expect(throws: Guest.Unsettled.waiting) { try guest.run() }
        if isAnswered {
            guest.isAnswered = true
            #expect(try guest.run(.probeLastCall) >= 65536)
        } else {
            guest.fiber.close()
            #expect(guest.abandonedCalls == 1)
        }
    }

    @Test(
        "is dropped cleanly in every slice of an endless loop",
        arguments: [
            "loop-start", "loop-initialize", "loop-init", "loop-alloc", "loop-step", "loop-free", "loop-shutdown",
            "loop-probe", "loop-nested-alloc",
        ])
    func endless(fixture: String) throws {
        let guest = try Guest(Fixture.hostile(fixture))
        guest.bytes = [1, 2, 3]
        let operations: [ResidentFiber.Operation] =
            switch fixture {
            case "loop-start": []
            case "loop-initialize": [.start]
            case "loop-init": [.initialize(byteCount: 0)]
            case "loop-shutdown": [.shutdown]
            case "loop-probe": [.probeLastCall]
            default: [.step(byteCount: 3)]
            }
        // The nested loop needs an import that answers through the allocator: the stub of this test does not.
        guard fixture != "loop-nested-alloc" else { return try Self.endlessNested() }
        if !operations.isEmpty { try guest.run() }
        for operation in operations { guest.fiber.submit(operation) }
        #expect(guest.settle(polls: 5) == nil)
        guest.fiber.close()
    }

    private static func endlessNested() throws {
        for name in ["answer", "swallow", "later"] {
            let guest = try Guest(
                wat: guestText(
                    imports: Self.imports + "(global $nested (mut i32) (i32.const 0))",
                    alloc: "(if (global.get $nested) (then (loop $on (br $on)))) (call $bump (local.get $size))",
                    step: """
                        (global.set $nested (i32.const 1)) (drop (call $\(name) (i32.const 8)))
                        (call $note (i32.const 1)) (loop $on (br $on)) (i32.const 0)
                        """))
            guest.isAnswered = true
            try guest.run()
            guest.bytes = [1]
            guest.fiber.submit(.step(byteCount: 1))
            #expect(guest.settle(polls: 5) == nil)
            guest.fiber.close()
            #expect(guest.notes.isEmpty)
            #expect(guest.allocationErrors.allSatisfy { $0 == .trapped } && !guest.allocationErrors.isEmpty)
        }
    }

    @Test("is dropped cleanly before its first poll, while idle, and with an operation that never began")
    func droppedIdle() throws {
        _ = try Guest(wat: guestText())
        let idle = try Guest(wat: guestText())
        try idle.run()
        idle.fiber.close()
        let submitted = try Guest(wat: guestText())
        try submitted.run()
        submitted.fiber.submit(.shutdown)
        submitted.fiber.close()
    }

    @Test("may export the host's own functions, suspending ones too, as its allocator and its step")
    func reexportedImports() throws {
        let text = """
            (module
              (import "host" "later" (func $later (param i32) (result i32)))
              (import "host" "answer" (func $answer (param i32) (result i32)))
              (memory (export "memory") 2)
              (export "pulp_alloc" (func $later))
              (func (export "pulp_shutdown") (result i32) (call $answer (i32.const 8))))
            """
        let guest = try Guest(wat: text)
        #expect(throws: Guest.Unsettled.waiting) { try guest.run(.shutdown) }
        guest.fiber.close()
        #expect(guest.abandonedCalls >= 1)
        let answered = try Guest(wat: text)
        answered.answersOnce = false
        answered.isAnswered = true
        // later(64) answers by asking the allocator, which is later: nested until the limit.
        #expect(throws: Trap.self) { try answered.run(.shutdown) }
    }
}
