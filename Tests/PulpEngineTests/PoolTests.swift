import Foundation
import Testing

@testable import PulpEngine

@Suite("The pool of instances", .serialized)
struct PoolTests {
    @Test("never shows a guest the memory of the one before it")
    func canary() throws {
        let template = try Guest.template(Fixture.guest("canary"), engine: Guest.engine())
        for _ in 0..<50 {
            let first = try Guest(template: template, memoryPages: 4_096)
            #expect(try first.run(.initialize(byteCount: 0)) == 0)
            #expect(try first.step(envelope([2])) == 0)
            _ = try first.step(envelope([1]))
            #expect(try first.step(envelope([2])) > 100_000)
            first.fiber.close()
            let second = try Guest(template: template, memoryPages: 4_096)
            #expect(try second.run(.initialize(byteCount: 0)) == 0)
            #expect(try second.step(envelope([2])) == 0)
            second.fiber.close()
        }
    }

    @Test("shows zeroes in memory that a guest grows into, whoever had it before")
    func grownMemory() throws {
        let text = guestText(
            step: """
                (local $i i32) (local $found i32)
                (drop (memory.grow (i32.const 40)))
                (local.set $i (i32.const 131072))
                (loop $again
                  (if (i32.load (local.get $i)) (then (local.set $found (i32.add (local.get $found) (i32.const 1)))))
                  (i32.store (local.get $i) (i32.const 0x5EC12E7))
                  (local.set $i (i32.add (local.get $i) (i32.const 4)))
                  (br_if $again (i32.lt_u (local.get $i) (i32.const 2752512))))
                (local.get $found)
                """)
        let template = try Guest.template(Module.binary(fromText: text), engine: Guest.engine())
        for _ in 0..<50 {
            let guest = try Guest(template: template)
            #expect(try guest.step() == 0)
            guest.fiber.close()
        }
    }

    // The next two run in processes of their own: one takes the whole pool, the other looks at the process's memory,
    // and other suites run beside this one.

    @Test("holds hundreds of parked guests, each with its own state, and says when there is no more room")
    func parked() async {
        await #expect(processExitsWith: .success) { try PoolTests.parkHundreds() }
    }

    private static func parkHundreds() throws {
        let count = min(700, try Guest.engine().settings.maximumInstances * 7 / 10)
        let text = guestText(
            step: "(global.set $mine (i32.add (global.get $mine) (local.get $count))) (global.get $mine)",
            extra: "(global $mine (mut i32) (i32.const 0))")
        let template = try Guest.template(Module.binary(fromText: text), engine: Guest.engine())
        var guests: [Guest] = []
        for _ in 0..<count {
            let guest = try Guest(template: template)
            try guest.run()
            guests.append(guest)
        }
        for (index, guest) in guests.enumerated() {
            #expect(try guest.step([UInt8](repeating: 1, count: 1 + index)) == Int64(1 + index))
        }
        for (index, guest) in guests.enumerated() { #expect(try guest.step([1]) == Int64(2 + index)) }
        // Into exhaustion: the pool says so, and nothing else happens.
        var refusal: EngineError?
        for _ in 0..<400 where refusal == nil {
            let guest = try Guest(template: template)
            if case .failed(let error) = guest.settle() { refusal = error }
            guests.append(guest)
        }
        #expect(refusal?.message.contains("limit") == true)
        for guest in guests { guest.fiber.close() }
        guests = []
        #expect(try Guest(template: template).step() == 20)
    }

    @Test("gives memory back: two thousand guests leave the process as it was")
    func memoryReturns() async {
        await #expect(processExitsWith: .success) { try PoolTests.comeAndGo() }
    }

    private static func comeAndGo() throws {
        let template = try Guest.template(Fixture.guest("canary"), engine: Guest.engine())
        func round(_ count: Int) throws {
            for index in 0..<count {
                let guest = try Guest(template: template, memoryPages: 4_096)
                if index % 4 == 0 {
                    try guest.run(.initialize(byteCount: 0))
                    _ = try guest.step(envelope([1]))
                } else {
                    try guest.run()
                }
                // Some are closed, some are just let go.
                if index % 2 == 0 { guest.fiber.close() }
            }
        }
        try round(200)
        let before = try Self.residentBytes()
        try round(2_000)
        #expect(try Self.residentBytes() - before < 200 << 20)
    }

    private static func residentBytes() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }
}
