import PulpCapability
import PulpTesting
import PulpWASI
import Testing

@Suite struct WASIProcessTests {
    @Test("there are no arguments, and without [env] no environment")
    func nothing() async throws {
        let wasi = try await WASIHarness()
        for name in ["args_sizes_get", "environ_sizes_get"] {
            try await wasi.harness.withGuest { $0.reset(to: 0xff) }
            #expect(try await wasi.call(name, 16, 20) == 0)
            #expect(try await wasi.bytes(at: 16, count: 9) == [UInt8](repeating: 0, count: 8) + [0xff])
            #expect(try await wasi.call(name, 65_533, 20) == 21)
            #expect(try await wasi.call(name, 16, 0xffff_ffff) == 21)
        }
        #expect(try await wasi.call("args_get", 0xffff_ffff, 0xffff_ffff) == 0)
        #expect(try await wasi.call("environ_get", 0xffff_ffff, 0xffff_ffff) == 0)
        #expect(try await wasi.bytes(at: 0, count: 16) == [UInt8](repeating: 0xff, count: 16))
    }

    @Test("the environment is the manifest's, to the byte")
    func environment() async throws {
        var setting = PluginSetting()
        setting.environment = [("TZ", "UTC"), ("EMPTY", ""), ("É", "a=b")]
        let wasi = try await WASIHarness(setting)
        let strings = Array("TZ=UTC\0EMPTY=\0É=a=b\0".utf8)
        #expect(try await wasi.call("environ_sizes_get", 0, 4) == 0)
        #expect(try await wasi.word(at: 0) == 3)
        #expect(try await wasi.word(at: 4) == UInt32(strings.count))
        #expect(try await wasi.call("environ_get", 16, 64) == 0)
        #expect(try await wasi.bytes(at: 16, count: 12) == little(UInt32(64)) + little(UInt32(71)) + little(UInt32(78)))
        #expect(try await wasi.bytes(at: 64, count: strings.count + 1) == strings + [0])
        let end = UInt64(65_536)
        #expect(try await wasi.call("environ_get", end - 12, 64) == 0)
        #expect(try await wasi.call("environ_get", end - 11, 64) == 21)
        #expect(try await wasi.call("environ_get", 16, end - UInt64(strings.count) + 1) == 21)
        #expect(try await wasi.call("environ_get", 16, 0xffff_ffff) == 21)
        // The pointers lie inside the strings: nonsense, and no more than that.
        #expect(try await wasi.call("environ_get", 64, 64) == 0)
    }

    @Test(
        "an environment that C cannot express fails the load",
        arguments: [("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "\0")])
    func badEnvironment(name: String, value: String) async throws {
        var setting = PluginSetting()
        setting.environment = [(name, value)]
        await #expect(throws: CapabilityError.self) { try await WASIHarness(setting) }
    }

    @Test("both clocks tell the host's time; those of the processor are not offered")
    func clocks() async throws {
        let wasi = try await WASIHarness(clock: ManualClock(wall: 0x0102_0304_0506_0708, monotonic: 99))
        #expect(try await wasi.call("clock_time_get", 0, 1, 100) == 0)
        #expect(try await wasi.bytes(at: 100, count: 8) == [8, 7, 6, 5, 4, 3, 2, 1])
        #expect(try await wasi.call("clock_time_get", 1, .max, 100) == 0)
        #expect(try await wasi.bytes(at: 100, count: 8) == little(UInt64(99)))
        for clock in [UInt64(0), 1] {
            #expect(try await wasi.call("clock_res_get", clock, 100) == 0)
            #expect(try await wasi.bytes(at: 100, count: 8) == little(UInt64(1)))
            #expect(try await wasi.call("clock_res_get", clock, 65_529) == 21)
            #expect(try await wasi.call("clock_time_get", clock, 0, 65_529) == 21)
            #expect(try await wasi.call("clock_time_get", clock, 0, 65_528) == 0)
        }
        for clock in [UInt64(2), 3, 4, 0xffff_ffff] {
            #expect(try await wasi.call("clock_time_get", clock, 0, 100) == 28)
            #expect(try await wasi.call("clock_res_get", clock, 100) == 28)
        }
    }

    @Test("the host's clocks go on, and the monotonic one is never 0")
    func systemClocks() {
        let clocks = WASIClocks.system
        let (wall, monotonic) = (clocks.wall(), clocks.monotonic())
        #expect(wall > 1_600_000_000_000_000_000)
        #expect(monotonic > 0)
        #expect(clocks.monotonic() >= monotonic)
    }

    @Test("random bytes fill what was asked for and nothing beside it")
    func random() async throws {
        let wasi = try await WASIHarness()
        #expect(try await wasi.call("random_get", 1_000, 10_000) == 0)
        let bytes = try await wasi.bytes(at: 0, count: 65_536)
        #expect(bytes[..<1_000].allSatisfy { $0 == 0 })
        #expect(bytes[11_000...].allSatisfy { $0 == 0 })
        // 10,000 random bytes have each value about 39 times.
        #expect(Set(bytes[1_000..<11_000]).count == 256)
        #expect(try await wasi.call("random_get", 0, 65_536) == 0)
        #expect(try await wasi.call("random_get", 0, 65_537) == 21)
        #expect(try await wasi.call("random_get", 65_536, 0) == 0)
        #expect(try await wasi.call("random_get", 65_537, 0) == 21)
        #expect(try await wasi.call("random_get", 0xffff_ffff, 0xffff_ffff) == 21)
    }

    @Test("more randomness than a loop can make in passing is refused, and so is that of a broken source")
    func randomLimits() async throws {
        var setting = PluginSetting()
        setting.memoryBytes = 2 << 20
        let wasi = try await WASIHarness(setting)
        #expect(try await wasi.call("random_get", 0, 1 << 20) == 0)
        #expect(try await wasi.call("random_get", 0, 1 << 20 + 1) == 28)
        let broken = try await WASIHarness(random: .failing)
        #expect(try await broken.call("random_get", 0, 8) == 29)
        #expect(try await broken.call("random_get", 0, 0) == 0)
    }

    @Test("the system's randomness is random")
    func systemRandom() throws {
        let first = try #require(RandomSource.system.bytes(1_000))
        let second = try #require(RandomSource.system.bytes(1_000))
        #expect(first != second)
        #expect(Set(first).count > 200)
        #expect(first.suffix(8) != [UInt8](repeating: 0, count: 8))
    }

    @Test("proc_exit ends the instance with its code; a signal is not offered")
    func ending() async throws {
        let wasi = try await WASIHarness()
        #expect(try await wasi.call("proc_raise", 6) == 52)
        #expect(try await wasi.harness.withGuest { $0.exitCode } == nil)
        _ = try await wasi.call("proc_exit", 0xffff_ffff)
        #expect(try await wasi.harness.withGuest { $0.exitCode } == 0xffff_ffff)
    }
}
