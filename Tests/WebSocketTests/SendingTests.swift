import Foundation
import PulpTestSupport
import Testing

@testable import PulpWebSocket

@Suite("What a plugin says to its WebSockets")
struct SendingTests {
    @Test("ws_send and ws_close answer a status for everything that a hostile guest may ask")
    func hostileGuest() async throws {
        try await withFront { front async throws in
            let (client, id) = try await front.opened()
            for wrong in [0, 1, id + 1, .max, .max - 1, 1 << 63] as [UInt64] where wrong != id {
                #expect(try await front.send(wrong, [1]) == 4)
                #expect(try await front.close(wrong) == 4)
            }
            for opcode in [0, 3, 7, 8, 9, 10, 15, 255] as [UInt8] {
                #expect(try await front.send(id, opcode: opcode, [1]) == 4, "opcode \(opcode)")
            }
            #expect(try await front.send(id, [0xFF]) == 4, "text that is not UTF-8")
            #expect(try await front.send(id, opcode: 2, [0xFF]) == 0)
            #expect(try await client.next() == Frame(2, [0xFF]))
            #expect(try await front.send(id, []) == 0)
            #expect(try await client.next() == .text(""))
            for code in [1, 999, 1004, 1005, 1006, 1015, 1016, 2_999, 5_000, 65_535] as [UInt16] {
                #expect(try await front.close(id, code) == 4, "code \(code)")
            }
            #expect(try await front.close(id, 1000, String(repeating: "x", count: 124)) == 4)
            #expect(try await front.close(id, 4_999, String(repeating: "x", count: 123)) == 0)
            #expect(try await front.close(id) == 4, "twice")
            #expect(try await front.send(id, [1]) == 4, "after the close")
            #expect(try await client.next() == .close(4_999, String(repeating: "x", count: 123)))
            try await client.send("too late")
            try await client.send(.close(4_999))
            #expect(await client.rest().isEmpty)
            #expect(try await front.step(1).code == 4_999)
            #expect(try await front.close(id) == 4)
            #expect(front.events.deliveries.count == 2, "one end, and nothing of what came too late")
        }
    }

    @Test("ws_register: starting with a slash, no overlap in the cell dialect, no listener is 99")
    func register() async throws {
        @Sendable func status(_ front: Front, _ path: String) async throws -> Int32 {
            try await front.harness.command("ws_register", Array(path.utf8))
        }
        try await withFront { front async throws in
            #expect(try await status(front, "ws") == 4)
            #expect(try await status(front, "/ws") == 0, "the same again changes nothing")
            #expect(try await status(front, "/:any") == 0)
            #expect(try await status(front, "/" + String(repeating: "x", count: 5_000)) == 4)
            #expect(try await front.harness.call("ws_register", 128, 0) == 1)
            #expect(try await front.harness.call("ws_register", 0xffff_fff0, 64) == 2)
        }
        var setting = PluginSetting()
        setting.dialect = .cell
        try await withFront(setting) { front async throws in
            #expect(try await status(front, "/ws") == 0)
            #expect(try await status(front, "/:any") == 4)
            #expect(try await status(front, "/*rest") == 4)
            #expect(try await status(front, "/rooms/:room") == 0)
            #expect(try await status(front, "/rooms/:other") == 0, "the identical shape")
            #expect(try await status(front, "/rooms/lobby") == 4)
            #expect(try await status(front, "/files/*rest") == 0)
        }
        let harness = try await Harness(WebSocketCapability(listeners: Front.OneTable(table: nil)))
        #expect(try await harness.command("ws_register", Array("/ws".utf8)) == 99)
    }

    @Test("another plugin's connection is nobody's, its route is taken")
    func owners() async throws {
        try await withFront { front async throws in
            let (client, id) = try await front.opened()
            let other = try await Harness(
                WebSocketCapability(listeners: Front.OneTable(table: front.routes)), on: front.harness.loop)
            #expect(try await other.command("ws_register", Array("/ws".utf8)) == 4)
            let frame = WebSocketFrameRecord(connID: id, opcode: 1, payload: [0x61])
            #expect(try await other.command("ws_send", frame) == 4)
            #expect(try await other.command("ws_close", WebSocketCloseRecord(connID: id, code: 0)) == 4)
            let many = WebSocketSendManyRequest(connIDs: [id], opcode: 1, payload: [0x61])
            let reply = try await other.query("ws_send_many", many)
            #expect(try reply.decoded(as: WebSocketSendManyResponse.self).failed == [id])
            #expect(try await front.send(id, Array("mine".utf8)) == 0)
            #expect(try await client.text() == "mine")
            await other.close()
            await client.drop()
        }
    }

    @Test("ws_send_many names those that it did not reach")
    func many() async throws {
        try await withFront { front async throws in
            let (one, first) = try await front.opened()
            let (two, second) = try await front.opened(1)
            let request = WebSocketSendManyRequest(
                connIDs: [first, 3, second, .max, first], opcode: 1, payload: [0x68])
            let reply = try await front.harness.query("ws_send_many", request)
            #expect(reply.status == 0)
            #expect(try reply.decoded(as: WebSocketSendManyResponse.self).failed == [3, .max])
            for _ in 0..<2 { #expect(try await one.text() == "h") }
            #expect(try await two.text() == "h")
            for (opcode, payload) in [(0, [0x61]), (3, [0x61]), (1, [0xFF])] as [(UInt8, [UInt8])] {
                let wrong = WebSocketSendManyRequest(connIDs: [first], opcode: opcode, payload: payload)
                let reply = try await front.harness.query("ws_send_many", wrong)
                #expect(reply.status == 4 && reply.isPairUntouched)
            }
            for client in [one, two] { await client.drop() }
        }
    }

    @Test("hostile.md: a client that does not read is closed with 1013 when its queue is full, and the guest is told 4")
    func slowReceiver() async throws {
        try await withFront(limits: ["max_queued_bytes": 1 << 20, "close_timeout_ms": 100]) { front async throws in
            let (slow, slowID) = try await front.opened(receiveBuffer: 4_096)
            try await slow.channel.setOption(.autoRead, value: false).get()
            let (quick, quickID) = try await front.opened(1)
            let message = [UInt8](repeating: 0x61, count: 256 << 10)
            var status: Int32 = 0
            var sentCount = 0
            while status == 0, sentCount < 200 {
                status = try await front.send(slowID, message)
                sentCount += 1
                #expect(try await front.send(quickID, Array("x".utf8)) == 0)
                #expect(try await quick.text() == "x")
            }
            #expect(status == 4 && sentCount > 4 && sentCount < 100)
            #expect(try await front.send(slowID, [0x61]) == 4)
            let end = try await front.step(2)
            #expect(end.code == WebSocketCloseRecord.abnormal)
            #expect(front.harness.logs.lines.contains { $0.metadata["raise"]?.contains("max_queued_bytes") == true })
            #expect(try await front.send(quickID, Array("still".utf8)) == 0)
            #expect(try await quick.text() == "still")
            for client in [slow, quick] { await client.drop() }
        }
    }

    @Test("a client that answers neither close nor ping is gone after its time")
    func deadlines() async throws {
        try await withFront(limits: ["close_timeout_ms": 100]) { front async throws in
            let (client, id) = try await front.opened()
            #expect(try await front.close(id) == 0)
            #expect(await client.rest().map(\.code) == [1000])
            let end = try await front.step(1)
            #expect(end.code == WebSocketCloseRecord.abnormal && end.reason?.contains("did not answer") == true)
        }
        try await withFront(limits: ["ping_interval_ms": 1, "pong_timeout_ms": 1_000]) { front async throws in
            let (client, _) = try await front.opened()
            #expect(await client.rest() == [Frame(9, [])])
            #expect(try await front.step(1).reason == "the client did not answer a ping")
        }
        try await withFront(limits: ["idle_timeout_ms": 1]) { front async throws in
            let (client, _) = try await front.opened()
            #expect(try await client.next().code == 1001)
            try await client.close(1001)
        }
    }

    @Test("too many connections are 503, and what clients send in all is bounded")
    func quotas() async throws {
        try await withFront(limits: ["max_connections": 2]) { front async throws in
            let (one, _) = try await front.opened()
            let (two, _) = try await front.opened(1)
            let refused = await #expect(throws: WebSocketClient.Refused.self) { try await front.open() }
            #expect(refused?.status == 503)
            #expect(front.harness.logs.lines.contains { $0.metadata["raise"]?.contains("max_connections") == true })
            try await one.close()
            try await front.step(2)
            #expect(await eventually { (try? await front.open()) != nil })
            await two.drop()
        }
        try await withFront(limits: ["max_buffered_bytes": 65_536, "max_message_bytes": 1 << 20]) {
            front async throws in
            let (hog, _) = try await front.opened()
            let (modest, _) = try await front.opened(1)
            try? await hog.send(Array(sent(Frame(2, [UInt8](repeating: 1, count: 1 << 20))).dropLast()))
            #expect(await hog.rest().map(\.code) == [1013])
            try await modest.send("small")
            await hog.drop()
            let texts = try await [front.step(2), front.step(3)].compactMap(\.text)
            #expect(texts == ["small"])
            await modest.drop()
        }
    }

    @Test("hostile.md: the imports stand every hostile guest")
    func conformance() async throws {
        let report = try await CapabilityConformance.check(
            WebSocketCapability(listeners: Front.OneTable(table: RouteTable())),
            samples: [
                "ws_register": Array("/ws".utf8),
                "ws_send_many": WebSocketSendManyRequest(connIDs: [1, 2, 3], opcode: 1, payload: [0x61]).encodedBytes(),
            ])
        #expect(report.failures.isEmpty, "\(report.failures)")
        #expect(report.callCount > 500)
    }

    @Test("a thousand connections that come and go, and a hundred sessions, leave no descriptor and no entry behind")
    func nothingLeft() async {
        // In a process of its own: other suites run beside this one, and what is weighed is the process.
        await #expect(processExitsWith: .success) { try await Self.nothingLeftAlone() }
    }

    private static func nothingLeftAlone() async throws {
        @Sendable func descriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        }
        try await withFront { front async throws in
            let (first, id) = try await front.opened()
            let before = try descriptors()
            for index in 0..<1_000 {
                let (client, _) = try await front.opened(1 + 2 * index)
                if index % 3 == 0 { try await client.close() } else { await client.drop() }
                try await front.step(2 + 2 * index)
            }
            #expect(await eventually { front.listener.counters.openConnections == 1 })
            #expect(try descriptors() < before + 50)
            #expect(try await front.send(id, [0x61]) == 0)
            await first.drop()
        }
        let table = RouteTable()
        for _ in 0..<1_000 {
            let harness = try await Harness(WebSocketCapability(listeners: Front.OneTable(table: table)))
            #expect(try await harness.command("ws_register", Array("/ws".utf8)) == 0)
            try await harness.endInstance()
            await harness.close()
        }
        #expect(table.count == 0)
    }
}
