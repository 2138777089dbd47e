import Logging
import NIOCore
import PulpCapability
import PulpTesting
import PulpWASI
import PulpWire
import Testing

@testable import PulpLog

@Suite struct LogTests {
    private func harness(_ clock: ManualClock = ManualClock()) async throws -> Harness {
        try await Harness(LogCapability(logs: PluginLogs(now: { clock.now })))
    }

    @Test("a record becomes a line of the plugin's log, with its fields")
    func line() async throws {
        let harness = try await self.harness()
        let record = LogRecord(level: .warning, message: "disk is slow", fields: ["disk": "sda", "ms": "1200"])
        #expect(try await harness.command("log_write", record) == 0)
        let line = try #require(harness.logs.lines.first)
        #expect(line.level == .warning)
        #expect(line.message == "disk is slow")
        #expect(line.metadata == ["plugin": "test", "disk": "sda", "ms": "1200"])
        #expect(line.source == "guest")
    }

    @Test("every level is its own", arguments: zip(LogLevel.allCases, Logger.Level.allCases))
    func levels(wire: LogLevel, level: Logger.Level) async throws {
        let harness = try await self.harness()
        #expect(try await harness.command("log_write", LogRecord(level: wire, message: "")) == 0)
        #expect(harness.logs.lines.map(\.level) == [level])
    }

    @Test("refusals have their statuses")
    func refusals() async throws {
        let harness = try await self.harness()
        #expect(try await harness.call("log_write", 0, 0) == 1)
        #expect(try await harness.call("log_write", 65_535, 2) == 2)
        #expect(try await harness.call("log_write", 0xffff_ffff, 0xffff_ffff) == 2)
        #expect(try await harness.command("log_write", [0xc1]) == 3)
        #expect(try await harness.command("log_write", [0x81, 0xa7]) == 3)
        #expect(try await harness.command("log_write", record(["level": [1]]).encodedBytes()) == 3)
        for level: MessagePackValue in [7, 300, -1, "loud"] {
            #expect(try await harness.command("log_write", record(["level": level]).encodedBytes()) == 4)
        }
        #expect(harness.logs.lines.allSatisfy { $0.source != "guest" })
    }

    @Test("messages, names and values are escaped and bounded, and what was cut says so")
    func bounds() async throws {
        let harness = try await self.harness()
        let long = String(repeating: "x", count: 20_000)
        var fields = FieldList()
        fields.append(name: String(repeating: "n", count: 500), value: long)
        fields.append(name: "two\nlines", value: "\u{1b}]0;title\u{7}")
        #expect(try await harness.command("log_write", LogRecord(level: .info, message: long, fields: fields)) == 0)
        let line = try #require(harness.logs.lines.first)
        #expect(line.message == String(repeating: "x", count: 8_192) + "… (cut)")
        let name = String(repeating: "n", count: 128) + "… (cut)"
        #expect(line.metadata[name] == String(repeating: "x", count: 1_024) + "… (cut)")
        #expect(line.metadata["two\\nlines"] == "\\u{1b}]0;title\\u{7}")
        #expect(line.metadata.count == 3)
    }

    @Test("a line has 32 fields, and the rest is counted")
    func manyFields() async throws {
        let harness = try await self.harness()
        let fields = FieldList((0..<40).map { FieldList.Field(name: "f\($0)", value: "") })
        #expect(try await harness.command("log_write", LogRecord(level: .info, message: "", fields: fields)) == 0)
        let metadata = try #require(harness.logs.lines.first).metadata
        #expect(metadata.count == 32 + 2)
        #expect(metadata["fields_cut"] == "8")
        #expect(metadata["f31"] == "")
        #expect(metadata["f32"] == nil)
    }

    @Test("a guest cannot pretend to be another plugin")
    func reserved() async throws {
        let harness = try await self.harness()
        let fields: FieldList = ["plugin": "other", "stream": "stderr", "dropped_lines": "9", "": "x", "plugin\0": "y"]
        #expect(try await harness.command("log_write", LogRecord(level: .info, message: "", fields: fields)) == 0)
        #expect(
            harness.logs.lines.first?.metadata == [
                "plugin": "test", "field.plugin": "other", "field.stream": "stderr", "field.dropped_lines": "9",
                "field.": "x", "plugin\\0": "y",
            ])
    }

    @Test("a flood is refused with 12, without a line for each refusal")
    func flood() async throws {
        let clock = ManualClock()
        let harness = try await self.harness(clock)
        let record = LogRecord(level: .info, message: "again").encodedBytes()
        var statuses: [Int32] = []
        for _ in 0..<600 { statuses.append(try await harness.command("log_write", record)) }
        #expect(statuses == [Int32](repeating: 0, count: 500) + [Int32](repeating: 12, count: 100))
        #expect(harness.logs.lines.count == 500)
        clock.advance(by: .seconds(1))
        #expect(try await harness.command("log_write", record) == 0)
        #expect(harness.logs.lines.map { $0.metadata["dropped_lines"] }.compactMap(\.self) == ["100"])
    }

    @Test("standard output and log_write share one budget, and another plugin has its own")
    func sharedBudget() async throws {
        let clock = ManualClock()
        let logs = PluginLogs(now: { clock.now })
        let collector = LogCollector()
        let scopes = ["a", "b"].map { scope($0, logger: collector.logger()) }
        let (first, second, other) = (logs.open(scopes[0]), logs.open(scopes[0]), logs.open(scopes[1]))
        #expect(first === second)
        for _ in 0..<250 {
            #expect(first.permit() != nil)
            #expect(second.permit() != nil)
        }
        #expect(first.permit() == nil)
        #expect(other.permit() != nil)
        logs.close(first)
        #expect(collector.messages.count == 1)
        #expect(second.permit() == nil)
        logs.close(second)
        #expect(collector.messages.count == 2)
        #expect(logs.open(scopes[0]).permit() != nil)
    }

    @Test("a level that nobody reads is accepted and costs nothing")
    func unwanted() async throws {
        let clock = ManualClock()
        let collector = LogCollector()
        let plugin = scope(logger: collector.logger(level: .warning))
        let session = LogCapability(logs: PluginLogs(now: { clock.now })).open(plugin)
        let record = LogRecord(level: .debug, message: "x").encodedBytes()
        for _ in 0..<2_000 { try session.write(record.wireBytes) }
        try session.write(LogRecord(level: .error, message: "y").encodedBytes().wireBytes)
        #expect(collector.messages == ["y"])
    }

    @Test("the import stands every hostile guest")
    func conformance() async throws {
        let clock = ManualClock()
        let fields: FieldList = ["key": "value"]
        let report = try await CapabilityConformance.check(
            LogCapability(logs: PluginLogs(now: { clock.now })),
            samples: ["log_write": LogRecord(level: .info, message: "hello", fields: fields).encodedBytes()])
        #expect(report.failures.isEmpty, "\(report.failures)")
        #expect(report.callCount > 250)
    }
}
