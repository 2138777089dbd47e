import NIOCore
import NIOHTTP1
import NIOPosix
import Pulp
import PulpEgress
import Synchronization

/// A fetch that the plugin made.
struct MadeFetch: Hashable, Sendable {
    var method: String
    var url: String
    var headers: [TestHeader]
    var body: [UInt8]

    var words: String { "\(Shown.line(self.method)) \(Shown.line(self.url))" }
}

/// Answers the plugin's fetches from the test's list, on a socket file of this machine.
final class CannedServer: Sendable {
    private struct State {
        var list: [CannedFetch] = []
        var uses: [Int: Int] = [:]
        var made: [MadeFetch] = []
        var unexpected: [MadeFetch] = []
        /// Of all bodies.
        var byteCount = 0
        var channel: (any Channel)?
    }

    /// Larger bodies are not read.
    fileprivate static let largestBody = 64 << 20
    /// What is kept of all bodies together.
    static let mostBytes = 256 << 20

    private let signal: Signal
    private let state = Mutex(State())

    init(_ list: [CannedFetch], signal: Signal) {
        self.signal = signal
        self.state.withLock { $0.list = list }
    }

    func start(path: String, loop: any EventLoop) async throws {
        let channel = try await ServerBootstrap(group: loop)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(Connection(server: self))
                }
            }
            .bind(unixDomainSocketPath: path).get()
        self.state.withLock { $0.channel = channel }
    }

    func stop() async {
        let channel = self.state.withLock { $0.channel }
        try? await channel?.close()
    }

    /// All fetches so far.
    var made: [MadeFetch] { self.state.withLock { $0.made } }
    /// Those that nobody had answered for.
    var unexpected: [MadeFetch] { self.state.withLock { $0.unexpected } }

    /// More has come than is kept; what came since was not answered.
    var isOverfull: Bool { self.state.withLock { $0.byteCount > Self.mostBytes } }

    /// Adds answers before those that are there.
    func add(_ canned: CannedFetch) {
        self.state.withLock { state in
            state.uses = Dictionary(uniqueKeysWithValues: state.uses.map { ($0.key + 1, $0.value) })
            state.list.insert(canned, at: 0)
        }
    }

    fileprivate func answer(_ fetch: MadeFetch) -> CannedFetch? {
        defer { self.signal.fire() }
        return self.state.withLock { state in
            state.byteCount += fetch.body.count
            guard state.byteCount <= Self.mostBytes else { return nil }
            state.made.append(fetch)
            for (index, canned) in state.list.enumerated() {
                guard canned.method == fetch.method || canned.method == "*",
                    Self.fits(canned.pattern, fetch.url), state.uses[index, default: 0] < canned.times ?? .max
                else { continue }
                state.uses[index, default: 0] += 1
                return canned
            }
            state.unexpected.append(fetch)
            return nil
        }
    }

    /// Whether `text` is `pattern`, in which `*` stands for any characters. Linear but for the stars.
    static func fits(_ pattern: String, _ text: String) -> Bool {
        let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
        var (index, place) = (0, 0)
        var star: (index: Int, place: Int)?
        while place < text.count {
            if index < pattern.count, pattern[index] == UInt8(ascii: "*") {
                star = (index, place)
                index += 1
            } else if index < pattern.count, pattern[index] == text[place] {
                index += 1
                place += 1
            } else if let (starIndex, starPlace) = star {
                star = (starIndex, starPlace + 1)
                (index, place) = (starIndex + 1, starPlace + 1)
            } else {
                return false
            }
        }
        return pattern[index...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// One connection of the plugin's. Confined to its loop.
private final class Connection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let server: CannedServer
    private var fetch: MadeFetch?

    init(server: CannedServer) {
        self.server = server
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch self.unwrapInboundIn(data) {
        case .head(let head):
            let ours = [
                FetchDetourHeader.url.lowercased(), "host", "connection", "content-length", "transfer-encoding",
            ]
            self.fetch = MadeFetch(
                method: head.method.rawValue, url: head.headers.first(name: FetchDetourHeader.url) ?? head.uri,
                headers: head.headers.filter { !ours.contains($0.name.lowercased()) }
                    .map { TestHeader(name: $0.name, value: $0.value) },
                body: [])
        case .body(let part):
            guard (self.fetch?.body.count ?? 0) + part.readableBytes <= CannedServer.largestBody else {
                return context.close(promise: nil)
            }
            self.fetch?.body += part.readableBytesView
        case .end:
            guard let fetch = self.fetch else { return }
            self.fetch = nil
            self.answer(fetch, context)
        }
    }

    private func answer(_ fetch: MadeFetch, _ context: ChannelHandlerContext) {
        guard let canned = self.server.answer(fetch) else {
            let body = Array("no answer of the test fits\n".utf8)
            return self.send(502, [TestHeader(name: "Content-Type", value: "text/plain")], body, fetch, context)
        }
        guard !canned.fails else { return context.close(promise: nil) }
        self.send(canned.status, canned.headers, canned.body, fetch, context)
    }

    private func send(
        _ status: Int, _ fields: [TestHeader], _ body: [UInt8], _ fetch: MadeFetch, _ context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders(fields.map { ($0.name, $0.value) })
        if !headers.contains(name: "Content-Length"), status != 204, status != 304 {
            headers.add(name: "Content-Length", value: "\(body.count)")
        }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        context.write(self.wrapOutboundOut(.head(head)), promise: nil)
        if !body.isEmpty, fetch.method != "HEAD", status != 204, status != 304 {
            context.write(self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        }
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }
}

/// Every name leads to one public address: no name server is asked.
struct CannedNames: HostResolver {
    func addresses(of name: String, on loop: any EventLoop) -> EventLoopFuture<[IPAddress]> {
        if name == "localhost" || name.hasSuffix(".localhost") {
            return loop.makeSucceededFuture([IPAddress("127.0.0.1")].compactMap { $0 })
        }
        // Of a network that is public and is nobody's server for tests to reach: nothing connects to it.
        return loop.makeSucceededFuture([IPAddress("93.184.216.34")].compactMap { $0 })
    }
}
