import Foundation
import NIOPosix
import PulpTestSupport
import Synchronization

@testable import PulpDocker

/// A request as the fake engine got it.
struct FakeRequest: Sendable {
    var method = ""
    /// Without the API's version and the query.
    var path = ""
    var query = ""
    var body: [UInt8] = []
}

/// What the fake engine does with a request.
enum FakeAnswer: Sendable {
    case json(Int, String)
    /// These bytes, with a right head.
    case bytes([UInt8])
    /// These bytes as they are, and then the end.
    case raw([UInt8])
    /// Nothing, ever.
    case silence
    /// A right head, and then these bytes again and again for as long as they are taken.
    case flood([UInt8])
    /// A right head, and each of these in a write of its own.
    case pieces([[UInt8]])
    /// The end, at once.
    case end
}

/// A server on a unix socket that says what a test wants, right or wrong.
final class FakeEngine: Sendable {
    typealias Script = @Sendable (FakeRequest) -> FakeAnswer

    let socketPath: String
    private let channel: any Channel
    private let state: State

    fileprivate final class State: Sendable {
        let script: Script
        let requests = Mutex<[FakeRequest]>([])
        let open = Atomic<Int>(0)

        init(_ script: @escaping Script) {
            self.script = script
        }
    }

    private static let count = Atomic<Int>(0)

    init(_ script: @escaping Script) async throws {
        let number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue
        self.socketPath = "/tmp/pulp-docker-fake-\(getpid())-\(number).sock"
        let state = State(script)
        self.state = state
        self.channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Conversation(state))
                }
            }
            .bind(unixDomainSocketPath: self.socketPath, cleanupExistingSocketFile: true).get()
    }

    /// What was asked so far.
    var requests: [FakeRequest] { self.state.requests.withLock { $0 } }
    /// Connections that are open.
    var openCount: Int { self.state.open.load(ordering: .relaxed) }

    func stop() async {
        try? await self.channel.close().get()
        unsafe unlink(self.socketPath)
    }

    /// Runs a fake engine for `body`.
    static func with<Result: Sendable>(
        _ script: @escaping Script, _ body: @Sendable (FakeEngine) async throws -> Result
    ) async throws -> Result {
        let engine = try await FakeEngine(script)
        do {
            let result = try await body(engine)
            await engine.stop()
            return result
        } catch {
            await engine.stop()
            throw error
        }
    }

    /// An engine whose every answer is right.
    ///
    /// - Parameters:
    ///   - plugin: Whose its containers are.
    ///   - ports: What else they publish, as the engine's JSON has it.
    static func sound(_ request: FakeRequest, plugin: String = "test", ports: String = "") -> FakeAnswer {
        let id = String(repeating: "a", count: 64)
        let labels = #"{"pulp.scope":"tests/\#(plugin)","pulp.plugin":"\#(plugin)","pulp.host":"tests"}"#
        switch (request.method, request.path) {
        case ("GET", "/containers/json"):
            return .json(
                200,
                #"[{"Id":"\#(id)","Names":["/pulp-\#(plugin)-x"],"State":"running","Labels":\#(labels),"#
                    + #""Ports":[{"PrivatePort":80,"PublicPort":8080,"Type":"tcp"}],"#
                    + #""NetworkSettings":{"Networks":{"bridge":{"IPAddress":"10.0.0.2"}}}}]"#)
        case ("POST", "/containers/create"): return .json(201, #"{"Id":"\#(id)","Warnings":[]}"#)
        case ("POST", _) where request.path.hasPrefix("/exec/"): return .bytes([1, 0, 0, 0, 0, 0, 0, 2, 0x68, 0x69])
        case ("POST", _) where request.path.hasSuffix("/exec"): return .json(201, #"{"Id":"e1"}"#)
        case ("GET", "/exec/e1/json"): return .json(200, #"{"ExitCode":0,"Running":false}"#)
        case ("GET", _) where request.path.hasSuffix("/json") && request.path.hasPrefix("/containers/"):
            return .json(
                200,
                #"{"Id":"\#(id)","Name":"/pulp-\#(plugin)-x","State":{"Status":"running"},"#
                    + #""Config":{"Labels":\#(labels),"Tty":false},"HostConfig":{"NanoCpus":500000000,"Memory":4096},"#
                    + #""NetworkSettings":{"Ports":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]\#(ports)},"#
                    + #""Networks":{}}}"#)
        case ("GET", _) where request.path.hasSuffix("/logs"):
            let line = Array("2026-11-26T16:00:00.000000001Z hello\n".utf8)
            return .bytes([1, 0, 0, 0, 0, 0, 0, UInt8(line.count)] + line)
        case ("GET", _) where request.path.hasSuffix("/stats"): return .json(200, Self.stats)
        case ("GET", _) where request.path.hasSuffix("/archive"):
            return .bytes(Self.archive("x", Array("file".utf8)))
        case ("GET", _) where request.path.hasPrefix("/images/"): return .json(404, #"{"message":"No such image"}"#)
        case ("GET", "/events"): return .silence
        case ("POST", "/build"): return .json(200, #"{"stream":"done\n"}"#)
        case ("HEAD", _), ("PUT", _): return .json(200, "")
        default: return .json(204, "")
        }
    }

    static let stats =
        #"{"cpu_stats":{"cpu_usage":{"total_usage":300},"system_cpu_usage":2000,"online_cpus":2},"#
        + #""precpu_stats":{"cpu_usage":{"total_usage":100},"system_cpu_usage":1000},"#
        + #""memory_stats":{"usage":11,"limit":22},"networks":{"eth0":{"rx_bytes":1,"tx_bytes":2}},"#
        + #""blkio_stats":{"io_service_bytes_recursive":[{"op":"Read","value":5},{"op":"write","value":6}]}}"#

    static func archive(_ name: String, _ content: [UInt8]) -> [UInt8] {
        TarWriter.header(name, size: content.count) + content + TarWriter.padding(content.count) + TarWriter.end
    }
}

/// One connection: reads one request, and answers it as the script says.
private final class Conversation: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let state: FakeEngine.State
    private var received: [UInt8] = []
    private var isAnswered = false
    private var flood: [UInt8] = []
    private var isPumping = false

    init(_ state: FakeEngine.State) {
        self.state = state
    }

    func channelActive(context: ChannelHandlerContext) {
        self.state.open.wrappingAdd(1, ordering: .relaxed)
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.state.open.wrappingSubtract(1, ordering: .relaxed)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.received += self.unwrapInboundIn(data).readableBytesView
        guard !self.isAnswered, let request = self.request() else { return }
        self.isAnswered = true
        self.state.requests.withLock { $0.append(request) }
        self.answer(self.state.script(request), request, context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        self.pump(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func request() -> FakeRequest? {
        let end: [UInt8] = [13, 10, 13, 10]
        guard let split = self.received.firstRange(of: end) else { return nil }
        let head = String(decoding: self.received[..<split.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let body = Array(self.received[split.upperBound...])
        let lower = head.map { $0.lowercased() }
        if let length = lower.first(where: { $0.hasPrefix("content-length:") }) {
            guard body.count >= Int(length.dropFirst(15).drop { $0 == " " }) ?? 0 else { return nil }
        } else if lower.contains("transfer-encoding: chunked") {
            guard body.suffix(5).elementsEqual(Array("0\r\n\r\n".utf8)) else { return nil }
        }
        let words = head.first?.split(separator: " ") ?? []
        guard words.count == 3 else { return nil }
        let target = words[1].split(separator: "?", maxSplits: 1)
        let path = target[0].hasPrefix("/v1.41") ? target[0].dropFirst(6) : target[0]
        return FakeRequest(
            method: String(words[0]), path: String(path), query: target.count > 1 ? String(target[1]) : "", body: body)
    }

    private func answer(_ answer: FakeAnswer, _ request: FakeRequest, _ context: ChannelHandlerContext) {
        let openHead = Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8)
        switch answer {
        case .json(let status, let text):
            let body = Array(text.utf8)
            // A status without content has none, not even a length.
            let length = status == 204 || request.method == "HEAD" ? "" : "Content-Length: \(body.count)\r\n"
            self.write("HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\n\(length)\r\n", context)
            self.finish(body, context)
        case .bytes(let bytes): self.finish(openHead + bytes, context)
        case .raw(let bytes): self.finish(bytes, context)
        case .silence: break
        case .end: context.close(promise: nil)
        case .flood(let bytes):
            self.flood = bytes
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: openHead)), promise: nil)
            self.pump(context)
        case .pieces(let pieces):
            context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: openHead)), promise: nil)
            self.send(pieces[...], NIOLoopBound(context, eventLoop: context.eventLoop))
        }
    }

    /// Each piece in a turn of its own, so that it arrives alone.
    private func send(_ pieces: ArraySlice<[UInt8]>, _ context: NIOLoopBound<ChannelHandlerContext>) {
        guard let piece = pieces.first else { return context.value.close(promise: nil) }
        context.value.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: piece)), promise: nil)
        let next = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(1)) { next.value.send(pieces.dropFirst(), context) }
    }

    private func write(_ text: String, _ context: ChannelHandlerContext) {
        context.write(self.wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
    }

    private func finish(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: bytes))).whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }

    /// Writes once for each turn: a write that is taken at once would otherwise bring the next from within itself.
    private func pump(_ context: ChannelHandlerContext) {
        guard !self.flood.isEmpty, !self.isPumping, context.channel.isActive, context.channel.isWritable else { return }
        self.isPumping = true
        context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: self.flood)), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            let (conversation, context) = bound.value
            conversation.isPumping = false
            conversation.pump(context)
        }
    }
}
