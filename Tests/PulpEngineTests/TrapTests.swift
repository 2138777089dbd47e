import Testing

@testable import PulpEngine

@Suite("A trap")
struct TrapTests {
    struct Expected: Sendable, CustomTestStringConvertible {
        let fixture: String
        let reason: Trap.Reason
        let functions: [String]
        var testDescription: String { self.fixture }
    }

    static let steps = [
        Expected(fixture: "trap-step", reason: .unreachable, functions: ["inner", "outer", "pulp_step"]),
        Expected(fixture: "trap-divide", reason: .integerDivisionByZero, functions: ["inner", "pulp_step"]),
        Expected(fixture: "trap-overflow", reason: .integerOverflow, functions: ["pulp_step"]),
        Expected(fixture: "trap-out-of-bounds", reason: .memoryOutOfBounds, functions: ["inner", "pulp_step"]),
        Expected(fixture: "trap-null-function", reason: .indirectCallToNull, functions: ["pulp_step"]),
        Expected(fixture: "trap-wrong-type", reason: .badSignature, functions: ["pulp_step"]),
        Expected(fixture: "trap-recursion", reason: .stackOverflow, functions: ["inner"]),
        Expected(fixture: "trap-alloc", reason: .unreachable, functions: ["inner", "outer", "pulp_alloc"]),
    ]

    @Test("has its reason and the functions that led there", arguments: Self.steps)
    func inStep(expected: Expected) throws {
        let guest = try Guest(Fixture.hostile(expected.fixture))
        do {
            _ = try guest.step()
            Issue.record("the step should have trapped")
        } catch let trap as Trap {
            #expect(trap.reason == expected.reason)
            let names = trap.frames.compactMap(\.function)
            #expect(!names.contains { $0 == "run" || $0.contains("pulp_driver") })
            for function in expected.functions { #expect(names.contains(function), "\(names)") }
            #expect(trap.frames.contains { $0.moduleOffset > 0 })
            #expect(!trap.summary.isEmpty && !trap.summary.contains("\n") && !trap.summary.contains("\0"))
            #expect(trap.description.contains("module offset 0x"))
        }
    }

    @Test("in pulp_free, pulp_init, pulp_shutdown, a probe, _initialize and the start function is one as well")
    func everywhere() throws {
        func trap(_ fixture: String, _ operations: [ResidentFiber.Operation]) throws -> Trap? {
            let guest = try Guest(Fixture.hostile(fixture))
            guest.bytes = [1]
            do {
                _ = try guest.run()
                for operation in operations { _ = try guest.run(operation) }
                return nil
            } catch let trap as Trap {
                return trap
            }
        }
        let names = ["inner", "outer"]
        #expect(try trap("trap-free", [.step(byteCount: 1)])?.frames.compactMap(\.function).prefix(2) == names[...])
        #expect(try trap("trap-init", [.initialize(byteCount: 0)])?.reason == .unreachable)
        #expect(try trap("trap-shutdown", [.shutdown])?.reason == .unreachable)
        #expect(try trap("trap-probe", [.probeLastCall])?.reason == .unreachable)
        #expect(try trap("trap-initialize", [.start])?.frames.compactMap(\.function).prefix(2) == names[...])
        #expect(try trap("trap-start", [])?.frames.compactMap(\.function).prefix(2) == names[...])
    }

    @Test(
        "of other kinds is told apart",
        arguments: [
            ("(i32.trunc_f64_s (f64.const nan))", Trap.Reason.badConversionToInteger),
            ("(i32.trunc_f64_s (f64.const 1e300))", .integerOverflow),
            ("(table.set $t (i32.const 9) (ref.null func)) (i32.const 0)", .tableOutOfBounds),
            ("(memory.fill (i32.const 131071) (i32.const 0) (i32.const 2)) (i32.const 0)", .memoryOutOfBounds),
            ("(i32.load (i32.const -1))", .memoryOutOfBounds),
        ])
    func kinds(code: String, reason: Trap.Reason) throws {
        let guest = try Guest(wat: guestText(step: code, extra: "(table $t 1 funcref)"))
        do {
            _ = try guest.step()
            Issue.record("the step should have trapped")
        } catch let trap as Trap {
            #expect(trap.reason == reason)
        }
    }

    @Test("raised by a host function carries its words")
    func raised() throws {
        let guest = try Guest(
            wat: guestText(imports: #"(import "host" "raise" (func $raise))"#, step: "(call $raise) (i32.const 1)"))
        do {
            _ = try guest.step()
            Issue.record("the step should have trapped")
        } catch let trap as Trap {
            #expect(trap.reason == .host)
            #expect(trap.summary == "the host says no")
        }
    }

    @Test("ends its guest alone: a thousand of them leave the engine as it was")
    func thousand() throws {
        let template = try Guest.template(Fixture.hostile("trap-out-of-bounds"), engine: Guest.engine())
        let good = try Guest(wat: guestText(step: "(local.get $count)"))
        for _ in 0..<1_000 {
            let guest = try Guest(template: template)
            #expect(throws: Trap.self) { try guest.step() }
            guest.fiber.close()
        }
        #expect(try good.step() == 20)
    }
}
