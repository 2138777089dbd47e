import NIOCore
import NIOPosix
import NIOSSL
import PulpCapability
import PulpEgress
import PulpHTTPOutbound
import PulpTesting
import PulpWire
import Synchronization

/// A resolver that answers what a test says: to each question the next list, the last one for ever.
final class FakeResolver: HostResolver {
    private let answers: Mutex<[String: [[IPAddress]]]>
    private let asked = Mutex<[String]>([])

    init(_ answers: [String: [[String]]] = [:]) {
        self.answers = Mutex(answers.mapValues { $0.map { $0.compactMap { IPAddress($0) } } })
    }

    var questions: [String] { self.asked.withLock { $0 } }

    func addresses(of name: String, on loop: any EventLoop) -> EventLoopFuture<[IPAddress]> {
        self.asked.withLock { $0.append(name) }
        let answer = self.answers.withLock { answers -> [IPAddress]? in
            guard let lists = answers[name], let first = lists.first else { return nil }
            if lists.count > 1 { answers[name]?.removeFirst() }
            return first
        }
        guard let answer else {
            return loop.makeFailedFuture(ResolutionError(name: name, reason: "there is no such name"))
        }
        return loop.makeSucceededFuture(answer)
    }
}

extension PluginSetting {
    /// A plugin that may connect to what `allow` lists, with these limits.
    static func fetching(
        allow: [String] = ["127.0.0.1"], internet: Bool = true, dialect: PluginScope.Dialect = .cell,
        limits: [String: Int64] = [:]
    ) -> PluginSetting {
        var setting = PluginSetting()
        setting.memoryBytes = 1 << 20
        setting.dialect = dialect
        setting.settings.set("allow", to: .strings(allow), in: "http")
        setting.settings.set("internet", to: .boolean(internet), in: "http")
        for (key, value) in limits {
            setting.settings.set(key, to: .integer(value), in: "limits.transport.http.outbound")
        }
        return setting
    }
}

extension HTTPOutboundCapability {
    static func testing(
        _ resolver: FakeResolver = FakeResolver(), hostRules: String = "", streams: BodyStreams = BodyStreams(),
        tls: TLSConfiguration? = nil
    ) -> HTTPOutboundCapability {
        HTTPOutboundCapability(resolver: resolver, hostRules: hostRules, streams: streams, tls: tls)
    }
}

/// A capability that is open for a plugin, on a real loop.
func withHarness<Result>(
    _ setting: PluginSetting = .fetching(), _ capability: HTTPOutboundCapability = .testing(),
    _ body: (Harness) async throws -> Result
) async throws -> Result {
    let harness = try await Harness(capability, setting, on: MultiThreadedEventLoopGroup.singleton.next())
    do {
        let result = try await body(harness)
        await harness.close()
        return result
    } catch {
        await harness.close()
        throw error
    }
}

extension Harness {
    func fetch(_ request: HTTPFetchRequest) async throws -> (status: Int32, response: HTTPFetchResponse?) {
        let reply = try await self.query("http_fetch", request)
        return (reply.status, reply.status == 0 ? try reply.decoded() : nil)
    }

    func get(_ url: String) async throws -> (status: Int32, response: HTTPFetchResponse?) {
        try await self.fetch(HTTPFetchRequest(url: url))
    }

    func begin(_ url: String) async throws -> (status: Int32, response: HTTPFetchResponse?) {
        let reply = try await self.query("http_fetch_begin", HTTPFetchRequest(url: url))
        return (reply.status, reply.status == 0 ? try reply.decoded() : nil)
    }

    func read(_ id: UInt64, max: UInt64 = 65_536) async throws -> HTTPFetchChunk {
        let pair = try await self.answer("http_fetch_read", [id & 0xffff_ffff, id >> 32, max])
        return try HTTPFetchChunk(decoding: pair)
    }

    func readAll(_ id: UInt64) async throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let chunk = try await self.read(id)
            all += chunk.bytes
            if chunk.eof || !chunk.err.isEmpty { return all }
        }
    }

    func closeStream(_ id: UInt64) async throws -> Int32 {
        try await self.call("http_fetch_close", id & 0xffff_ffff, id >> 32)
    }

    /// Why the last fetch failed.
    func lastError() async throws -> HTTPFetchError {
        try HTTPFetchError(decoding: try await self.answer("http_fetch_error", []))
    }

    /// Calls an import whose last two words are the out-pair.
    private func answer(_ name: String, _ words: [UInt64]) async throws -> [UInt8] {
        let status = try await self.start(name, words: words + [64, 68]).value()
        guard status == 0 else { throw Unexpected(status: status) }
        return try await self.withGuest { guest in
            let bytes = guest.read(Int(guest.word(at: 68)), at: Int(guest.word(at: 64)))
            guest.reset()
            return bytes
        }
    }
}

struct Unexpected: Error {
    let status: Int32
}

extension [UInt8] {
    var text: String { String(decoding: self, as: UTF8.self) }
}
