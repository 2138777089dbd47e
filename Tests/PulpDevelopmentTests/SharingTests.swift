import Foundation
import PulpSandbox
import PulpTestSupport
import Synchronization
import Testing

@testable import Pulp

/// What both versions have a hand in while one follows the other.
@Suite("What two versions share during a swap")
struct SharingTests {
    @Test("a transaction that the old version holds lets a new one that writes fail in time, and nothing is lost")
    func database() async throws {
        try await withTemporaryFolder { folder in
            let old = try Self.caller()
            try await withHost([old], storage: StorageRoot(path: folder)) { rig in
                let running = rig.host.state.withLock { $0.running[0] }
                #expect(try await Self.execute("BEGIN IMMEDIATE", on: running) == 0)
                let new = try Self.writer()
                let error = await #expect(throws: HostError.self) { try await rig.deploy(new) }
                #expect(error?.description.contains("pulp_init returned") == true)
                #expect(try await Self.execute("CREATE TABLE kept (x)", on: running) == 0)
                #expect(try await Self.execute("COMMIT", on: running) == 0)
                try await rig.deploy(new)
                let swapped = rig.host.state.withLock { $0.running[0] }
                #expect(swapped !== running)
                #expect(try await Self.execute("INSERT INTO kept VALUES (1)", on: swapped) == 0)
            }
        }
    }

    private static func caller() throws -> PluginSpec {
        var spec = try Fixture.spec("sqlite-caller")
        spec.capabilitySections["sqlite"] = [CapabilitySetting(name: "transactions", value: .string("across-steps"))]
        return spec
    }

    /// The same, whose `pulp_init` makes a table.
    private static func writer() throws -> PluginSpec {
        var spec = try Self.caller()
        spec.config = MessagePackWriter.encode { writer in
            writer.writeMapHeader(1)
            writer.writeString("note")
            writer.writeBool(true)
        }
        return spec
    }

    /// What `sqlite_exec` answers.
    private static func execute(_ sql: String, on plugin: RunningPlugin) async throws -> Int64 {
        func word(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let text = Array(sql.utf8)
        let payload = [0, 0, 0, 0] + word(text.count) + word(0) + word(0) + word(0) + word(0) + text
        let envelope = StepEnvelope(callNumber: 0, wallTime: 0, payload: payload)
        return try await plugin.call(.step(byteCount: envelope.byteCount), bytes: envelope.encodedBytes())
    }

    @Test("a body that the old version passes on goes on coming, and ends it when it ends")
    func passedOn() async throws {
        try await withHost([.version("v1")]) { upstream in
            let port = upstream.address.port ?? 0
            var proxy = try Fixture.spec("proxy")
            proxy.config = MessagePackWriter.encode { writer in
                writer.writeMapHeader(1)
                writer.writeString("upstream")
                writer.writeString("http://127.0.0.1:\(port)")
            }
            proxy.capabilitySections["http"] = [
                CapabilitySetting(name: "allow", value: .strings(["127.0.0.1:\(port)"]))
            ]
            try await withHost([proxy], grace: .seconds(60)) { [proxy] rig in
                let client = try await rig.connect()
                try await client.send("GET /events HTTP/1.1\r\nHost: pulp.test\r\n\r\n")
                _ = try await client.text(until: "text/event-stream")
                for number in 1...3 {
                    try await rig.deploy(proxy)
                    let event = Array("event \(number)".utf8)
                    #expect(try await upstream.request("POST", "/emit", body: event).text == "0")
                    _ = try await client.text(until: "data: event \(number)\n")
                }
                #expect(rig.versionCount >= 2)
                await client.reset()
                #expect(await eventually { rig.versionCount == 1 })
            }
        }
    }
}
