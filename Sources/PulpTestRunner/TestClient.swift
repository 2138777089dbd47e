import NIOCore
import Synchronization

/// The clients of one test: requests, event streams and WebSockets, by their names.
///
/// A name belongs to what is open under it. Nothing else gets it before that has been answered, closed or ended.
final class TestClient: Sendable {
    /// What has come on streams and WebSockets, in the order in which it was read.
    struct Received {
        var events: [TestEvent] = []
        var messages: [(on: String, message: TestMessage)] = []
        /// Closed WebSockets and streams, with the WebSocket's code; 1005 where there is none.
        var closed: [String: UInt16] = [:]
        /// The first on which more came than a test keeps.
        var overfull: String?

        /// A connection has ended: without a close of its own, if it is a WebSocket that had none.
        fileprivate mutating func end(_ name: String, _ client: OpenClient) {
            guard !client.isClosed else { return }
            self.closed[name] = client.kind == .webSocket ? 1006 : 1005
        }
    }

    /// Something open has the name already.
    struct NameTaken: Error {
        let name: String
        let kind: OpenKind
    }

    private struct State {
        var open: [String: OpenClient] = [:]
        /// What is being closed: others may have the names.
        var closing: [(name: String, client: OpenClient)] = []
        var received = Received()
    }

    /// More events and messages are not for comparing.
    private static let mostReceived = 100_000

    private let address: TestAddress
    private let loop: any EventLoop
    let signal: Signal
    private let state = Mutex(State())

    init(address: TestAddress, loop: any EventLoop, signal: Signal) {
        self.address = address
        self.loop = loop
        self.signal = signal
    }

    var received: Received { self.state.withLock { $0.received } }

    /// What is open under a name.
    func kind(of name: String) -> OpenKind? { self.state.withLock { $0.open[name]?.kind } }
    func isOpen(_ name: String) -> Bool { self.kind(of: name) != nil }
    /// Everything that is open, by name.
    var open: [(name: String, kind: OpenKind)] {
        self.state.withLock { $0.open.map { ($0.key, $0.value.kind) } }.sorted { $0.0 < $1.0 }
    }

    /// Closes everything.
    func close() async {
        let connections = self.state.withLock { state in
            defer { (state.open, state.closing) = ([:], []) }
            return state.open.values.map(\.connection) + state.closing.map(\.client.connection)
        }
        for connection in connections { await connection.close() }
    }

    // MARK: Requests

    /// Sends a request on a connection of its own; its answer is asked for by name.
    ///
    /// - Throws: ``NameTaken``, or what kept the connection from being made.
    func begin(_ request: TestRequest, name: String) async throws {
        try self.requireFree(name)
        let connection = try await self.connect()
        var head = "\(request.method) \(request.target) HTTP/1.1\r\n"
        head += Self.fields(request.headers, defaults: [TestHeader(name: "Host", value: "localhost")])
        let hasLength = request.headers.contains { $0.name.lowercased() == "content-length" }
        if !hasLength, !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            head += "Content-Length: \(request.body.count)\r\n"
        }
        try self.add(.request(connection, method: request.method), name)
        await connection.send(Array((head + "\r\n").utf8) + request.body)
    }

    /// The answer to a request, once it is all there; its connection is closed then.
    func answer(to name: String) -> TestAnswer? {
        let (connection, answer) = self.state.withLock { state -> (ClientConnection?, TestAnswer?) in
            guard state.open[name]?.kind == .request, let reader = state.open[name]?.readAnswer(), reader.isWhole
            else { return (nil, nil) }
            return (state.open.removeValue(forKey: name)?.connection, reader.soFar)
        }
        // Closed in the background: nobody waits for it.
        connection?.closeLater()
        return answer
    }

    /// What has come of an answer that is not all there.
    func part(of name: String) -> TestAnswer? { self.state.withLock { $0.open[name]?.readAnswer().soFar } }

    /// How many bytes have come on a connection.
    func count(on name: String) -> Int { self.state.withLock { $0.open[name]?.connection.count ?? 0 } }

    /// Whether the connection of a request has ended: what has not come by now does not come.
    func isBroken(_ name: String) -> Bool {
        self.state.withLock { $0.open[name]?.connection.isClosed ?? true }
    }

    /// Whether a connection was ended because more came on it than is kept.
    func isOverfull(_ name: String) -> Bool { self.state.withLock { $0.open[name]?.connection.isOverfull ?? false } }

    // MARK: Streams and WebSockets

    /// Opens an event stream: its head, or that of a refusal.
    ///
    /// - Returns: nil when no head came within `limit`.
    /// - Throws: ``NameTaken``, or what kept the connection from being made.
    func subscribe(_ path: String, _ headers: [TestHeader], name: String, within limit: Duration) async throws
        -> TestAnswer?
    {
        let defaults = [
            TestHeader(name: "Host", value: "localhost"), .init(name: "Accept", value: "text/event-stream"),
        ]
        return try await self.open(path, Self.fields(headers, defaults: defaults), name, within: limit) { head, made in
            head.status == 200 ? .eventStream(made, head: head) : nil
        }
    }

    /// Opens a WebSocket: the head of the handshake's answer.
    ///
    /// - Returns: nil when no head came within `limit`.
    /// - Throws: ``NameTaken``, or what kept the connection from being made.
    func connect(_ path: String, _ headers: [TestHeader], name: String, within limit: Duration) async throws
        -> TestAnswer?
    {
        let defaults = [
            TestHeader(name: "Host", value: "localhost"), .init(name: "Upgrade", value: "websocket"),
            .init(name: "Connection", value: "Upgrade"), .init(name: "Sec-WebSocket-Version", value: "13"),
            .init(name: "Sec-WebSocket-Key", value: "cHVscCB0ZXN0IGNsaWVudA=="),
        ]
        return try await self.open(path, Self.fields(headers, defaults: defaults), name, within: limit) { head, made in
            head.status == 101 ? .webSocket(made) : nil
        }
    }

    /// - Parameter accept: What is open now; nil when the head is a refusal.
    private func open(
        _ path: String, _ fields: String, _ name: String, within limit: Duration,
        accept: (TestAnswer, ClientConnection) -> OpenClient?
    ) async throws -> TestAnswer? {
        try self.requireFree(name)
        let connection = try await self.connect()
        await connection.send(Array("GET \(RequestText.target(path)) HTTP/1.1\r\n\(fields)\r\n".utf8))
        guard let head = await self.head(on: connection, within: limit) else {
            await connection.close()
            return nil
        }
        guard let client = accept(head, connection) else {
            await connection.close()
            return head
        }
        try self.add(client, name)
        return head
    }

    /// Sends a message; false when no WebSocket of that name is open.
    func send(_ message: TestMessage, on name: String) async -> Bool {
        let connection = self.state.withLock { state in
            state.open[name]?.kind == .webSocket ? state.open[name]?.connection : nil
        }
        guard let connection else { return false }
        switch message {
        case .text(let text): await connection.send(FrameReader.frame(0x1, Array(text.utf8)))
        case .binary(let bytes): await connection.send(FrameReader.frame(0x2, bytes))
        }
        return true
    }

    /// The name of the one WebSocket that is open; nil when it is not one.
    var onlyWebSocket: String? {
        let names = self.open.filter { $0.kind == .webSocket }.map(\.name)
        return names.count == 1 ? names[0] : nil
    }

    /// Closes what is open under a name: a WebSocket by its handshake, anything else by hanging up. False when there is
    /// nothing.
    func close(_ name: String, code: UInt16) async -> Bool {
        let client = self.state.withLock { state -> OpenClient? in
            guard let client = state.open.removeValue(forKey: name) else { return nil }
            if client.kind == .webSocket { state.closing.append((name, client)) }
            if client.kind == .eventStream { state.received.closed[name] = 1005 }
            return client
        }
        guard let client else { return false }
        if client.kind == .webSocket {
            await client.connection.send(FrameReader.frame(0x8, [UInt8(code >> 8), UInt8(code & 0xFF)]))
        } else {
            await client.connection.close()
        }
        return true
    }

    /// Reads what has come on all streams and WebSockets.
    func read() {
        let replies = self.state.withLock { state in
            Self.readClosing(&state)
            let replies = Self.readOpen(&state)
            if state.received.events.count + state.received.messages.count > Self.mostReceived {
                let last = state.received.messages.last?.on ?? state.received.events.last?.stream
                state.received.overfull = state.received.overfull ?? last
            }
            return replies
        }
        for (connection, frame) in replies { connection.sendLater(frame) }
    }

    private typealias Replies = [(connection: ClientConnection, frame: [UInt8])]

    private static func readOpen(_ state: inout State) -> Replies {
        var replies: Replies = []
        for name in state.open.keys.sorted() {
            // Without a copy of the client, whose buffers would be copied when it reads.
            guard state.open[name]?.kind != .request, let connection = state.open[name]?.connection else { continue }
            // Looked at before what came is taken, so that nothing comes in between.
            let hasEnded = connection.isClosed
            let frames = state.open[name]?.read(as: name, into: &state.received) ?? []
            replies += frames.map { (connection, $0) }
            if connection.isOverfull { state.received.overfull = state.received.overfull ?? name }
            guard let client = state.open[name], hasEnded || client.isClosed else { continue }
            state.open[name] = nil
            if hasEnded {
                state.received.end(name, client)
            } else {
                state.closing.append((name, client))
            }
        }
        return replies
    }

    /// Neither side waits for more than the other's close.
    private static func readClosing(_ state: inout State) {
        var rest: [(name: String, client: OpenClient)] = []
        for (name, var client) in state.closing {
            let hasEnded = client.connection.isClosed
            let code = state.received.closed[name]
            _ = client.read(as: name, into: &state.received)
            if hasEnded { state.received.end(name, client) }
            // Another has the name now.
            if state.open[name] != nil { state.received.closed[name] = code }
            if !hasEnded { rest.append((name, client)) }
        }
        state.closing = rest
    }

    // MARK: Parts

    private func connect() async throws -> ClientConnection {
        try await .open(self.address, on: self.loop, signal: self.signal)
    }

    private func requireFree(_ name: String) throws(NameTaken) {
        if let kind = self.kind(of: name) { throw NameTaken(name: name, kind: kind) }
    }

    private func add(_ client: OpenClient, _ name: String) throws(NameTaken) {
        let taken = self.state.withLock { state -> OpenKind? in
            if let other = state.open[name] { return other.kind }
            state.open[name] = client
            state.received.closed[name] = nil
            return nil
        }
        guard let taken else { return }
        client.connection.closeLater()
        throw NameTaken(name: name, kind: taken)
    }

    private func head(on connection: ClientConnection, within limit: Duration) async -> TestAnswer? {
        _ = await self.signal.wait(within: limit) {
            connection.take { TestAnswer.head($0) != nil } || connection.isClosed
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
