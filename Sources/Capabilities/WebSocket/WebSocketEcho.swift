import NIOCore
import PulpListener

/// Echoes without a guest, by the same handshake and the same frames: what a benchmark compares a guest's echo with.
package final class WebSocketEcho: RouteOwner {
    package let maxBodyBytes = 0

    package init() {}

    package func serve(_ exchange: HTTPExchange) {
        do {
            let handshake = try WebSocketHandshake(exchange)
            let response = handshake.response
            try exchange.takeOver { channel, leftover in
                try channel.pipeline.syncOperations.addHandler(EchoHandler())
                channel.writeAndFlush(response, promise: nil)
                channel.pipeline.fireChannelRead(leftover)
            }
        } catch {
            exchange.fail(.problem(400, detail: "\(error)"))
        }
    }
}

/// As little as can be: no limit but the reader's, no rule about closing.
private final class EchoHandler: ChannelInboundHandler {
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
