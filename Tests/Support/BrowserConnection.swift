import NIOCore
import NIOPosix
import Synchronization

/// The DevTools protocol over pipes: JSON messages with a NUL after each, answers found by their id.
final class BrowserConnection: Sendable {
    private let channel: any Channel
    private let calls: NIOLoopBound<BrowserCalls>
    private let complaint: @Sendable () -> String

    /// Longer than anything takes on a busy machine.
    private static let patience = TimeAmount.seconds(60)

    private init(
        _ channel: any Channel, _ calls: NIOLoopBound<BrowserCalls>, complaint: @escaping @Sendable () -> String
    ) {
        self.channel = channel
        self.calls = calls
        self.complaint = complaint
    }

    /// - Parameter complaint: What the browser has said on its standard error, for errors.
    static func open(
        reading events: CInt, writing commands: CInt, complaint: @escaping @Sendable () -> String
    ) async throws -> BrowserConnection {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let calls = try await loop.submit { NIOLoopBound(BrowserCalls(), eventLoop: loop) }.get()
        let channel = try await NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(calls.value)
                }
            }.takingOwnershipOfDescriptors(input: events, output: commands).get()
        return BrowserConnection(channel, calls, complaint: complaint)
    }

    /// Calls a method and waits for what it answers.
    ///
    /// - Throws: ``BrowserError`` with the method's name: refused, no answer in time, or the browser has gone.
    @discardableResult
    func call(_ method: String, _ parameters: JSON = [:], session: String? = nil) async throws -> JSON {
        let loop = self.channel.eventLoop
        let promise = loop.makePromise(of: JSON.self)
        let late = loop.scheduleTask(in: Self.patience) {
            promise.fail(BrowserError("no answer within \(Self.patience)"))
        }
        let (calls, channel) = (self.calls, self.channel)
        loop.execute {
            var message: [String: JSON] = ["method": .string(method), "params": parameters]
            message["id"] = .number(Double(calls.value.add(promise)))
            if let session { message["sessionId"] = .string(session) }
            do {
                let text = try JSON.object(message).text()
                channel.writeAndFlush(ByteBuffer(bytes: text + [0]), promise: nil)
            } catch {
                promise.fail(error)
            }
        }
        defer { late.cancel() }
        do {
            return try await promise.futureResult.get()
        } catch {
            throw BrowserError("\(method): \(error)\n\(self.complaint())")
        }
    }

    /// Has `handler` called with every event of a session, on the connection's loop.
    func observe(_ session: String, _ handler: @escaping @Sendable (_ method: String, _ parameters: JSON) -> Void) {
        let calls = self.calls
        self.channel.eventLoop.execute { calls.value.observers[session] = handler }
    }

    func close() async {
        try? await self.channel.close().get()
    }
}

/// The calls that wait for their answers. Confined to its loop.
private final class BrowserCalls: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    var observers: [String: (String, JSON) -> Void] = [:]
    private var waiting: [Int: EventLoopPromise<JSON>] = [:]
    private var lastCall = 0
    private var isClosed = false
    private var received: [UInt8] = []

    /// The id under which the answer will come.
    func add(_ promise: EventLoopPromise<JSON>) -> Int {
        self.lastCall += 1
        if self.isClosed { promise.fail(BrowserError("the browser has gone")) }
        self.waiting[self.lastCall] = promise
        return self.lastCall
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = self.unwrapInboundIn(data)
        var start = self.received.count
        self.received += bytes.readableBytesView
        var taken = 0
        while let end = self.received[start...].firstIndex(of: 0) {
            self.take([UInt8](self.received[taken..<end]))
            taken = end + 1
            start = taken
        }
        self.received.removeFirst(taken)
    }

    private func take(_ bytes: [UInt8]) {
        guard let message = try? JSON(text: bytes) else { return }
        if let id = message["id"]?.number, let promise = self.waiting.removeValue(forKey: Int(id)) {
            if let error = message["error"] {
                promise.fail(BrowserError(error["message"]?.string ?? "refused"))
            } else {
                promise.succeed(message["result"] ?? .null)
            }
        } else if let method = message["method"]?.string, let session = message["sessionId"]?.string {
            self.observers[session]?(method, message["params"] ?? .null)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.isClosed = true
        for promise in self.waiting.values { promise.fail(BrowserError("the browser has gone")) }
        self.waiting = [:]
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
