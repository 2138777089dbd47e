import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One connection of a client that sends bytes as a test says, and takes answers apart just enough to compare them.
package final class HTTPConnection: Sendable {
    package struct Response: Sendable {
        package var status = 0
        /// Names in lower case, in the order received.
        package var headers: [(name: String, value: String)] = []
        package var body: [UInt8] = []

        package var text: String { String(decoding: self.body, as: UTF8.self) }
        package func header(_ name: String) -> String? { self.headers.first { $0.name == name }?.value }
        package func all(_ name: String) -> [String] { self.headers.filter { $0.name == name }.map(\.value) }
    }

    /// The server closed the connection before an answer was complete.
    package struct Closed: Error {
        package let received: String
    }

    private struct Inbox {
        var bytes: [UInt8] = []
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let channel: any Channel
    private let inbox: Mailbox

    private init(_ channel: any Channel, _ inbox: Mailbox) {
        self.channel = channel
        self.inbox = inbox
    }

    package static func open(_ address: SocketAddress) async throws -> HTTPConnection {
        let inbox = Mailbox()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(inbox))
                }
            }.connect(to: address).get()
        return HTTPConnection(channel, inbox)
    }

    package func send(_ text: String) async throws { try await self.send(Array(text.utf8)) }

    package func send(_ bytes: [UInt8]) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Sends a request with a length, and waits for its answer.
    package func request(
        _ method: String, _ path: String, headers: KeyValuePairs<String, String> = [:], body: [UInt8]? = nil
    ) async throws -> Response {
        try await self.send(Self.bytes(method, path, headers: headers, body: body))
        return try await self.response(hasBody: method != "HEAD")
    }

    package static func bytes(
        _ method: String, _ path: String, headers: KeyValuePairs<String, String> = [:], body: [UInt8]? = nil
    ) -> [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: pulp.test\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + (body ?? [])
    }

    /// The next answer on this connection.
    package func response(hasBody: Bool = true) async throws -> Response {
        while true {
            let (parsed, isClosed, received) = self.inbox.take(hasBody: hasBody)
            if let parsed { return parsed }
            if isClosed { throw Closed(received: String(decoding: received.prefix(500), as: UTF8.self)) }
            await self.inbox.wait(beyond: received.count)
        }
    }

    /// Everything that has come, head and framing included, once it holds `text`; for answers that do not end.
    package func text(until text: String) async throws -> String {
        while true {
            let (received, isClosed) = self.inbox.peek()
            let all = String(decoding: received, as: UTF8.self)
            if all.contains(text) { return all }
            if isClosed { throw Closed(received: String(all.suffix(500))) }
            await self.inbox.wait(beyond: received.count)
        }
    }

    package func close() async {
        try? await self.channel.close().get()
    }

    /// Goes without a farewell: the server sees a reset, where a mere close could be half a close.
    package func reset() async {
        let options = self.channel as? any SocketOptionProvider
        try? await options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        await self.close()
    }

    /// Bytes that came, and who waits for more.
    fileprivate final class Mailbox: Sendable {
        private let state = Mutex(Inbox())

        func add(_ bytes: [UInt8], isClosed: Bool) {
            let waiter = self.state.withLock { state in
                state.bytes += bytes
                state.isClosed = state.isClosed || isClosed
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume()
        }

        func peek() -> (bytes: [UInt8], isClosed: Bool) { self.state.withLock { ($0.bytes, $0.isClosed) } }

        /// Waits for more bytes than the `count` that the caller has looked at, or the end.
        func wait(beyond count: Int) async {
            await withCheckedContinuation { continuation in
                let isNews = self.state.withLock { state in
                    if state.isClosed || state.bytes.count != count { return true }
                    state.waiter = continuation
                    return false
                }
                if isNews { continuation.resume() }
            }
        }

        func take(hasBody: Bool) -> (Response?, isClosed: Bool, received: [UInt8]) {
            self.state.withLock { state in
                guard let (response, used) = HTTPConnection.parse(state.bytes, hasBody: hasBody) else {
                    return (nil, state.isClosed, state.bytes)
                }
                state.bytes.removeFirst(used)
                return (response, state.isClosed, [])
            }
        }
    }

    private static func parse(_ bytes: [UInt8], hasBody: Bool) -> (Response, Int)? {
        let end: [UInt8] = [13, 10, 13, 10]
        guard let split = bytes.indices.first(where: { bytes[$0] == 13 && bytes[$0...].starts(with: end) }) else {
            return nil
        }
        var response = Response()
        for (index, line) in String(decoding: bytes[..<split], as: UTF8.self).split(separator: "\r\n").enumerated() {
            if index == 0 {
                response.status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            } else if let colon = line.firstIndex(of: ":") {
                response.headers.append(
                    (line[..<colon].lowercased(), String(line[line.index(after: colon)...].drop { $0 == " " })))
            }
        }
        let count = hasBody ? response.header("content-length").flatMap { Int($0) } ?? 0 : 0
        guard bytes.count >= split + 4 + count else { return nil }
        response.body = Array(bytes[(split + 4)..<(split + 4 + count)])
        return (response, split + 4 + count)
    }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let inbox: Mailbox

        init(_ inbox: Mailbox) {
            self.inbox = inbox
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.inbox.add(Array(self.unwrapInboundIn(data).readableBytesView), isClosed: false)
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.inbox.add([], isClosed: true)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
