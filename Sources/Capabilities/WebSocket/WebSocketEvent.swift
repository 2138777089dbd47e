import NIOCore
import PulpCapability
import PulpWire
import Synchronization

/// What happened on a connection, on its way to the plugin.
///
/// One is under way for each connection at a time, so that they are stepped in their order whatever the mailbox answers.
final class WebSocketEvent: GuestEvent, @unchecked Sendable {
    enum Body {
        case open(WebSocketOpenRecord)
        case message(opcode: UInt8, ByteBuffer)
        case close(code: UInt16, reason: String)
    }

    let body: Body
    let connection: WebSocketConnection
    /// Whether each event has an instance of its own, which no other event is for.
    private let isPerEvent: Bool
    /// Whether an instance has taken it: what fails before is tried again.
    private let isBegun = Atomic<Bool>(false)
    /// Where the step has put what it sends, to leave when the guest pauses. Touched on the stepping loop only, which is
    /// what makes the class sendable; the rest is constant or atomic.
    private var sends: WebSocketSends?

    init(_ body: Body, of connection: WebSocketConnection) {
        self.body = body
        self.connection = connection
        self.isPerEvent = connection.session.scope.isPerEvent
    }

    var hasBegun: Bool { self.isBegun.load(ordering: .acquiring) }

    /// Bytes that are kept for it.
    var byteCount: Int {
        if case .message(_, let payload) = self.body { payload.readableBytes } else { 0 }
    }

    var isClose: Bool { if case .close = self.body { true } else { false } }

    /// Leaves it to the step to send what has been put there.
    func sendsWhenPaused(_ sends: WebSocketSends) {
        self.sends = sends
    }

    // MARK: GuestEvent

    var kind: StepEventKind {
        switch self.body {
        case .open: .webSocketOpen
        case .message: .webSocketFrame
        case .close: .webSocketClose
        }
    }

    var payloadByteBound: Int {
        // Three keys, their markers and integers; the longest of them below.
        if case .message(_, let payload) = self.body { return 48 + payload.readableBytes }
        return MessagePackWriter.byteCount { self.writePayload(into: &$0) }
    }

    func writePayload(into writer: inout MessagePackWriter) {
        switch self.body {
        case .open(let record): record.encode(into: &writer)
        case .message(let opcode, let payload):
            WebSocketFrameRecord.writeStart(connID: self.connection.id, opcode: opcode, into: &writer)
            unsafe payload.withUnsafeReadableBytes { unsafe writer.writeBinary($0) }
        case .close(let code, let reason):
            WebSocketCloseRecord(connID: self.connection.id, code: code, reason: reason).encode(into: &writer)
        }
    }

    func began(on instance: InstanceID) {
        self.isBegun.store(true, ordering: .releasing)
        if case .open = self.body, !self.isPerEvent { self.connection.began(on: instance) }
    }

    func flush() {
        guard let sends = self.sends else { return }
        self.sends = nil
        sends.leave()
    }

    func finished(_ outcome: StepOutcome) {
        self.flush()
        let connection = self.connection
        if connection.eventLoop.inEventLoop {
            connection.eventEnded(self, outcome)
        } else {
            connection.eventLoop.execute { connection.eventEnded(self, outcome) }
        }
    }
}
