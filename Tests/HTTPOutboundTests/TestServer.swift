import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A server on this machine that does to each request what a test says, well-behaved or not.
final class TestServer: Sendable {
    struct Request: Sendable {
        let line: String
        /// Names in lower case.
        let headers: [(name: String, value: String)]
        let body: [UInt8]
        /// Counted from 1.
        let connection: Int

        var target: String { self.line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
        var method: String { String(self.line.prefix { $0 != " " }) }
        func header(_ name: String) -> String? { self.headers.first { $0.name == name }?.value }
    }

    /// Where a test writes what the server sends.
    struct Answer: Sendable {
        let channel: any Channel

        func send(_ text: String) { self.channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }
        func send(_ bytes: [UInt8]) { self.channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
        func close() { self.channel.close(promise: nil) }

        /// A whole answer.
        func reply(_ status: Int = 200, _ headers: [String] = [], _ body: String = "") {
            let lines = ["HTTP/1.1 \(status) Status", "Content-Length: \(body.utf8.count)"] + headers
            self.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
        }

        func reset() {
            let options = self.channel as? any SocketOptionProvider
            options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in self.close() }
        }

        /// Sends for as long as the other side takes it.
        func flood(_ chunk: [UInt8] = [UInt8](repeating: 0x78, count: 65_536)) {
            self.channel.writeAndFlush(ByteBuffer(bytes: chunk)).whenSuccess { self.flood(chunk) }
        }
    }

    typealias Script = @Sendable (Request, Answer) -> Void

    private struct State {
        var requests: [Request] = []
        var connections = 0
        var open = 0
    }

    private let listening: any Channel
    private let state: Box

    private final class Box: Sendable {
        let state = Mutex(State())
    }

    private init(_ listening: any Channel, _ state: Box) {
        self.listening = listening
        self.state = state
    }

    /// - Parameter tls: What the server shows; nil for plain HTTP.
    static func open(tls: NIOSSLContext? = nil, host: String = "127.0.0.1", _ script: @escaping Script) async throws
        -> TestServer
    {
        let box = Box()
        let listening = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                let number = box.state.withLock { state in
                    state.connections += 1
                    state.open += 1
                    return state.connections
                }
                channel.closeFuture.whenComplete { _ in box.state.withLock { $0.open -= 1 } }
                return channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(
                        Reader(number) { request, channel in
                            box.state.withLock { $0.requests.append(request) }
                            script(request, Answer(channel: channel))
                        })
                }
            }.bind(host: host, port: 0).get()
        return TestServer(listening, box)
    }

    var port: Int { self.listening.localAddress?.port ?? 0 }
    var url: String { "http://127.0.0.1:\(self.port)" }
    /// The server's URL by another name.
    func url(at host: String) -> String { "http://\(host):\(self.port)/" }
    var requests: [Request] { self.state.state.withLock { $0.requests } }
    var connectionCount: Int { self.state.state.withLock { $0.connections } }
    var openCount: Int { self.state.state.withLock { $0.open } }

    func close() async { try? await self.listening.close() }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let number: Int
        private let body: (Request, any Channel) -> Void
        private var bytes: [UInt8] = []

        init(_ number: Int, _ body: @escaping (Request, any Channel) -> Void) {
            self.number = number
            self.body = body
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.bytes += Array(self.unwrapInboundIn(data).readableBytesView)
            while let request = self.next() { self.body(request, context.channel) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func next() -> Request? {
            let end: [UInt8] = [13, 10, 13, 10]
            guard let split = self.bytes.indices.first(where: { self.bytes[$0...].starts(with: end) }) else {
                return nil
            }
            let lines = String(decoding: self.bytes[..<split], as: UTF8.self).split(separator: "\r\n").map(String.init)
            let headers = lines.dropFirst().map { line in
                let colon = line.firstIndex(of: ":") ?? line.endIndex
                return (line[..<colon].lowercased(), String(line[colon...].dropFirst().drop { $0 == " " }))
            }
            let count = headers.first { $0.0 == "content-length" }.flatMap { Int($0.1) } ?? 0
            guard self.bytes.count >= split + 4 + count else { return nil }
            let body = Array(self.bytes[(split + 4)..<(split + 4 + count)])
            self.bytes.removeFirst(split + 4 + count)
            return Request(line: lines.first ?? "", headers: headers, body: body, connection: self.number)
        }
    }
}

/// A server of `script` for as long as `body` runs.
func withServer<Result>(
    _ script: @escaping TestServer.Script, _ body: (TestServer) async throws -> Result
) async throws -> Result {
    let server = try await TestServer.open(script)
    do {
        let result = try await body(server)
        await server.close()
        return result
    } catch {
        await server.close()
        throw error
    }
}
