import Logging
import NIOCore
import NIOEmbedded
import NIOPosix
import Synchronization
import Testing

@testable import PulpListener

/// An owner made of closures; counts what it serves.
final class ClosureOwner: RouteOwner {
    let maxBodyBytes: Int
    let served = Atomic(0)
    private let admitting: @Sendable (HTTPExchange) -> Refusal?
    private let serving: @Sendable (HTTPExchange) -> Void

    init(
        maxBodyBytes: Int = 1024 * 1024, admit: @escaping @Sendable (HTTPExchange) -> Refusal? = { _ in nil },
        serve: @escaping @Sendable (HTTPExchange) -> Void = { $0.respond(status: 200, body: $0.body) }
    ) {
        self.maxBodyBytes = maxBodyBytes
        self.admitting = admit
        self.serving = serve
    }

    var servedCount: Int { self.served.load(ordering: .relaxed) }

    func admit(_ exchange: HTTPExchange) -> Refusal? { self.admitting(exchange) }

    func serve(_ exchange: HTTPExchange) {
        self.served.add(1, ordering: .relaxed)
        self.serving(exchange)
    }
}

/// Keeps exchanges to be answered later.
final class Inbox: Sendable {
    private let exchanges = Mutex<[HTTPExchange]>([])

    private let (stream, continuation) = AsyncStream.makeStream(of: HTTPExchange.self)

    var all: [HTTPExchange] { self.exchanges.withLock { $0 } }

    func add(_ exchange: HTTPExchange) {
        self.exchanges.withLock { $0.append(exchange) }
        self.continuation.yield(exchange)
    }

    /// The next exchange, waited for on its way from the loop.
    func next() async throws -> HTTPExchange {
        for await exchange in self.stream { return exchange }
        throw CancellationError()
    }
}

extension RouteTable {
    /// A table in which `owner` answers every path of the methods.
    static func everything(_ owner: any RouteOwner, methods: [String] = ["GET", "POST"]) throws -> RouteTable {
        let routes = RouteTable()
        for method in methods { try routes.register(method: method, pattern: "/*rest", owner: owner) }
        return routes
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// One HTTP/1 connection without a socket and with a clock turned by hand.
final class EmbeddedConnection {
    let channel = EmbeddedChannel()
    let loop: ListenerLoop
    let connection: HTTP1Connection

    init(_ routes: RouteTable, limits: ListenerConfiguration.Limits = .init()) throws {
        self.loop = ListenerLoop(
            eventLoop: self.channel.eventLoop, limits: limits, routes: routes, logger: .silent, wallClock: { 0 })
        self.connection = HTTP1Connection(loop: self.loop, isTLS: false)
        try self.channel.connect(to: SocketAddress(ipAddress: "192.0.2.7", port: 4711)).wait()
        try self.channel.pipeline.syncOperations.addHandler(self.connection)
    }

    convenience init(_ owner: any RouteOwner, limits: ListenerConfiguration.Limits = .init()) throws {
        try self.init(try RouteTable.everything(owner), limits: limits)
    }

    /// What the server answers to `text`, as far as it answers at once.
    @discardableResult
    func send(_ text: String) throws -> String {
        try self.channel.writeInbound(ByteBuffer(string: text))
        return try self.received()
    }

    func received() throws -> String {
        var all = ""
        while let part = try self.channel.readOutbound(as: ByteBuffer.self) { all += String(buffer: part) }
        return all
    }

    /// Lets time pass in steps of the sweep.
    func advance(seconds: Int) {
        for _ in 0..<seconds { self.channel.embeddedEventLoop.advanceTime(by: .seconds(1)) }
    }

    var isOpen: Bool { self.channel.isActive }

    func finish() throws {
        _ = try? self.channel.finish()
    }
}

/// A listener on a free port of the loopback address.
struct TestListener {
    let listener: Listener
    let group: MultiThreadedEventLoopGroup
    let address: SocketAddress

    init(
        _ routes: RouteTable, tls: ListenerConfiguration.TLS? = nil,
        limits: ListenerConfiguration.Limits = .init(), logger: Logger = .silent, threads: Int = 1
    ) async throws {
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let configuration = ListenerConfiguration(
            address: .tcp(host: "127.0.0.1", port: 0), tls: tls, limits: limits)
        self.listener = try Listener(
            configuration: configuration, routes: routes, group: self.group, logger: logger, wallClock: { 0 })
        self.address = try #require(try await self.listener.start())
    }

    func stop() async throws {
        await self.listener.drain(deadline: .zero)
        try await self.group.shutdownGracefully()
    }

    func connect() async throws -> RawClient { try await RawClient(self.address, on: self.group) }
}

/// A client that sends bytes and waits for bytes, with a bound on each wait.
final class RawClient: Sendable {
    let channel: any Channel
    private let collector: Collector

    init(_ address: SocketAddress, on group: any EventLoopGroup) async throws {
        let collector = Collector()
        self.collector = collector
        self.channel = try await ClientBootstrap(group: group)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(CollectingHandler(collector))
                }
            }.connect(to: address).get()
    }

    func send(_ text: String) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Everything received, once `text` is in it.
    func receive(containing text: String) async throws -> String {
        try await self.collector.wait(on: self.channel.eventLoop) { $0.contains(text) }
    }

    /// Everything received until the server closed its side.
    func receiveAll() async throws -> String {
        try await self.collector.waitForEnd(on: self.channel.eventLoop)
    }

    func request(_ text: String) async throws -> String {
        try await self.send(text)
        return try await self.receiveAll()
    }

    func closeOutput() async throws { try await self.channel.close(mode: .output) }

    /// Closes so that the server gets a reset instead of an end.
    func reset() async throws {
        let options = try #require(self.channel as? any SocketOptionProvider)
        try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await self.channel.close()
    }

    func close() async throws { try await self.channel.close() }
}

/// The bytes of one client, and who waits for some of them.
final class Collector: Sendable {
    struct TimedOut: Error { let received: String }

    private struct State {
        var text = ""
        var isEnded = false
        var waiting: [(isMet: @Sendable (String) -> Bool, promise: EventLoopPromise<String>)] = []
    }

    private let state = Mutex(State())

    func add(_ text: String) { self.change { $0.text += text } }

    func end() { self.change { $0.isEnded = true } }

    private func change(_ body: (inout State) -> Void) {
        let (met, text) = self.state.withLock { state in
            body(&state)
            let text = state.text
            let isEnded = state.isEnded
            let met = state.waiting.filter { isEnded || $0.isMet(text) }
            state.waiting.removeAll { isEnded || $0.isMet(text) }
            return (met, text)
        }
        for waiter in met { waiter.promise.succeed(text) }
    }

    func wait(on eventLoop: any EventLoop, until isMet: @escaping @Sendable (String) -> Bool) async throws -> String {
        let promise = eventLoop.makePromise(of: String.self)
        let timeout = eventLoop.scheduleTask(in: .seconds(60)) {
            promise.fail(TimedOut(received: self.state.withLock { $0.text }))
        }
        self.change { $0.waiting.append((isMet, promise)) }
        defer { timeout.cancel() }
        return try await promise.futureResult.get()
    }

    func waitForEnd(on eventLoop: any EventLoop) async throws -> String {
        try await self.wait(on: eventLoop) { _ in false }
    }
}

final class CollectingHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let collector: Collector

    init(_ collector: Collector) { self.collector = collector }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.collector.add(String(buffer: Self.unwrapInboundIn(data)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { self.collector.end() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) { self.collector.end() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
