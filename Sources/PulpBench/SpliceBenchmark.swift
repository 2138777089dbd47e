import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Pulp
import PulpListener
import PulpManifest
import PulpRuntime
import Synchronization

/// Measures a large body on its way from a server through Pulp to a client: passed on by `http_respond_stream`, and by a
/// handler in Swift on the same listener, fed by the same client library.
package struct SpliceBenchmark: Sendable {
    package var manifest: String
    package var rounds = 5
    package var bytes = 1 << 30

    package init(manifest: String) {
        self.manifest = manifest
    }

    package func run(progress: @Sendable (String) -> Void) async throws -> [FetchBenchmark.Row] {
        let outside = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let upstream = try await FloodServer.serve(self.bytes, on: outside)
        let url = "http://127.0.0.1:\(upstream.localAddress?.port ?? 0)"
        var logger = Logger(label: "pulp.bench")
        logger.logLevel = .warning
        let hub = ListenerHub(group: group, limits: ListenerConfiguration.Limits(), logger: logger)
        let client = HTTPClient(eventLoopGroupProvider: .shared(group))
        let native = NativeSplice(client, url)
        try hub.defaultRoutes?.register(method: "POST", pattern: "/native", owner: native)
        let plugin = try await self.plugin(url, hub, group, logger)
        let address = try await hub.start(on: .tcp(host: "127.0.0.1", port: 0), tls: nil)
        guard let address else { throw BenchProblem("the listener has no address") }
        var times: [String: [Double]] = [:]
        var peaks: [String: Double] = [:]
        for round in 0...self.rounds {
            // The example has all GET routes.
            for (method, path) in [("POST", "/native"), ("GET", "/guest")] {
                progress("\(path), round \(round) of \(self.rounds)")
                Memory.forgetPeak()
                let start = ContinuousClock.now
                let count = try await CountingClient.request("\(method) \(path)", from: address, on: outside)
                guard count >= self.bytes else { throw BenchProblem("\(path) broke off after \(count) bytes") }
                guard round > 0 else { continue }
                times[path, default: []].append(Double((ContinuousClock.now - start) / .nanoseconds(1)) / 1e9)
                peaks[path] = max(peaks[path] ?? 0, Memory.peakMiB)
            }
        }
        await plugin.close()
        try await client.shutdown()
        try await upstream.close()
        let size = Double(self.bytes) / Double(1 << 20)
        let rates = times.mapValues { size / PulpBench.median($0) }
        let (plain, guest) = (rates["/native"] ?? .nan, rates["/guest"] ?? .nan)
        return [
            .init(what: "a body of \(Int(size)) MiB, handler in Swift", value: plain, unit: "MiB/s"),
            .init(what: "the same by http_respond_stream", value: guest, unit: "MiB/s"),
            .init(what: "of the handler in Swift", value: 100 * guest / plain, unit: "%"),
            .init(what: "peak memory of the process, handler", value: peaks["/native"] ?? .nan, unit: "MiB"),
            .init(what: "peak memory of the process, guest", value: peaks["/guest"] ?? .nan, unit: "MiB"),
        ]
    }

    private func plugin(
        _ url: String, _ hub: ListenerHub, _ group: MultiThreadedEventLoopGroup, _ logger: Logger
    ) async throws -> RunningPlugin {
        var spec = try Manifest.load(path: self.manifest, knownCapabilities: nil).spec
        spec.capabilitySections["http"] = [CapabilitySetting(name: "allow", value: .strings(["127.0.0.1"]))]
        // {"upstream": url}
        spec.config = [0x81, 0xa8] + Array("upstream".utf8) + [0xd9, UInt8(url.utf8.count)] + Array(url.utf8)
        let environment = try PulpEnvironment.shared(logger: logger, group: group)
        let registry = Registry.builtins(listeners: hub, storage: nil)
        let plugin = try await RunningPlugin.load(spec, registry: registry, environment: environment)
        try await plugin.initialize(spec.config)
        return plugin
    }
}

/// Passes a body on as simply as the client's interface allows, with back-pressure.
private final class NativeSplice: RouteOwner {
    let maxBodyBytes = 1024
    private let client: HTTPClient
    private let url: String

    init(_ client: HTTPClient, _ url: String) {
        self.client = client
        self.url = url
    }

    func serve(_ exchange: HTTPExchange) {
        guard let request = try? HTTPClient.Request(url: self.url + "/native") else { return exchange.abort() }
        _ = self.client.execute(
            request: request, delegate: Delegate(exchange), eventLoop: .delegate(on: exchange.eventLoop))
    }

    /// `@unchecked Sendable`: everything runs on the exchange's loop.
    private final class Delegate: HTTPClientResponseDelegate, @unchecked Sendable {
        typealias Response = Void
        private let exchange: HTTPExchange
        private var demand: EventLoopPromise<Void>?

        init(_ exchange: HTTPExchange) {
            self.exchange = exchange
        }

        func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
            self.exchange.onWritable = {
                let demand = self.demand
                self.demand = nil
                demand?.succeed()
            }
            return task.eventLoop.makeCompletedFuture {
                try self.exchange.respondHead(status: Int(head.status.code), headers: [:])
            }
        }

        func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
            self.exchange.write(buffer)
            guard !self.exchange.isWritable else { return task.eventLoop.makeSucceededVoidFuture() }
            let demand = task.eventLoop.makePromise(of: Void.self)
            self.demand = demand
            return demand.futureResult
        }

        func didFinishRequest(task: HTTPClient.Task<Void>) { self.exchange.end() }
    }
}

/// Answers any request with a body of so many bytes.
private final class FloodServer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private static let chunk = ByteBuffer(repeating: 0x78, count: 256 * 1024)
    private let count: Int

    private init(_ count: Int) {
        self.count = count
    }

    static func serve(_ count: Int, on group: any EventLoopGroup) async throws -> any Channel {
        try await ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(FloodServer(count))
            }
        }.bind(host: "127.0.0.1", port: 0).get()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(NIOAny(ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: \(self.count)\r\n\r\n")))
            .whenComplete { _ in }
        Self.send(self.count, to: context.channel)
    }

    private static func send(_ left: Int, to channel: any Channel) {
        guard left > 0 else { return }
        let part = Self.chunk.getSlice(at: 0, length: min(left, Self.chunk.readableBytes)) ?? ByteBuffer()
        channel.writeAndFlush(part).whenSuccess { self.send(left - part.readableBytes, to: channel) }
    }
}

/// Counts the bytes of an answer, up to the last chunk.
private final class CountingClient: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private var count = 0
    private var tail: [UInt8] = []
    private let done: EventLoopPromise<Int>

    private init(_ done: EventLoopPromise<Int>) {
        self.done = done
    }

    static func request(_ line: String, from address: SocketAddress, on group: any EventLoopGroup) async throws -> Int {
        let done = group.next().makePromise(of: Int.self)
        let channel = try await ClientBootstrap(group: group).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(CountingClient(done))
            }
        }.connect(to: address).get()
        try await channel.writeAndFlush(
            ByteBuffer(string: "\(line) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"))
        let count = try await done.futureResult.get()
        try await channel.close()
        return count
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data).readableBytesView
        self.count += bytes.count
        self.tail = Array((self.tail + bytes.suffix(5)).suffix(5))
        if self.tail == Array("0\r\n\r\n".utf8) { self.done.succeed(self.count) }
    }

    func channelInactive(context: ChannelHandlerContext) { self.done.succeed(self.count) }
}

/// This process's memory, as the kernel counts it.
private enum Memory {
    /// Makes ``peakMiB`` start again.
    static func forgetPeak() {
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    }

    static var peakMiB: Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (Double(line.filter(\.isNumber)) ?? .nan) / 1024
    }
}
