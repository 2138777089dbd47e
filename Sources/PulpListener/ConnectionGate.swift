import Logging
import NIOCore
import Synchronization

/// Counts the open connections of a listener and says when one more is too many.
final class ConnectionGate: Sendable {
    private let limit: Int
    private let logger: Logger
    private let count = Atomic(0)
    /// Set while the limit is reached, so that a flood is logged once.
    private let isFull = Atomic(false)

    init(limit: Int, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    var open: Int { self.count.load(ordering: .relaxed) }

    func enter() -> Bool {
        guard self.count.wrappingAdd(1, ordering: .relaxed).newValue <= self.limit else {
            self.count.wrappingSubtract(1, ordering: .relaxed)
            if !self.isFull.exchange(true, ordering: .relaxed) {
                self.logger.warning("connection limit reached, closing new ones", metadata: ["limit": "\(self.limit)"])
            }
            return false
        }
        return true
    }

    func leave() {
        let left = self.count.wrappingSubtract(1, ordering: .relaxed).newValue
        // A tenth of room before the next flood counts as another one.
        if left <= self.limit - max(self.limit / 10, 1) { self.isFull.store(false, ordering: .relaxed) }
    }
}

/// Stops accepting for a moment when the system has no file descriptors or memory left for another connection.
///
/// Without the pause the loop would spin: the socket stays readable as long as a connection waits.
final class AcceptPause: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = any Channel

    private let pause: TimeAmount
    private let logger: Logger
    private var isPaused = false
    private var isReadWanted = false
    /// Set from the first failure to the next accepted connection: one line in the log for a burst.
    private var isInBurst = false

    init(pause: TimeAmount, logger: Logger) {
        self.pause = pause
        self.logger = logger
    }

    func read(context: ChannelHandlerContext) {
        if self.isPaused {
            self.isReadWanted = true
        } else {
            context.read()
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isInBurst = false
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let failure = error as? IOError else {
            // A connection that could not be set up, or was one too many: it is closed, the listener goes on.
            self.logger.debug("a connection was not taken in", metadata: ["reason": "\(error)"])
            return
        }
        if !self.isInBurst {
            self.isInBurst = true
            self.logger.error(
                "cannot accept connections for now: raise the limit of open files, or lower the connection limit",
                metadata: ["reason": "\(failure)"])
        }
        guard !self.isPaused else { return }
        self.isPaused = true
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: self.pause) {
            let (handler, context) = bound.value
            handler.isPaused = false
            guard handler.isReadWanted else { return }
            handler.isReadWanted = false
            context.read()
        }
    }
}
