import Logging
import NIOCore
import NIOSSL
import NIOTLS

/// Puts the handlers of a new connection in place. Called on its loop.
enum ConnectionSetup {
    static func configure(_ channel: any Channel, loop: ListenerLoop, certificates: CertificateStore?) throws {
        let pipeline = channel.pipeline.syncOperations
        guard let certificates else {
            return try pipeline.addHandler(HTTP1Connection(loop: loop, isTLS: false))
        }
        try pipeline.addHandler(NIOSSLServerHandler(context: certificates.context))
        try pipeline.addHandler(HandshakeGate(loop: loop))
    }
}

/// Waits for the TLS handshake, bounded in time, and then puts the protocol that was agreed on in its own place.
final class HandshakeGate: ChannelInboundHandler, RemovableChannelHandler, SweptConnection {
    typealias InboundIn = ByteBuffer

    var slot = -1
    private let loop: ListenerLoop
    private var context: ChannelHandlerContext?
    private var since: NIODeadline

    init(loop: ListenerLoop) {
        self.loop = loop
        self.since = loop.coarseNow
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        self.loop.add(self)
        self.since = self.loop.coarseNow
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.loop.remove(self)
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.loop.remove(self)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.loop.logger.debug("a TLS handshake failed", metadata: ["reason": "\(error)"])
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let agreed)? = event as? TLSUserEvent else {
            if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
            return context.fireUserInboundEventTriggered(event)
        }
        let pipeline = context.pipeline.syncOperations
        do {
            if agreed == "h2" {
                try HTTP2Connection.install(on: context.channel, loop: self.loop)
            } else {
                try pipeline.addHandler(HTTP1Connection(loop: self.loop, isTLS: true))
            }
        } catch {
            return context.close(promise: nil)
        }
        pipeline.removeHandler(self, promise: nil)
    }

    func sweep(_ now: NIODeadline) {
        guard now - self.since > self.loop.limits.handshakeDeadline + self.loop.limits.sweepInterval else { return }
        LoopCounters.count(self.loop.counters.timedOut)
        self.closeNow()
    }

    func drain() { self.closeNow() }

    func closeNow() { self.context?.close(promise: nil) }
}
