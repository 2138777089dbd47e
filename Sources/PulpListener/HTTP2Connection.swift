import Logging
import NIOCore
import NIOHTTP2

/// The connection as a whole under HTTP/2: limits against floods, idle time, GOAWAY on draining.
///
/// Frames are NIOHTTP2's affair, with its limits on resets, control frames, empty DATA and CONTINUATION turned on and
/// tighter where we know better; each stream is one ``HTTP2Stream``.
final class HTTP2Connection: ChannelInboundHandler, SweptConnection {
    typealias InboundIn = HTTP2Frame

    let loop: ListenerLoop
    var slot = -1
    let remoteAddress: String
    private var context: ChannelHandlerContext?
    private var streams: [ObjectIdentifier: HTTP2Stream] = [:]
    private var idleSince: NIODeadline
    private var isQuiescing = false

    init(loop: ListenerLoop, remoteAddress: String) {
        self.loop = loop
        self.remoteAddress = remoteAddress
        self.idleSince = loop.coarseNow
    }

    static func install(on channel: any Channel, loop: ListenerLoop) throws {
        let pipeline = channel.pipeline.syncOperations
        let connection = HTTP2Connection(loop: loop, remoteAddress: channel.remoteAddress?.clientText ?? "")
        let lifecycle = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(maxIdleTime: nil, maxAge: nil, maxGraceTime: nil, keepalive: nil))
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let frames = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: Self.limits(loop.limits),
            streamConfiguration: .init(), streamDelegate: lifecycle.http2StreamDelegate
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(HTTP2Stream(connection: bound.value))
            }
        }
        try pipeline.addHandlers([frames, lifecycle, connection])
    }

    private static func limits(_ limits: ListenerConfiguration.Limits) -> NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.concurrentStreams),
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.headerBytes),
            HTTP2Setting(parameter: .enablePush, value: 0),
        ]
        // Answers to PING and SETTINGS that the client does not read: enough for any honest one.
        configuration.maximumBufferedControlFrames = 1024
        return configuration
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.loop.add(self)
        self.idleSince = self.loop.coarseNow
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.loop.remove(self)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.loop.remove(self)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A client that will send no frame any more cannot open flow-control windows either.
        if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.loop.logger.debug("an HTTP/2 error", metadata: ["reason": "\(error)"])
        // What befalls one stream is told to it. Anything else has been answered with GOAWAY or RST_STREAM by now,
        // but not with a close, and a peer that floods or breaks the rules would go on.
        guard !(error is NIOHTTP2Errors.StreamError) else { return }
        context.close(promise: nil)
    }

    func add(_ stream: HTTP2Stream) {
        self.streams[ObjectIdentifier(stream)] = stream
    }

    func remove(_ stream: HTTP2Stream) {
        self.streams[ObjectIdentifier(stream)] = nil
        if self.streams.isEmpty { self.idleSince = self.loop.coarseNow }
    }

    func sweep(_ now: NIODeadline) {
        for stream in Array(self.streams.values) { stream.sweep(now) }
        let limits = self.loop.limits
        guard self.streams.isEmpty, now - self.idleSince > limits.idleTimeout + limits.sweepInterval else { return }
        // The second time round the client did not take the hint.
        if self.isQuiescing { self.closeNow() } else { self.quiesce(now) }
    }

    func drain() {
        self.quiesce(self.loop.coarseNow)
        for stream in Array(self.streams.values) { stream.drain() }
    }

    func closeNow() { self.context?.close(promise: nil) }

    private func quiesce(_ now: NIODeadline) {
        self.isQuiescing = true
        self.idleSince = now
        self.context?.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
}
