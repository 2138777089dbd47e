import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpEngine
import PulpListener
import PulpManifest
import Synchronization

/// One event to many subscribers: emitted by a guest, against a loop over NIO's channels that does nothing else.
///
/// The clients are plain sockets of this process, read one after the other by one thread; a round ends when the last
/// has all of its event. So a figure contains the clients' work too, on both sides of the comparison.
package struct EventsBenchmark {
    package struct Row: Codable, Sendable {
        package let what: String
        package let medianMilliseconds: Double
        /// Of the undisturbed round: what a busy machine hides.
        package let fastestMilliseconds: Double
        /// CPU time of the server's loops for an event, all of them together.
        package let serverMilliseconds: Double
        package let p99Milliseconds: Double
        package let bytesPerSubscriber: Double
    }

    package var subscribers = 1_000
    package var rounds = 200
    package var threads = 2

    package init() {}

    package func run(progress: (String) -> Void) async throws -> [Row] {
        progress("\(self.subscribers) subscribers, a loop over NIO's channels")
        let native = try await self.native()
        progress("\(self.subscribers) subscribers, a guest")
        return [native, try await self.guest()]
    }

    package static func table(_ rows: [Row]) -> String {
        rows.map { row in
            row.what.padding(toLength: 10, withPad: " ", startingAt: 0)
                + String(
                    format:
                        "median %.2f ms  fastest %.2f ms  p99 %.2f ms  server's CPU %.2f ms  %.0f bytes a subscriber",
                    row.medianMilliseconds, row.fastestMilliseconds, row.p99Milliseconds, row.serverMilliseconds,
                    row.bytesPerSubscriber)
        }.joined(separator: "\n")
    }

    private static let data = String(repeating: "x", count: 64)
    private static let frame = "data: \(Self.data)\n\n"
    private static var chunk: String { "\(String(Self.frame.utf8.count, radix: 16))\r\n\(Self.frame)\r\n" }

    // MARK: The two

    private func native() async throws -> Row {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: self.threads)
        let kept = KeptChannels()
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1_024)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(HeadOnly(kept))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        let part = ByteBuffer(string: Self.chunk)
        let row = try await self.measure("NIO", on: group, port: server.localAddress?.port ?? 0) {
            for (loop, channels) in kept.byLoop {
                loop.execute { for channel in channels { channel.writeAndFlush(part, promise: nil) } }
            }
        }
        try await server.close()
        try await group.shutdownGracefully()
        return row
    }

    private func guest() async throws -> Row {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: self.threads)
        var logger = Logger(label: "pulp.bench")
        logger.logLevel = .warning
        let hub = ListenerHub(group: group, limits: ListenerConfiguration.Limits(), logger: logger)
        var spec = PluginSpec(name: "events", version: "1", module: .bytes(try Module.binary(fromText: Self.module)))
        spec.capabilities = ["transport.sse"]
        spec.capabilityLimits["transport.sse"] = ["subscribers", "subscribers_per_path"].map {
            CapabilitySetting(name: $0, value: .integer(1_000_000))
        }
        let plugin = try await RunningPlugin.load(
            spec, registry: .builtins(listeners: hub, storage: nil),
            environment: PulpEnvironment.shared(logger: logger, group: group))
        try await plugin.initialize([])
        let address = try await hub.start(on: .tcp(host: "127.0.0.1", port: 0), tls: nil)
        let envelope = [UInt8](repeating: 0, count: 21)
        let row = try await self.measure("guest", on: group, port: address?.port ?? 0) {
            _ = try await plugin.call(.step(byteCount: envelope.count), bytes: envelope)
        }
        await plugin.close()
        await hub.drain(within: .milliseconds(100))
        try await group.shutdownGracefully()
        return row
    }

    /// Emits one event in each step.
    private static var module: String {
        let record = "\\82\\a4path\\a7/events\\a4data\\d9@\(Self.data)"
        return """
            (module
              (import "pulp" "sse_register" (func $register (param i32 i32) (result i32)))
              (import "pulp" "sse_emit" (func $emit (param i32 i32) (result i32)))
              (memory (export "memory") 1)
              (data (i32.const 0) "/events")
              (data (i32.const 64) "\(record)")
              (func (export "pulp_alloc") (param i32) (result i32) (i32.const 1024))
              (func (export "pulp_init") (param i32 i32) (result i32) (call $register (i32.const 0) (i32.const 7)))
              (func (export "pulp_shutdown") (result i32) (i32.const 0))
              (func (export "pulp_step") (param i32 i32) (result i32) (call $emit (i32.const 64) (i32.const 85))))
            """
    }

    // MARK: Measuring

    private func measure(
        _ what: String, on group: MultiThreadedEventLoopGroup, port: Int, emit: () async throws -> Void
    ) async throws -> Row {
        let before = Self.residentBytes
        let clients = try (0..<self.subscribers).map { _ in try StreamSocket(port: port) }
        defer { for client in clients { client.close() } }
        for client in clients { try client.readHead() }
        let perSubscriber = Double(Self.residentBytes - before) / Double(self.subscribers)
        let count = Self.chunk.utf8.count
        var times: [Double] = []
        var cpu = 0.0
        for round in 0..<(self.rounds + 20) {
            // The first rounds warm up.
            if round == 20 { cpu = try await Self.processorTime(of: group) }
            let start = ContinuousClock.now
            try await emit()
            for client in clients { try client.read(count) }
            let spent = ContinuousClock.now - start
            if round >= 20 { times.append(Double(spent.components.attoseconds) / 1e15) }
        }
        cpu = try await Self.processorTime(of: group) - cpu
        times.sort()
        return Row(
            what: what, medianMilliseconds: times[times.count / 2], fastestMilliseconds: times[0],
            serverMilliseconds: cpu / Double(self.rounds), p99Milliseconds: times[times.count * 99 / 100],
            bytesPerSubscriber: perSubscriber)
    }

    /// Milliseconds that the threads of the loops have used.
    private static func processorTime(of group: MultiThreadedEventLoopGroup) async throws -> Double {
        var total = 0.0
        for loop in group.makeIterator() {
            total += try await loop.submit {
                var time = timespec()
                unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
                return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
            }.get()
        }
        return total
    }

    private static var residentBytes: Int {
        let fields = ((try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? "").split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}

/// The yardstick's connections, by their loops.
private final class KeptChannels: Sendable {
    private let channels = Mutex<[any Channel]>([])

    func add(_ channel: any Channel) { self.channels.withLock { $0.append(channel) } }

    var byLoop: [(any EventLoop, [any Channel])] {
        let all = self.channels.withLock { $0 }
        return Dictionary(grouping: all) { ObjectIdentifier($0.eventLoop) }.values.compactMap { channels in
            channels.first.map { ($0.eventLoop, channels) }
        }
    }
}

/// Answers any request with a head, and keeps the connection.
private final class HeadOnly: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let kept: KeptChannels

    init(_ kept: KeptChannels) {
        self.kept = kept
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.kept.add(context.channel)
        context.writeAndFlush(NIOAny(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n")), promise: nil)
    }
}
