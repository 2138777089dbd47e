import NIOCore
import NIOHTTP1
import PulpCapability

/// The answer to a call, as it comes. The connection is read only as fast as this is.
struct EngineBody {
    typealias Parts = NIOAsyncChannelInboundStream<HTTPClientResponsePart>.AsyncIterator

    /// Bytes of a refusal that are looked at.
    private static let refusalLimit = 64 << 10
    /// Bytes of its reason that are kept.
    private static let messageLimit = 512

    private var parts: Parts
    private(set) var status: UInt = 0
    private var isAtEnd = false

    init(_ parts: Parts) {
        self.parts = parts
    }

    /// Reads the head.
    ///
    /// - Throws: ``EngineFault/refused(status:message:)`` for every status that is not of success.
    mutating func readHead() async throws {
        guard case .head(let head)? = try await self.parts.next() else { throw EngineFault.gone }
        self.status = head.status.code
        guard 200..<400 ~= self.status else {
            throw EngineFault.refused(status: self.status, message: await self.refusal())
        }
    }

    /// The next bytes; nil at the end.
    ///
    /// - Throws: ``EngineFault/gone`` when the connection ended before the answer did.
    mutating func next() async throws -> ByteBuffer? {
        guard !self.isAtEnd else { return nil }
        while let part = try await self.parts.next() {
            switch part {
            case .head: continue
            case .body(let bytes): return bytes
            case .end:
                self.isAtEnd = true
                return nil
            }
        }
        throw EngineFault.gone
    }

    /// All that is left.
    mutating func collect(_ limit: Int) async throws -> ByteBuffer {
        var all = ByteBuffer()
        while var bytes = try await self.next() {
            guard all.readableBytes + bytes.readableBytes <= limit else { throw EngineFault.tooLarge(limit: limit) }
            all.writeBuffer(&bytes)
        }
        return all
    }

    private mutating func refusal() async -> String {
        struct Refusal: Decodable {
            let message: String
        }
        guard let bytes = try? await self.collect(Self.refusalLimit),
            let refusal = try? EngineClient.decode(bytes, as: Refusal.self)
        else { return "without a reason" }
        return LogText.printable(refusal.message, limit: Self.messageLimit)
    }
}
