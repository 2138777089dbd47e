import Dispatch
import Testing

@testable import PulpEngine

@Suite("The ticker")
struct TickerTests {
    @Test("ends a busy guest's slice, and wakes for it")
    func slices() throws {
        let engine = try Guest.engine()
        let guest = try Guest(Fixture.hostile("loop-step"))
        try guest.run()
        let before = engine.ticker.tickCount
        guest.bytes = [1]
        guest.fiber.submit(.step(byteCount: 1))
        for _ in 0..<20 { #expect(guest.fiber.resume().isYielded) }
        #expect(engine.ticker.tickCount > before)
        guest.fiber.close()
    }

    @Test("parks when no guest runs, and ticks again for the next one")
    func parks() async throws {
        // An engine's ticker alone, so that other tests' guests do not keep it awake: its own epoch, never polled.
        let ticker = EpochTicker(engine: try Guest.engine().handle)
        Thread.start { ticker.run() }
        defer { ticker.stop() }
        try await until("the ticker parks") { ticker.isParked }
        let parked = ticker.tickCount
        #expect(ticker.isParked)
        ticker.enter()
        try await until("the ticker ticks") { ticker.tickCount > parked + EpochTicker.idleTicksBeforeParking }
        #expect(!ticker.isParked)
        ticker.leave()
        try await until("the ticker parks again") { ticker.isParked }
        let again = ticker.tickCount
        for _ in 0..<10 {
            ticker.enter()
            ticker.leave()
        }
        try await until("ten short visits wake it") { ticker.tickCount > again }
        try await until("and it parks") { ticker.isParked }
    }

    @Test("never misses a guest that enters while it parks")
    func race() async throws {
        let ticker = EpochTicker(engine: try Guest.engine().handle)
        Thread.start { ticker.run() }
        defer { ticker.stop() }
        for _ in 0..<5 {
            try await until("parks") { ticker.isParked }
            let ticks = ticker.tickCount
            ticker.enter()
            try await until("ticks") { ticker.tickCount > ticks + 1 }
            ticker.leave()
        }
    }
}

/// Looks again and again, giving the thread to others in between, for up to a minute.
func until(_ what: String, _ condition: () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(60)
    while !condition() {
        guard ContinuousClock.now < end else {
            Issue.record("\(what): not within a minute")
            return
        }
        await Task.yield()
    }
}
