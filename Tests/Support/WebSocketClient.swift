import NIOCore
import NIOPosix
import Synchronization

/// A client that sends frames as a test says, right or wrong, and takes the server's apart.
package final class WebSocketClient: Sendable {
    package struct Frame: Hashable, Sendable, CustomStringConvertible {
        package var opcode: UInt8
        package var payload: [UInt8]
        package var isFinal = true

        package init(_ opcode: UInt8, _ payload: [UInt8]) {
            self.opcode = opcode
            self.payload = payload
        }

        package static func text(_ text: String) -> Frame { Frame(1, Array(text.utf8)) }
        package static func close(_ code: UInt16, _ reason: String = "") -> Frame {
            Frame(8, [UInt8(code >> 8), UInt8(code & 0xFF)] + Array(reason.utf8))
        }

        package var text: String { String(decoding: self.payload, as: UTF8.self) }
        /// Of a close frame that has one.
        package var code: UInt16? {
            guard self.opcode == 8, self.payload.count >= 2 else { return nil }
            return UInt16(self.payload[0]) << 8 | UInt16(self.payload[1])
        }

        package var description: String { "\(self.opcode):\(self.payload.count)b \(self.text.prefix(60))" }
    }

    /// The server answered with something else than 101.
    package struct Refused: Error {
        package let head: String
        package var status: Int { Int(self.head.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    }

    /// The connection ended before there was a frame.
    package struct Closed: Error {}

    private struct Inbox {
        var bytes: [UInt8] = []
        var isClosed = false
        /// Counts what came: whoever finds too little waits for the next.
        var arrivals = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    package let channel: any Channel
    /// The head of the server's answer.
    package let response: String
    private let inbox: InboxBox

    private init(_ channel: any Channel, _ inbox: InboxBox, response: String) {
        self.channel = channel
        self.inbox = inbox
        self.response = response
    }

    /// Connects and upgrades.
    ///
    /// - Parameters:
    ///   - headers: Lines after the usual ones.
    ///   - receiveBuffer: Bytes that the system keeps for a client that does not read.
    package static func open(
        _ address: SocketAddress, _ path: String = "/ws", headers: [String] = [], receiveBuffer: Int? = nil
    ) async throws -> WebSocketClient {
        let inbox = InboxBox()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Receiver(inbox))
                }
            }
        if let receiveBuffer {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: SocketOptionValue(receiveBuffer))
        }
        let channel = try await bootstrap.connect(to: address).get()
        let lines =
            [
                "GET \(path) HTTP/1.1", "Host: pulp.test", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
            ] + headers
        try await channel.writeAndFlush(ByteBuffer(string: lines.joined(separator: "\r\n") + "\r\n\r\n"))
        while true {
            let seen = inbox.arrivals
            if let head = inbox.takeHead() {
                guard head.hasPrefix("HTTP/1.1 101 ") else {
                    try? await channel.close()
                    throw Refused(head: head)
                }
                return WebSocketClient(channel, inbox, response: head)
            }
            if inbox.isClosed { throw Closed() }
            await inbox.wait(after: seen)
        }
    }

    // MARK: Sending

    /// One frame of a client: masked, in the shortest form, unless told otherwise.
    package static func bytes(
        _ frame: Frame, isFinal: Bool = true, reserved: UInt8 = 0, isMasked: Bool = true,
        mask: [UInt8] = [1, 2, 3, 254]
    ) -> [UInt8] {
        var bytes = [(isFinal ? 0x80 : 0) | reserved << 4 | frame.opcode]
        let bit: UInt8 = isMasked ? 0x80 : 0
        let count = frame.payload.count
        switch count {
        case ..<126: bytes.append(bit | UInt8(count))
        case ..<65_536: bytes += [bit | 126, UInt8(count >> 8), UInt8(count & 0xFF)]
        default: bytes += [bit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
        }
        guard isMasked else { return bytes + frame.payload }
        return bytes + mask + frame.payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    package func send(_ bytes: [UInt8]) async throws {
        try await self.channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    package func send(_ frame: Frame) async throws { try await self.send(Self.bytes(frame)) }
    package func send(_ text: String) async throws { try await self.send(.text(text)) }

    // MARK: Receiving

    /// The next frame of the server.
    package func next() async throws -> Frame {
        while true {
            let seen = self.inbox.arrivals
            if let frame = self.inbox.takeFrame() { return frame }
            if self.inbox.isClosed { throw Closed() }
            await self.inbox.wait(after: seen)
        }
    }

    /// The next frame, as text.
    package func text() async throws -> String { try await self.next().text }

    /// Waits for the server to end the connection; the frames that came before.
    package func rest() async -> [Frame] {
        var frames: [Frame] = []
        while let frame = try? await self.next() { frames.append(frame) }
        return frames
    }

    /// Whether the server has ended the connection.
    package var isClosed: Bool { self.inbox.isClosed }
    /// Bytes that came and were not taken.
    package var receivedBytes: Int { self.inbox.count }

    /// Says goodbye and waits for the end; the server's close frame, if it came.
    @discardableResult
    package func close(_ code: UInt16 = 1000) async throws -> Frame? {
        try await self.send(.close(code))
        return await self.rest().last { $0.opcode == 8 }
    }

    /// Goes without a word.
    package func drop() async { try? await self.channel.close() }

    fileprivate final class InboxBox: Sendable {
        private let state = Mutex(Inbox())

        var isClosed: Bool { self.state.withLock { $0.isClosed && $0.bytes.isEmpty } }
        var count: Int { self.state.withLock { $0.bytes.count } }
        var arrivals: Int { self.state.withLock { $0.arrivals } }

        func add(_ bytes: [UInt8], isClosed: Bool) {
            let waiters = self.state.withLock { state in
                state.bytes += bytes
                state.arrivals += 1
                state.isClosed = state.isClosed || isClosed
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }

        func wait(after seen: Int) async {
            await withCheckedContinuation { continuation in
                let isNews = self.state.withLock { state in
                    if state.isClosed || state.arrivals != seen { return true }
                    state.waiters.append(continuation)
                    return false
                }
                if isNews { continuation.resume() }
            }
        }

        func takeHead() -> String? {
            self.state.withLock { state in
                let end: [UInt8] = [13, 10, 13, 10]
                guard
                    let split = state.bytes.indices.first(where: {
                        state.bytes[$0] == 13 && state.bytes[$0...].starts(with: end)
                    })
                else { return nil }
                defer { state.bytes.removeFirst(split + 4) }
                return String(decoding: state.bytes[..<(split + 4)], as: UTF8.self)
            }
        }

        /// A truncated frame at the end of a connection is dropped.
        func takeFrame() -> Frame? {
            self.state.withLock { state in
                guard let (frame, used) = Self.parse(state.bytes) else {
                    if state.isClosed { state.bytes = [] }
                    return nil
                }
                state.bytes.removeFirst(used)
                return frame
            }
        }

        private static func parse(_ bytes: [UInt8]) -> (Frame, Int)? {
            guard bytes.count >= 2 else { return nil }
            let short = Int(bytes[1])
            let extra = short == 126 ? 2 : short == 127 ? 8 : 0
            guard short < 128, bytes.count >= 2 + extra else { return nil }
            let count = extra == 0 ? short : bytes[2..<2 + extra].reduce(0) { $0 << 8 | Int($1) }
            guard bytes.count >= 2 + extra + count else { return nil }
            var frame = Frame(bytes[0] & 0x0F, Array(bytes[(2 + extra)..<(2 + extra + count)]))
            frame.isFinal = bytes[0] & 0x80 != 0
            return (frame, 2 + extra + count)
        }
    }

    private final class Receiver: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let inbox: InboxBox

        init(_ inbox: InboxBox) {
            self.inbox = inbox
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            self.inbox.add(Array(self.unwrapInboundIn(data).readableBytesView), isClosed: false)
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.inbox.add([], isClosed: true)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
