import NIOCore
import PulpCapability
import PulpTesting
import PulpWASI

/// WASI with clocks in the test's hand.
struct WASIHarness {
    let clock: ManualClock
    let harness: Harness

    init(
        _ setting: PluginSetting = PluginSetting(), clock: ManualClock = ManualClock(),
        random: RandomSource = .seeded(1), on loop: (any EventLoop)? = nil
    ) async throws {
        self.clock = clock
        self.harness = try await Harness(WASICapability.make(clock: clock, random: random), setting, on: loop)
    }

    func call(_ name: String, _ words: UInt64...) async throws -> Int32 {
        try await self.harness.start(name, words: words).value()
    }

    func bytes(at pointer: Int, count: Int) async throws -> [UInt8] {
        try await self.harness.withGuest { $0.read(count, at: pointer) }
    }

    func word(at pointer: Int) async throws -> UInt32 {
        try await self.harness.withGuest { $0.word(at: pointer) }
    }

    /// Writes text with one buffer, and checks that all of it is said to be written.
    func write(_ bytes: [UInt8], to descriptor: UInt64 = 1) async throws -> Int32 {
        try await self.harness.withGuest { guest in
            guest.write(vector(1_024, bytes.count), at: 0)
            guest.write(bytes, at: 1_024)
        }
        let status = try await self.call("fd_write", descriptor, 0, 1, 8)
        let written = try await self.word(at: 8)
        return status == 0 && written != bytes.count ? -1 : status
    }

    func write(_ text: String, to descriptor: UInt64 = 1) async throws -> Int32 {
        try await self.write(Array(text.utf8), to: descriptor)
    }
}

extension WASICapability {
    static func make(clock: ManualClock = ManualClock(), random: RandomSource = .seeded(1)) -> WASICapability {
        WASICapability(
            clocks: WASIClocks(wall: { clock.wall }, monotonic: { clock.monotonic }), random: random,
            logs: PluginLogs(now: { clock.now }))
    }
}

func little<Word: FixedWidthInteger>(_ word: Word) -> [UInt8] {
    (0..<Word.bitWidth / 8).map { UInt8(truncatingIfNeeded: word >> Word($0 * 8)) }
}

/// WASI's `iovec`.
func vector(_ pointer: Int, _ count: Int) -> [UInt8] {
    little(UInt32(truncatingIfNeeded: pointer)) + little(UInt32(truncatingIfNeeded: count))
}
