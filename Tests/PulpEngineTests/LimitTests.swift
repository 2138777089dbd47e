import Testing

@testable import PulpEngine

@Suite("Limits")
struct LimitTests {
    @Test("hold a guest's memory: growing fails, and what it has it keeps")
    func memory() throws {
        let guest = try Guest(Fixture.hostile("grow-step"), memoryPages: 34)
        // By 16 pages from 2.
        #expect(try guest.step() == 34)
        #expect(guest.fiber.memoryByteCount == 34 << 16)
        #expect(try Guest(Fixture.hostile("memory-large-maximum"), memoryPages: 64).step() == -1)
    }

    @Test("refuse a module that needs more memory from the start, naming the limit")
    func memoryAtStart() throws {
        let guest = try Guest(Fixture.hostile("memory-too-large"), memoryPages: 4_096)
        guard case .failed(let error) = guest.settle() else {
            Issue.record("5,000 pages do not fit into 4,096")
            return
        }
        #expect(error.code == .instantiation)
        #expect(error.message.contains("memory"))
    }

    @Test("hold a guest that grows and touches memory for ever")
    func growForEver() throws {
        let guest = try Guest(Fixture.hostile("grow-for-ever"), memoryPages: 256)
        try guest.run()
        guest.bytes = [1]
        guest.fiber.submit(.step(byteCount: 1))
        #expect(guest.settle(polls: 100) == nil)
        #expect(guest.fiber.memoryByteCount == 256 << 16)
    }

    @Test("hold a guest's tables, growing and from the start")
    func tables() throws {
        let limit = Int64(try Guest.engine().settings.tableElements)
        let entries = try Guest(Fixture.hostile("grow-table")).step()
        #expect(1...limit ~= entries)
        #expect(throws: EngineError.self) {
            let guest = try Guest(Fixture.hostile("table-too-large"))
            try guest.run()
        }
    }

    @Test(
        "refuse what the contract does not use: 64-bit and shared memory, threads, several memories",
        arguments: [
            "memory-64", "memory-shared",
        ])
    func features(fixture: String) throws {
        #expect(throws: EngineError.self) { try Guest(Fixture.hostile(fixture)) }
    }

    @Test("refuse a second memory with a message of the engine's")
    func multipleMemories() throws {
        #expect(throws: EngineError.self) {
            try Guest(wat: guestText(extra: "(memory 1)"))
        }
    }

    @Test("let a guest use its stack up, again and again")
    func stack() throws {
        for _ in 0..<50 {
            do {
                _ = try Guest(Fixture.hostile("trap-recursion")).step()
                Issue.record("the stack has no end")
            } catch let trap as Trap {
                #expect(trap.reason == .stackOverflow)
                #expect(trap.frames.count <= 64)
            }
        }
    }
}
