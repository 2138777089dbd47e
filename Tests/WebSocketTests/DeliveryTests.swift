import PulpTestSupport
import Synchronization
import Testing

@testable import PulpWebSocket

@Suite("What a plugin hears of its WebSockets")
struct DeliveryTests {
    @Test("open, messages and the end come in this order, to the instance that had the first, one at a time")
    func order() async throws {
        try await withFront { front async throws in
            #expect(try await front.harness.command("ws_register", Array("/room/:name".utf8)) == 0)
            let client = try await WebSocketClient.open(
                front.address, "/room/a%20b?x=1&y=2&x=3", headers: ["X-Custom-NAME: one", "X-Custom-Name: two"])
            for text in ["1", "2", "3"] { try await client.send(text) }
            try await client.send(.close(4_001, "enough"))
            guard case .open(let open) = try await front.step(0, on: 7) else { return #expect(Bool(false)) }
            #expect(open.path == "/room/a b")
            #expect(open.query == ["x": "1", "y": "2"])
            #expect(open.params == ["name": "a b"])
            #expect(open.headers["X-Custom-Name"] == "one" && open.headers["Sec-Websocket-Version"] == "13")
            #expect(open.headers["Host"] == nil && open.remoteAddr.hasPrefix("127.0.0.1:"))
            for (index, text) in ["1", "2", "3"].enumerated() {
                #expect(try await front.delivery(index + 1).instance == InstanceID(number: 7))
                #expect(front.events.deliveries.count == index + 2)
                #expect(try await front.step(index + 1, on: 7).text == text)
            }
            let close = try await front.step(4, on: 7)
            #expect(close == .close(WebSocketCloseRecord(connID: open.connID, code: 4_001, reason: "enough")))
            #expect(await client.rest().map(\.code) == [4_001])
            #expect(try await front.send(open.connID, [1]) == 4)
        }
    }

    @Test("the keys of the records are the reference's, in its order")
    func keys() async throws {
        func keys(_ bytes: [UInt8]) throws -> [String] {
            guard case .map(let pairs) = try MessagePackValue(decoding: bytes) else { return [] }
            return pairs.compactMap { if case .string(let key) = $0.key { key } else { nil } }
        }
        let open = WebSocketOpenRecord(connID: 1, path: "/", subprotocol: "p").encodedBytes()
        #expect(try keys(open) == ["conn_id", "path", "query", "headers", "params", "remote_addr", "protocol"])
        let frame = WebSocketFrameRecord(connID: 1, opcode: 1, payload: [2])
        #expect(try keys(frame.encodedBytes()) == ["conn_id", "opcode", "payload"])
        #expect(frame.encodedBytes().suffix(3) == [0xC4, 1, 2])
        #expect(try keys(WebSocketCloseRecord(connID: 1, code: 2).encodedBytes()) == ["conn_id", "code", "reason"])
    }

    @Test("a guest that does not return stops the socket from being read: the client's writes block, nothing is lost")
    func backPressure() async throws {
        try await withFront { front async throws in
            let (client, _) = try await front.opened()
            let message = sent(Frame(2, [UInt8](repeating: 9, count: 64 << 10)))
            let written = Atomic<Int>(0)
            let count = 1_024
            for _ in 0..<count {
                let promise = client.channel.eventLoop.makePromise(of: Void.self)
                promise.futureResult.whenSuccess { written.add(1, ordering: .relaxed) }
                client.channel.writeAndFlush(ByteBuffer(bytes: message), promise: promise)
            }
            _ = try await front.delivery(1)
            // Other connections come and go meanwhile, on every loop.
            for index in 0..<20 {
                let other = try await front.open()
                await other.drop()
                try await front.step(2 + 2 * index, .stepped(result: 0))
                try await front.step(3 + 2 * index, .stepped(result: 0))
            }
            #expect(front.events.deliveries.count == 42, "one event of the first connection is under way")
            // What the kernel's buffers of both sides hold, at most; the plugin's share is five messages.
            #expect(written.load(ordering: .relaxed) < 512)
            try await front.step(1)
            for index in 1..<count { try await front.step(41 + index) }
            #expect(await eventually { written.load(ordering: .relaxed) == count })
            await client.drop()
        }
    }

    @Test("a full mailbox loses nothing: the event is kept and tried again, in order")
    func fullMailbox() async throws {
        try await withFront { front async throws in
            front.events.availability = .full
            let client = try await front.open()
            for text in ["1", "2", "3"] { try await client.send(text) }
            try await client.send(.close(1000))
            let other = try await front.open()
            await other.drop()
            #expect(front.events.deliveries.isEmpty)
            front.events.availability = .ready
            var heard: [String] = []
            for index in 0..<7 {
                switch try await front.step(index) {
                case .open: heard.append("open")
                case .frame(let frame): heard.append(String(decoding: frame.payload, as: UTF8.self))
                case .close(let close): heard.append("\(close.code)")
                }
            }
            #expect(heard.sorted() == ["1", "1000", "2", "3", "65535", "open", "open"])
            #expect(heard.filter { $0.count == 1 } == ["1", "2", "3"])
            await client.drop()
        }
    }

    @Test("an event that waited too long to be stepped is tried again; one that crashed its instance is not")
    func failures() async throws {
        try await withFront { front async throws in
            let client = try await front.open()
            let late = try await front.delivery(0)
            try await front.harness.withGuest { _ in late.event.finished(.failed(.timedOut)) }
            #expect(try await front.delivery(1).event === late.event)
            try await front.step(1)
            try await client.send("fatal")
            try await front.step(2, .failed(.crashed("unreachable")))
            #expect(try await client.next().code == 1012)
            try await client.send(.close(1012))
            let close = try await front.delivery(3)
            #expect(try Payload(close).code == 1012)
            #expect(close.instance == nil, "any instance may hear of the end")
            try await front.step(3)
        }
    }

    @Test("an instance that ends takes its connections along with 1012; one for each event does not")
    func instanceEnds() async throws {
        try await withFront { front async throws in
            let (client, id) = try await front.opened()
            try await client.send("waits")
            _ = try await front.delivery(1)
            try await front.harness.endInstance()
            #expect(try await client.next().code == 1012)
            #expect(try await front.send(id, [1]) == 4)
            await client.drop()
            try await front.step(1, .failed(.unavailable(.restarting)))
            #expect(try await front.step(2).code == WebSocketCloseRecord.abnormal)
        }
        var setting = PluginSetting()
        setting.isPerEvent = true
        try await withFront(setting) { front async throws in
            let (client, id) = try await front.opened()
            try await front.harness.endInstance()
            #expect(try await front.send(id, Array("on".utf8)) == 0)
            #expect(try await client.text() == "on")
            try await client.send("any instance")
            #expect(try await front.delivery(1).instance == nil)
            try await front.step(1, .failed(.crashed("")))
            #expect(try await client.next().code == 1011)
            await client.drop()
        }
    }

    @Test("a client's close frame waits for the answers to what came before it, though not for ever")
    func heldEnd() async throws {
        try await withFront { front async throws in
            let (client, id) = try await front.opened()
            try await client.send("question")
            try await client.send(.close(4_000))
            _ = try await front.delivery(1)
            #expect(try await front.send(id, Array("answer".utf8)) == 0)
            #expect(try await client.text() == "answer")
            try await front.step(1)
            #expect(await client.rest() == [.close(4_000)])
            #expect(try await front.step(2).code == 4_000)
        }
        try await withFront(limits: ["close_timeout_ms": 100]) { front async throws in
            let (client, _) = try await front.opened()
            try await client.send("question")
            try await client.send(.close(4_000))
            _ = try await front.delivery(1)
            #expect(await client.rest() == [.close(4_000)])
            try await front.step(1)
            #expect(try await front.step(2).code == 4_000)
        }
    }

    @Test("a closed plugin's connections end with 1001, its routes go, and nobody is told")
    func closed() async throws {
        try await withFront { front async throws in
            let (client, _) = try await front.opened()
            await front.harness.close()
            #expect(try await client.next().code == 1001)
            try await client.send(.close(1001))
            #expect(await client.rest().isEmpty)
            #expect(front.events.deliveries.count == 1)
            #expect(front.routes.count == 0)
            await #expect(throws: WebSocketClient.Refused.self) { try await front.open() }
        }
    }

    @Test("a listener that drains says 1001 and waits for its WebSockets; those that do not answer are closed")
    func drains() async throws {
        try await withFront(limits: ["close_timeout_ms": 100]) { front async throws in
            let (polite, _) = try await front.opened()
            let (_, _) = try await front.opened(1)
            async let drained = front.listener.drain(deadline: .seconds(20))
            #expect(try await polite.next().code == 1001)
            try await polite.send(.close(1001))
            #expect(await drained)
            #expect(front.listener.counters.openConnections == 0)
            let ends = try await [front.step(2), front.step(3)].map(\.code)
            #expect(Set(ends) == [1001, WebSocketCloseRecord.abnormal])
        }
    }
}
