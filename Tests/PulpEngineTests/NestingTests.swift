import Testing

@testable import PulpEngine

@Suite("Calls nested through the host")
struct NestingTests {
    private static let imports = """
        (import "host" "answer" (func $answer (param i32) (result i32)))
        (import "host" "swallow" (func $swallow (param i32) (result i32)))
        (import "host" "later" (func $later (param i32) (result i32)))
        (import "host" "note" (func $note (param i32)))
        (global $depth (mut i32) (i32.const 0))
        """

    @Test(
        "return a trap of the allocator to the guest's end: no handler can swallow it",
        arguments: ["answer", "swallow", "later"])
    func trapsAreKept(name: String) throws {
        let guest = try Guest(
            wat: guestText(
                imports: Self.imports,
                alloc: "(if (global.get $depth) (then (unreachable))) (call $bump (local.get $size))",
                step: """
                    (global.set $depth (i32.const 1)) (drop (call $\(name) (i32.const 8)))
                    (call $note (i32.const 1)) (i32.const 0)
                    """))
        guest.isAnswered = true
        do {
            _ = try guest.step()
            Issue.record("the trap was swallowed")
        } catch let trap as Trap {
            #expect(trap.reason == .unreachable)
            #expect(trap.frames.compactMap(\.function).contains("alloc"))
        }
        #expect(guest.notes.isEmpty)
        #expect(guest.allocationErrors.allSatisfy { $0 == .trapped })
    }

    @Test("end the guest when there are too many of them", arguments: ["answer", "swallow", "later"])
    func tooDeep(name: String) throws {
        let guest = try Guest(
            wat: guestText(imports: Self.imports, alloc: "(call $\(name) (i32.const 8))", step: "(i32.const 0)"))
        guest.isAnswered = true
        do {
            _ = try guest.step()
            Issue.record("the recursion should have ended in a trap")
        } catch let trap as Trap {
            #expect(trap.message.contains("too deep"), "\(trap)")
        }
    }

    @Test("may be nested as deep as the limit says")
    func allowedDepth() throws {
        let guest = try Guest(
            wat: guestText(
                imports: Self.imports,
                alloc: """
                    (if (i32.gt_s (global.get $depth) (i32.const 0))
                      (then (global.set $depth (i32.sub (global.get $depth) (i32.const 1)))
                        (drop (call $answer (i32.const 8)))))
                    (call $bump (local.get $size))
                    """,
                step: """
                    (global.set $depth (i32.const \(ResidentFiber.maximumNesting - 1)))
                    (drop (call $answer (i32.const 8)))
                    (i32.add (global.get $depth) (i32.const 77))
                    """))
        #expect(try guest.step() == 77)
        #expect(guest.allocationErrors.isEmpty)
        // And again: leaving counts as well as entering.
        for _ in 0..<100 { #expect(try guest.step() == 77) }
    }

    @Test(
        "each with a stack almost used up never reach the end of the fiber's own stack", arguments: ["answer", "later"])
    func everyLevelUsesItsStack(name: String) throws {
        // Each level recurses to the given depth before it calls the host again, which asks for the allocator.
        for frames in [1_000, 4_000, 6_000, 8_000, 9_000, 10_000, 10_500, 11_000, 12_000, 16_000, 30_000] {
            let guest = try Guest(
                wat: guestText(
                    imports: Self.imports, alloc: "(call $dig (i32.const \(frames)))",
                    step: "(call $dig (i32.const \(frames)))",
                    extra: """
                        (func $dig (param $left i32) (result i32)
                          (if (result i32) (local.get $left)
                            (then (i32.add (call $dig (i32.sub (local.get $left) (i32.const 1))) (i32.const 1)))
                            (else (call $\(name) (i32.const 8)))))
                        """))
            guest.isAnswered = true
            #expect(throws: Trap.self) { try guest.step() }
            guest.fiber.close()
        }
    }

    @Test("in a start function have memory and allocator like any other")
    func startFunction() throws {
        let guest = try Guest(
            wat: guestText(
                imports: Self.imports,
                extra: """
                    (global $got (mut i64) (i64.const 0))
                    (func $start (global.set $got (i64.extend_i32_u (call $answer (i32.const 16)))))
                    (start $start)
                    (func (export "probe_last_call") (result i64) (global.get $got))
                    """))
        #expect(try guest.run(.probeLastCall) == 65536)
        let trapping = try Guest(
            wat: guestText(
                imports: Self.imports, alloc: "(unreachable)",
                extra: "(func $start (drop (call $answer (i32.const 16)))) (start $start)"))
        #expect(throws: Trap.self) { try trapping.run() }
    }
}
