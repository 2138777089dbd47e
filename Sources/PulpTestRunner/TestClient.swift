import NIOCore
import Synchronization

/// The clients of one test: requests, event streams and WebSockets, by their names.
final class TestClient: Sendable {
    /// What has come on streams and WebSockets, in the order in which it was read.
    struct Received {
        var events: [TestEvent] = []
        var messages: [(on: String, message: TestMessage)] = []
        /// Closed WebSockets and streams, with the WebSocket's code.
        var closed: [String: UInt16] = [:]
    }

    private enum Kind {
        case request(method: String)
        case events(EventReader, ChunkReader, isChunked: Bool)
        case webSocket(FrameReader)
    }

    private struct Open {
        let connection: ClientConnection
        var kind: Kind
    }

    private struct State {
        var open: [String: Open] = [:]
        var received = Received()
    }

    private let address: TestAddress
    private let loop: any EventLoop
    let signal: Signal
    private let state = Mutex(State())

    init(address: TestAddress, loop: any EventLoop, signal: Signal) {
        self.address = address
        self.loop = loop
        self.signal = signal
    }

    var received: Received {
        self.state.withLock { $0.received }
    }

    func isOpen(_ name: String) -> Bool { self.state.withLock { $0.open[name] != nil } }
    var names: [String] { self.state.withLock { $0.open.keys.sorted() } }

    func close() async {
        let open = self.state.withLock { state in
            defer { state.open = [:] }
            return state.open.values.map(\.connection)
        }
        for connection in open { await connection.close() }
    }

    // MARK: Requests

    /// Sends a request on a connection of its own; its answer is asked for by name.
    func begin(_ request: TestRequest, name: String) async throws {
        let connection = try await self.connect()
        var head = "\(request.method) \(request.target) HTTP/1.1\r\n"
        head += Self.fields(request.headers, defaults: [TestHeader(name: "Host", value: "localhost")])
        let hasLength = request.headers.contains { $0.name.lowercased() == "content-length" }
        if !hasLength, !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            head += "Content-Length: \(request.body.count)\r\n"
        }
        self.add(Open(connection: connection, kind: .request(method: request.method)), name)
        await connection.send(Array((head + "\r\n").utf8) + request.body)
    }

    /// The answer to a request, once it is all there; its connection is closed then.
    func answer(to name: String) -> TestAnswer? {
        let (open, answer) = self.state.withLock { state -> (Open?, TestAnswer?) in
            guard let open = state.open[name], case .request(let method) = open.kind else { return (nil, nil) }
            let isClosed = open.connection.isClosed
            let answer = open.connection.take { TestAnswer.whole($0, to: method, isClosed: isClosed) }
            if answer != nil { state.open[name] = nil }
            return (open, answer)
        }
        // Closed in the background: nobody waits for it.
        if answer != nil, let open { open.connection.closeLater() }
        return answer
    }

    /// Whether the connection of a request ended without an answer.
    func isBroken(_ name: String) -> Bool {
        self.state.withLock { $0.open[name]?.connection.isClosed ?? true }
    }

    // MARK: Streams

    /// Opens an event stream: its head, or that of a refusal with its body.
    func subscribe(_ path: String, _ headers: [TestHeader], name: String, within limit: Duration) async throws
        -> TestAnswer?
    {
        let connection = try await self.connect()
        let defaults = [
            TestHeader(name: "Host", value: "localhost"), .init(name: "Accept", value: "text/event-stream"),
        ]
        let fields = Self.fields(headers, defaults: defaults)
        await connection.send(Array("GET \(RequestText.target(path)) HTTP/1.1\r\n\(fields)\r\n".utf8))
        guard let answer = await self.head(on: connection, within: limit) else { return nil }
        if answer.status == 200 {
            let isChunked = answer.header("Transfer-Encoding")?.lowercased() == "chunked"
            self.add(
                Open(connection: connection, kind: .events(EventReader(), ChunkReader(), isChunked: isChunked)), name)
        } else {
            await connection.close()
        }
        return answer
    }

    /// Opens a WebSocket: the head of the handshake's answer.
    func connect(_ path: String, _ headers: [TestHeader], name: String, within limit: Duration) async throws
        -> TestAnswer?
    {
        let connection = try await self.connect()
        let defaults = [
            TestHeader(name: "Host", value: "localhost"), .init(name: "Upgrade", value: "websocket"),
            .init(name: "Connection", value: "Upgrade"), .init(name: "Sec-WebSocket-Version", value: "13"),
            .init(name: "Sec-WebSocket-Key", value: "cHVscCB0ZXN0IGNsaWVudA=="),
        ]
        let fields = Self.fields(headers, defaults: defaults)
        await connection.send(Array("GET \(RequestText.target(path)) HTTP/1.1\r\n\(fields)\r\n".utf8))
        guard let answer = await self.head(on: connection, within: limit) else { return nil }
        if answer.status == 101 {
            self.add(Open(connection: connection, kind: .webSocket(FrameReader())), name)
        } else {
            await connection.close()
        }
        return answer
    }

    /// Sends a message; false when no WebSocket of that name is open.
    func send(_ message: TestMessage, on name: String) async -> Bool {
        guard let connection = self.webSocket(name) else { return false }
        switch message {
        case .text(let text): await connection.send(FrameReader.frame(0x1, Array(text.utf8)))
        case .binary(let bytes): await connection.send(FrameReader.frame(0x2, bytes))
        }
        return true
    }

    /// The name of the one WebSocket that is open; nil when it is not one.
    var onlyWebSocket: String? {
        let names = self.state.withLock { state in
            state.open.filter { if case .webSocket = $0.value.kind { true } else { false } }.map(\.key)
        }
        return names.count == 1 ? names[0] : nil
    }

    private func webSocket(_ name: String) -> ClientConnection? {
        self.state.withLock { state in
            guard let open = state.open[name], case .webSocket = open.kind else { return nil }
            return open.connection
        }
    }

    /// Closes what is open under a name: a WebSocket by its handshake. False when there is nothing.
    func close(_ name: String, code: UInt16) async -> Bool {
        guard let open = self.state.withLock({ $0.open[name] }) else { return false }
        guard case .webSocket = open.kind else {
            self.state.withLock { $0.open[name] = nil }
            await open.connection.close()
            return true
        }
        await open.connection.send(FrameReader.frame(0x8, [UInt8(code >> 8), UInt8(code & 0xFF)]))
        return true
    }

    /// Reads what has come on all streams and WebSockets.
    func read() {
        var pongs: [(ClientConnection, [UInt8])] = []
        self.state.withLock { state in
            for name in state.open.keys.sorted() {
                guard var open = state.open[name] else { continue }
                let isClosed = open.connection.isClosed
                pongs += Self.read(&open, name, into: &state.received).map { (open.connection, $0) }
                state.open[name] = open
                if case .request = open.kind { continue }
                if isClosed {
                    state.received.closed[name] = state.received.closed[name] ?? 1006
                    state.open[name] = nil
                }
            }
        }
        for (connection, frame) in pongs { connection.sendLater(frame) }
    }

    /// - Returns: Frames to be sent.
    private static func read(_ open: inout Open, _ name: String, into received: inout Received) -> [[UInt8]] {
        switch open.kind {
        case .request: return []
        case .events(var events, var chunks, let isChunked):
            let bytes = open.connection.take { bytes in
                defer { bytes = [] }
                return bytes
            }
            for var event in events.read(isChunked ? chunks.read(bytes) : bytes) {
                event.stream = name
                received.events.append(event)
            }
            open.kind = .events(events, chunks, isChunked: isChunked)
            return []
        case .webSocket(var frames):
            let bytes = open.connection.take { bytes in
                defer { bytes = [] }
                return bytes
            }
            var replies: [[UInt8]] = []
            for frame in frames.read(bytes) {
                switch frame {
                case .message(let message): received.messages.append((name, message))
                case .ping(let payload): replies.append(FrameReader.frame(0xA, payload))
                case .close(let code):
                    received.closed[name] = code
                    let isCode = code >= 1000 && code != 1005 && code != 1006
                    replies.append(FrameReader.frame(0x8, isCode ? [UInt8(code >> 8), UInt8(code & 0xFF)] : []))
                }
            }
            open.kind = .webSocket(frames)
            return replies
        }
    }

    // MARK: Parts

    private func connect() async throws -> ClientConnection {
        try await .open(self.address, on: self.loop, signal: self.signal)
    }

    private func add(_ open: Open, _ name: String) {
        let earlier = self.state.withLock { state in
            state.received.closed[name] = nil
            return state.open.updateValue(open, forKey: name)
        }
        earlier?.connection.closeLater()
    }

    private func head(on connection: ClientConnection, within limit: Duration) async -> TestAnswer? {
        let hasHead = await self.signal.wait(within: limit) {
            connection.take { TestAnswer.head($0) != nil } || connection.isClosed
        }
        guard hasHead else {
            await connection.close()
            return nil
        }
        return connection.take { bytes in
            guard let (answer, count) = TestAnswer.head(bytes) else { return nil }
            bytes.removeFirst(count)
            return answer
        }
    }

    private static func fields(_ given: [TestHeader], defaults: [TestHeader]) -> String {
        let missing = defaults.filter { field in
            !given.contains { $0.name.lowercased() == field.name.lowercased() }
        }
        return (missing + given).map { "\($0.name): \($0.value)\r\n" }.joined()
    }
}
