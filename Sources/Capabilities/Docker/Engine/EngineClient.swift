import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Speaks HTTP/1.1 to the Docker engine on its unix socket, one connection for each call.
///
/// A call that is cancelled or late closes its connection, which is all that the engine needs to be told. Nothing is
/// pooled: a connection to a unix socket costs a tenth of a millisecond, and an engine that was restarted leaves no
/// dead ones behind. See docs/decisions/0020.
struct EngineClient: Sendable {
    /// Bytes of an answer that is collected, when the call does not say otherwise.
    static let usualLimit = 4 << 20

    let socketPath: String
    let group: any EventLoopGroup

    /// Makes a call and collects its answer.
    ///
    /// - Throws: ``EngineFault``, or `CancellationError`.
    func call(
        _ request: EngineRequest, by deadline: NIODeadline?, limit: Int = Self.usualLimit
    ) async throws -> ByteBuffer {
        try await self.stream(request, by: deadline) { body in
            try await body.collect(limit)
        }
    }

    /// Makes a call and decodes its answer.
    func call<Answer: Decodable>(
        _ request: EngineRequest, by deadline: NIODeadline?, limit: Int = Self.usualLimit, as type: Answer.Type
    ) async throws -> Answer {
        let bytes = try await self.call(request, by: deadline, limit: limit)
        return try Self.decode(bytes, as: type)
    }

    static func decode<Answer: Decodable>(_ bytes: ByteBuffer, as type: Answer.Type) throws(EngineFault) -> Answer {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes.readableBytesView))
        } catch {
            throw .garbled("no JSON of the form of \(type)")
        }
    }

    /// Makes a call and lends its answer, as it comes, to `read`.
    func stream<Value>(
        _ request: EngineRequest, by deadline: NIODeadline?, _ read: (inout EngineBody) async throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let connection = try await self.connect()
        let isLate = Flag()
        let channel = connection.channel
        let alarm = deadline.map { deadline in
            channel.eventLoop.scheduleTask(deadline: deadline) {
                isLate.value.store(true, ordering: .relaxed)
                channel.close(promise: nil)
            }
        }
        defer { alarm?.cancel() }
        do {
            return try await connection.executeThenClose { inbound, outbound in
                let sent = await Self.send(request, to: outbound)
                var body = EngineBody(inbound.makeAsyncIterator())
                do {
                    try await body.readHead()
                    let value = try await read(&body)
                    // An answer that lasts until the connection ends looks whole when it was we who ended it.
                    guard !isLate.value.load(ordering: .relaxed) else { throw EngineFault.timedOut }
                    return value
                } catch let fault as EngineFault where fault == .gone {
                    // The reason why nothing could be sent says more than the silence that followed.
                    try sent.get()
                    throw fault
                }
            }
        } catch {
            try Task.checkCancellation()
            throw Self.fault(error, isLate: isLate.value.load(ordering: .relaxed))
        }
    }

    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, EngineRequestPart>

    private func connect() async throws -> Connection {
        do {
            return try await ClientBootstrap(group: self.group).connect(unixDomainSocketPath: self.socketPath) {
                channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(EngineRequestEncoder())
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        } catch {
            throw EngineFault.unreachable("\(self.socketPath): \(Self.reason(error))")
        }
    }

    private static func send(
        _ request: EngineRequest, to outbound: NIOAsyncChannelOutboundWriter<EngineRequestPart>
    ) async -> Result<Void, any Error> {
        do {
            try await outbound.write(.head(request.head))
            switch request.body {
            case .none: break
            case .bytes(_, let bytes): try await outbound.write(.body(bytes))
            case .stream(_, let next):
                while let chunk = try await next() { try await outbound.write(.body(chunk)) }
            }
            try await outbound.write(.end)
            return .success(())
        } catch {
            // An engine that refuses before it has read all may still say why.
            return .failure(error)
        }
    }

    private static func fault(_ error: any Error, isLate: Bool) -> any Error {
        if isLate { return EngineFault.timedOut }
        switch error {
        case is HTTPParserError: return EngineFault.garbled("\(error)")
        case is ChannelError, is IOError: return EngineFault.gone
        default: return error
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? IOError)?.errnoCode {
        case ENOENT: "there is no such socket; is the engine running?"
        case ECONNREFUSED: "nobody listens; is the engine running?"
        case EACCES: "permission denied; let this user into the socket's group"
        default: "\(error)"
        }
    }
}

/// What the alarm of a call tells its task.
private final class Flag: Sendable {
    let value = Atomic<Bool>(false)
}

/// A part of a request, as it goes between threads.
enum EngineRequestPart: Sendable {
    case head(HTTPRequestHead)
    case body(ByteBuffer)
    case end
}

/// Turns parts of a request into NIO's own, which may not go between threads.
private final class EngineRequestEncoder: ChannelOutboundHandler {
    typealias OutboundIn = EngineRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part: HTTPClientRequestPart =
            switch self.unwrapOutboundIn(data) {
            case .head(let head): .head(head)
            case .body(let bytes): .body(.byteBuffer(bytes))
            case .end: .end(nil)
            }
        context.write(self.wrapOutboundOut(part), promise: promise)
    }
}
