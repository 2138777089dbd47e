import NIOCore
import NIOPosix
import PulpCapability
import PulpTesting
import PulpWASI
import Testing

@Suite struct WASIPollTests {
    private static let input = 1_024
    private static let output = 8_192

    private static func clock(_ user: UInt64, id: UInt32 = 1, _ timeout: UInt64, absolute: Bool = false) -> [UInt8] {
        little(user) + [0] + [UInt8](repeating: 0xee, count: 7) + little(id) + [UInt8](repeating: 0xee, count: 4)
            + little(timeout) + little(UInt64(0)) + little(UInt16(absolute ? 1 : 0))
            + [UInt8](repeating: 0xee, count: 6)
    }

    private static func stream(_ user: UInt64, kind: UInt8, _ descriptor: UInt32) -> [UInt8] {
        little(user) + [kind] + [UInt8](repeating: 0xee, count: 7) + little(descriptor)
            + [UInt8](repeating: 0xee, count: 28)
    }

    private static func event(
        _ user: UInt64, errno: UInt16 = 0, kind: UInt8, ready: UInt64 = 0, flags: UInt16 = 0
    ) -> [UInt8] {
        little(user) + little(errno) + [kind, 0, 0, 0, 0, 0] + little(ready) + little(flags) + [0, 0, 0, 0, 0, 0]
    }

    private func start(_ wasi: WASIHarness, _ subscriptions: [UInt8]...) async throws -> PendingCall {
        let bytes = subscriptions.flatMap(\.self)
        #expect(bytes.count == subscriptions.count * 48)
        try await wasi.harness.withGuest { $0.write(bytes, at: Self.input) }
        return try await wasi.harness.start(
            "poll_oneoff", words: [UInt64(Self.input), UInt64(Self.output), UInt64(subscriptions.count), 256])
    }

    private func events(_ wasi: WASIHarness) async throws -> [UInt8] {
        let count = Int(try await wasi.word(at: 256))
        return try await wasi.bytes(at: Self.output, count: count * 32)
    }

    private func pass(_ wasi: WASIHarness, _ amount: TimeAmount) async {
        wasi.clock.advance(by: amount)
        await wasi.harness.advance(by: amount)
    }

    @Test("a clock parks the guest until it has run out")
    func sleep() async throws {
        let wasi = try await WASIHarness()
        let call = try await self.start(wasi, Self.clock(7, 1_000_000))
        await self.pass(wasi, .microseconds(999))
        #expect(call.result == nil)
        await self.pass(wasi, .microseconds(1))
        #expect(try await call.value() == 0)
        #expect(try await self.events(wasi) == Self.event(7, kind: 0))
    }

    @Test("of several clocks the first wakes the guest, with all that have run out by then")
    func severalClocks() async throws {
        let wasi = try await WASIHarness()
        let call = try await self.start(
            wasi, Self.clock(1, 3_000), Self.clock(2, 1_000), Self.clock(3, 1_000), Self.clock(4, 9_000))
        await self.pass(wasi, .microseconds(1))
        #expect(try await call.value() == 0)
        #expect(try await self.events(wasi) == Self.event(2, kind: 0) + Self.event(3, kind: 0))
        let late = try await self.start(
            wasi, Self.clock(1, 3_000), Self.clock(2, 1_000), Self.clock(4, 9_000))
        wasi.clock.advance(by: .microseconds(4))
        await wasi.harness.advance(by: .microseconds(1))
        #expect(try await late.value() == 0)
        #expect(try await self.events(wasi) == Self.event(1, kind: 0) + Self.event(2, kind: 0))
    }

    @Test("absolute times count from their clock's start; one that has passed does not park")
    func absolute() async throws {
        let wasi = try await WASIHarness()
        let wall = try await self.start(wasi, Self.clock(1, id: 0, wasi.clock.wall + 5_000, absolute: true))
        await self.pass(wasi, .microseconds(5))
        #expect(try await wall.value() == 0)
        let monotonic = try await self.start(wasi, Self.clock(2, wasi.clock.monotonic + 5_000, absolute: true))
        #expect(monotonic.result == nil)
        await self.pass(wasi, .microseconds(5))
        #expect(try await monotonic.value() == 0)
        for passed in [Self.clock(3, id: 0, 1, absolute: true), Self.clock(3, 0, absolute: true), Self.clock(3, 0)] {
            let call = try await self.start(wasi, passed)
            #expect(call.result == 0)
            #expect(try await self.events(wasi) == Self.event(3, kind: 0))
        }
    }

    @Test("absurd times park and nothing else", arguments: [UInt64.max, UInt64.max - 1, 1 << 63, 1 << 62] as [UInt64])
    func absurd(timeout: UInt64) async throws {
        let wasi = try await WASIHarness()
        for subscription in [Self.clock(1, timeout), Self.clock(1, id: 0, timeout, absolute: true)] {
            let call = try await self.start(wasi, subscription)
            await self.pass(wasi, .hours(24 * 300))
            #expect(call.result == nil)
            try await wasi.harness.abandon()
            await #expect(throws: CancellationError.self) { try await call.value() }
        }
    }

    @Test("streams are ready at once, and wrong ones are events with an error")
    func streams() async throws {
        let wasi = try await WASIHarness()
        let call = try await self.start(
            wasi, Self.stream(1, kind: 1, 0), Self.stream(2, kind: 2, 1), Self.clock(3, 1_000_000_000),
            Self.stream(4, kind: 2, 2), Self.stream(5, kind: 1, 1), Self.stream(6, kind: 2, 0),
            Self.stream(7, kind: 1, 3), Self.stream(8, kind: 2, .max), Self.clock(9, id: 2, 1), Self.clock(10, 0))
        #expect(call.result == 0)
        let room: UInt64 = 65_536
        let first =
            Self.event(1, kind: 1, flags: 1) + Self.event(2, kind: 2, ready: room)
            + Self.event(4, kind: 2, ready: room) + Self.event(5, errno: 8, kind: 1)
        let second =
            Self.event(6, errno: 8, kind: 2) + Self.event(7, errno: 8, kind: 1)
            + Self.event(8, errno: 8, kind: 2) + Self.event(9, errno: 28, kind: 0) + Self.event(10, kind: 0)
        #expect(try await self.events(wasi) == first + second)
    }

    @Test("counts, kinds and places that are wrong are refused")
    func refusals() async throws {
        let wasi = try await WASIHarness()
        let (input, output) = (UInt64(Self.input), UInt64(Self.output))
        #expect(try await wasi.call("poll_oneoff", input, output, 0, 256) == 28)
        #expect(try await wasi.call("poll_oneoff", input, output, 4_097, 256) == 28)
        #expect(try await wasi.call("poll_oneoff", input, output, 0xffff_ffff, 256) == 28)
        #expect(try await wasi.call("poll_oneoff", 65_536 - 47, output, 1, 256) == 21)
        #expect(try await wasi.call("poll_oneoff", 0xffff_ffff, output, 4_096, 256) == 21)
        #expect(try await wasi.call("poll_oneoff", input, 65_536 - 31, 1, 256) == 21)
        #expect(try await wasi.call("poll_oneoff", input, output, 1, 65_533) == 21)
        #expect(try await self.start(wasi, Self.stream(1, kind: 3, 1)).value() == 28)
        #expect(try await self.start(wasi, Self.stream(1, kind: 1, 0), Self.stream(1, kind: 255, 1)).value() == 28)
    }

    @Test("events may overwrite the subscriptions, and the most that are taken are all answered")
    func overlap() async throws {
        var setting = PluginSetting()
        setting.memoryBytes = 1 << 20
        let wasi = try await WASIHarness(setting)
        try await wasi.harness.withGuest { guest in
            for index in 0..<4_096 { guest.write(Self.clock(UInt64(index), 1_000), at: index * 48) }
        }
        let call = try await wasi.harness.start("poll_oneoff", words: [0, 0, 4_096, 4_096 * 32])
        await self.pass(wasi, .microseconds(1))
        #expect(try await call.value() == 0)
        #expect(try await wasi.word(at: 4_096 * 32) == 4_096)
        #expect(try await wasi.bytes(at: 4_095 * 32, count: 32) == Self.event(4_095, kind: 0))
    }

    @Test("a guest that is dropped in its sleep is not woken")
    func abandoned() async throws {
        let wasi = try await WASIHarness()
        let call = try await self.start(wasi, Self.clock(1, 1_000))
        try await wasi.harness.abandon()
        await self.pass(wasi, .seconds(1))
        await #expect(throws: CancellationError.self) { try await call.value() }
        #expect(try await wasi.harness.withGuest { $0.wakeCount } == 0)
        #expect(try await wasi.word(at: 256) == 0)
    }

    @Test("yielding resumes on a later turn of the loop")
    func yielding() async throws {
        let wasi = try await WASIHarness()
        #expect(try await wasi.call("sched_yield") == 0)
        #expect(try await wasi.harness.withGuest { $0.wakeCount } == 1)
    }

    @Test("it all works on a real event loop")
    func realLoop() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let harness = try await Harness(
            WASICapability(clocks: .system, random: .system, logs: .init(now: NIODeadline.now)), on: loop)
        try await harness.withGuest { $0.write(Self.clock(1, 1_000_000) + Self.clock(2, .max), at: Self.input) }
        let start = NIODeadline.now()
        #expect(try await harness.call("poll_oneoff", UInt64(Self.input), UInt64(Self.output), 2, 256) == 0)
        #expect(NIODeadline.now() - start >= .milliseconds(1))
        #expect(try await harness.withGuest { $0.word(at: 256) } == 1)
        #expect(try await harness.call("sched_yield") == 0)
    }
}
