import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpEngine
import PulpListener
import PulpWebSocket

/// The servers that `pulp bench websocket` compares, each in a process of its own.
package enum WebSocketServer: String, CaseIterable, Sendable {
    /// The listener and its frames with an echo in Swift: everything but the plugin.
    case native = "websocket-native"
    /// The listener with a guest that echoes: one instance.
    case guest = "websocket-guest"

    /// Serves until the process is ended; prints the port on standard output.
    package func run(manifest: String, threads: Int) async throws {
        OpenFiles.raiseLimit()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        var logger = Logger(label: "pulp.bench")
        logger.logLevel = .warning
        var limits = ListenerConfiguration.Limits()
        limits.connections = 15_000
        let hub = ListenerHub(group: group, limits: limits, logger: logger)
        var plugin: RunningPlugin?
        switch self {
        case .native:
            try hub.defaultRoutes?.register(.webSocket, pattern: "/ws", owner: NativeWebSocketOwner())
        case .guest:
            var spec = try Manifest.load(path: manifest, knownCapabilities: nil).spec
            spec.capabilityLimits["transport.ws.inbound"] = [
                CapabilitySetting(name: "max_connections", value: .integer(15_000))
            ]
            let loaded = try await RunningPlugin.load(
                spec, registry: Registry.builtins(listeners: hub, storage: nil),
                environment: try PulpEnvironment.shared(logger: logger, group: group))
            try await loaded.initialize(spec.config)
            plugin = loaded
        }
        let address = try await hub.start(on: .tcp(host: "127.0.0.1", port: 0), tls: nil)
        print(address?.port ?? 0)
        fflush(nil)
        // Until the parent ends this process.
        try await group.next().makePromise(of: Void.self).futureResult.get()
        await plugin?.close()
    }
}

/// Echoes as the guest does, without one: the same handshake, the same frames, no rule about closing.
private final class NativeWebSocketOwner: RouteOwner {
    let maxBodyBytes = 0

    func serve(_ exchange: HTTPExchange) {
        do {
            let handshake = try WebSocketHandshake(exchange)
            let response = handshake.response
            try exchange.takeOver { channel, leftover in
                try channel.pipeline.syncOperations.addHandler(NativeWebSocket())
                channel.writeAndFlush(response, promise: nil)
                channel.pipeline.fireChannelRead(leftover)
            }
        } catch {
            exchange.fail(.problem(400, detail: "\(error)"))
        }
    }
}

private final class NativeWebSocket: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var reader = MessageReader(maximumMessageBytes: 1 << 20)
    private var input = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = self.unwrapInboundIn(data)
        if self.input.readableBytes == 0 {
            self.input = bytes
        } else {
            self.input.writeBuffer(&bytes)
        }
        do {
            while let piece = try self.reader.next(&self.input) {
                guard case .message(let opcode, let payload) = piece else { continue }
                let frame = ServerFrame.message(opcode: opcode, payload.readableBytesSpan)
                context.write(self.wrapOutboundOut(frame), promise: nil)
            }
        } catch {
            context.close(promise: nil)
        }
        if self.input.readableBytes == 0 { self.input = ByteBuffer() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }
}

/// The limit of open files of this process.
enum OpenFiles {
    /// Raises it as far as the system lets everybody.
    static func raiseLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
