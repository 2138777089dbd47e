import Logging
import NIOCore
import PulpCapability
import PulpTesting
import Testing

@testable import PulpWASI

@Suite struct WASIStreamTests {
    @Test("what a guest prints is in its log, line by line, with the stream's name")
    func lines() async throws {
        let wasi = try await WASIHarness()
        #expect(try await wasi.write("one\ntwo\r\n\nthr") == 0)
        #expect(try await wasi.write("alarm\n", to: 2) == 0)
        #expect(try await wasi.write("ee\nrest") == 0)
        let lines = wasi.harness.logs.lines
        #expect(lines.map(\.message) == ["one", "two", "", "alarm", "three"])
        #expect(lines.map(\.level) == [.info, .info, .info, .notice, .info])
        #expect(lines.map { $0.metadata["stream"] } == ["stdout", "stdout", "stdout", "stderr", "stdout"])
        #expect(lines.allSatisfy { $0.metadata["plugin"] == "test" && $0.source == "guest" })
        try await wasi.harness.endInstance()
        #expect(wasi.harness.logs.messages.last == "rest")
        try await wasi.harness.endInstance()
        #expect(wasi.harness.logs.lines.count == 6)
    }

    @Test("closing the plugin writes what an instance had begun")
    func closing() async throws {
        let wasi = try await WASIHarness()
        #expect(try await wasi.write("half a line", to: 2) == 0)
        await wasi.harness.close()
        #expect(wasi.harness.logs.messages == ["half a line"])
    }

    @Test("a guest can neither forge a line nor command a terminal")
    func controls() async throws {
        let wasi = try await WASIHarness()
        let bytes: [UInt8] = Array("a\u{1b}[31mb\tc\rd\0e\u{7f}\u{85}\u{202e}".utf8) + [0xff, 0xc3] + Array("é\n".utf8)
        #expect(try await wasi.write(bytes) == 0)
        let expected = "a\\u{1b}[31mb\tc\\rd\\0e\\u{7f}\\u{85}\\u{202e}\u{fffd}\u{fffd}é"
        #expect(wasi.harness.logs.messages == [expected])
    }

    @Test("a line is cut at 8 KiB, marked, and its rest is skipped")
    func longLine() async throws {
        let wasi = try await WASIHarness()
        for _ in 0..<5 { #expect(try await wasi.write([UInt8](repeating: 0x61, count: 4_000)) == 0) }
        #expect(wasi.harness.logs.messages == [String(repeating: "a", count: 8_192) + "… (cut)"])
        #expect(try await wasi.write("still the same line\nnext\n") == 0)
        #expect(wasi.harness.logs.messages.dropFirst() == ["next"])
        try await wasi.harness.endInstance()
        #expect(wasi.harness.logs.lines.count == 2)
    }

    @Test("a line of 8 KiB exactly is whole")
    func exactLine() async throws {
        let wasi = try await WASIHarness()
        #expect(try await wasi.write([UInt8](repeating: 0x61, count: 8_192) + [0x0a]) == 0)
        #expect(wasi.harness.logs.messages == [String(repeating: "a", count: 8_192)])
    }

    @Test("many buffers are one text; empty ones and overlapping ones are fine")
    func gather() async throws {
        let wasi = try await WASIHarness()
        try await wasi.harness.withGuest { guest in
            guest.write(Array("hello\n".utf8), at: 512)
            guest.write(vector(512, 2) + vector(0, 0) + vector(65_536, 0) + vector(514, 4) + vector(512, 6), at: 0)
        }
        #expect(try await wasi.call("fd_write", 1, 0, 5, 256) == 0)
        #expect(try await wasi.word(at: 256) == 12)
        #expect(wasi.harness.logs.messages == ["hello", "hello"])
    }

    @Test("buffers outside the memory are refused before a byte is written")
    func badBuffers() async throws {
        let wasi = try await WASIHarness()
        try await wasi.harness.withGuest { guest in
            guest.write(Array("text\n".utf8), at: 512)
            guest.write(vector(512, 5) + vector(65_535, 2) + vector(-1, -1), at: 0)
        }
        #expect(try await wasi.call("fd_write", 1, 0, 2, 256) == 21)
        #expect(try await wasi.call("fd_write", 1, 16, 1, 256) == 21)
        #expect(try await wasi.call("fd_write", 1, 65_530, 1, 256) == 21)
        #expect(try await wasi.call("fd_write", 1, 0xffff_fff8, 2, 256) == 21)
        #expect(try await wasi.call("fd_write", 1, 0, 1, 65_533) == 21)
        #expect(try await wasi.call("fd_write", 1, 0, 1_025, 256) == 28)
        #expect(try await wasi.call("fd_write", 1, 0, 0xffff_ffff, 256) == 28)
        #expect(try await wasi.call("fd_write", 0, 0, 1, 256) == 8)
        #expect(try await wasi.call("fd_write", 3, 0, 1, 256) == 8)
        #expect(wasi.harness.logs.lines.isEmpty)
        #expect(try await wasi.call("fd_write", 1, 0, 0, 256) == 0)
        #expect(try await wasi.word(at: 256) == 0)
    }

    @Test("buffers whose sizes add up to more than 32 bits hold are refused")
    func hugeSum() async throws {
        var setting = PluginSetting()
        setting.memoryBytes = 8 << 20
        let wasi = try await WASIHarness(setting)
        let size = 8 << 20
        try await wasi.harness.withGuest { guest in
            for index in 0..<1_024 { guest.write(vector(0, size), at: index * 8) }
        }
        #expect(try await wasi.call("fd_write", 1, 0, 1_024, 16_384) == 28)
        #expect(try await wasi.call("fd_write", 1, 0, 511, 16_384) == 0)
        #expect(try await wasi.word(at: 16_384) == UInt32(511 * size))
        await wasi.harness.close()
        let last = try #require(wasi.harness.logs.lines.last)
        #expect(last.metadata["dropped_bytes"] == "\(511 * size - 65_536)")
    }

    @Test("a flood is cut to 500 lines and 200 a second, counted, and said once")
    func flood() async throws {
        let wasi = try await WASIHarness()
        let hundred = String(repeating: "x\n", count: 100)
        for _ in 0..<20 { #expect(try await wasi.write(hundred) == 0) }
        #expect(wasi.harness.logs.lines.count == 500)
        wasi.clock.advance(by: .milliseconds(900))
        #expect(try await wasi.write(hundred) == 0)
        #expect(wasi.harness.logs.lines.count == 500)
        wasi.clock.advance(by: .milliseconds(100))
        #expect(try await wasi.write("after\n") == 0)
        let lines = wasi.harness.logs.lines
        #expect(lines.count == 502)
        #expect(lines[500].metadata["dropped_lines"] == "1600")
        #expect(lines[500].level == .warning)
        #expect(lines[501].message == "after")
        for _ in 0..<3 { #expect(try await wasi.write(hundred) == 0) }
        #expect(wasi.harness.logs.lines.count == 502 + 199)
        await wasi.harness.close()
        #expect(wasi.harness.logs.lines.count == 502 + 200)
        #expect(wasi.harness.logs.lines.last?.metadata["dropped_lines"] == "101")
    }

    @Test("one write puts 64 KiB into the log at most, and still answers the whole count")
    func largeWrite() async throws {
        var setting = PluginSetting()
        setting.memoryBytes = 1 << 20
        let wasi = try await WASIHarness(setting)
        let line = String(repeating: "x", count: 1_023) + "\n"
        #expect(try await wasi.write(String(repeating: line, count: 100)) == 0)
        #expect(wasi.harness.logs.lines.count == 64)
        #expect(try await wasi.write("of the line that was broken\nnext\n") == 0)
        #expect(wasi.harness.logs.messages.last == "next")
        #expect(wasi.harness.logs.lines.count == 66)
        #expect(wasi.harness.logs.lines[64].metadata["dropped_bytes"] == "\(36 * 1_024)")
    }

    @Test("lines that nobody reads cost nothing")
    func unwanted() async throws {
        let logs = LogCollector()
        let clock = ManualClock()
        let log = PluginLogs(now: { clock.now }).open(scope(logger: logs.logger(level: .error)))
        #expect(!log.isWanted(.notice))
        #expect(log.isWanted(.error))
    }

    @Test("standard input is at its end")
    func input() async throws {
        let wasi = try await WASIHarness()
        try await wasi.harness.withGuest { guest in
            guest.write(vector(512, 16) + vector(65_536, 1), at: 0)
            guest.write([1, 1, 1, 1], at: 256)
        }
        #expect(try await wasi.call("fd_read", 0, 0, 1, 256) == 0)
        #expect(try await wasi.word(at: 256) == 0)
        #expect(try await wasi.call("fd_read", 0, 0, 2, 256) == 21)
        #expect(try await wasi.call("fd_read", 0, 0, 1, 65_533) == 21)
        #expect(try await wasi.call("fd_read", 2, 0, 1, 256) == 8)
    }
}

func scope(_ name: String = "test", logger: Logger) -> PluginScope {
    PluginScope(
        name: name, version: "1", dialect: .plugin, logger: logger, maximumMessageBytes: 1 << 20,
        callTimeout: .seconds(30), isPerEvent: false, events: CollectingSink())
}
