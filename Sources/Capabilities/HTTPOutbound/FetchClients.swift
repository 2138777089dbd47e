import AsyncHTTPClient
import NIOCore
import NIOSSL
import PulpEgress
import Synchronization

/// The connections of one plugin.
///
/// async-http-client resolves names itself, and asks nobody about the addresses. So every host has a client of its own
/// on each loop, which knows the host's name by one checked address and can connect to nothing else: `Host`, SNI and the
/// certificate's check go by the name. A client keeps its connections alive as any pool does.
///
/// - SeeAlso: `docs/decisions/0014-outbound-http.md`.
final class FetchClients: Sendable {
    /// A client that is bound to one address.
    final class Pinned: Sendable {
        let client: HTTPClient
        let address: IPAddress
        fileprivate let host: Host

        fileprivate init(_ client: HTTPClient, _ host: Host, _ address: IPAddress) {
            self.client = client
            self.host = host
            self.address = address
        }
    }

    fileprivate struct Host: Hashable {
        let loop: ObjectIdentifier
        let name: String
    }

    fileprivate struct Use {
        let pinned: Pinned
        var count = 0
        var isRetired = false
        /// When the host's name was last resolved to this address.
        var resolved: NIODeadline
        var last: NIODeadline
    }

    fileprivate struct State {
        var uses: [ObjectIdentifier: Use] = [:]
        var current: [Host: Pinned] = [:]
        var isClosed = false
    }

    /// Hosts that keep idle connections; one more drops those of the host that was used longest ago.
    static let maximumHosts = 64
    /// How long a name's address is taken as known, so that not every request asks the resolver.
    static let addressLifetime = TimeAmount.seconds(30)

    private let limits: HTTPOutboundLimits
    private let tls: TLSConfiguration?
    private let isDetoured: Bool
    private let state = Mutex(State())

    init(_ limits: HTTPOutboundLimits, tls: TLSConfiguration?, isDetoured: Bool) {
        self.isDetoured = isDetoured
        self.limits = limits
        self.tls = tls
    }

    /// Lends the host's client when its address was resolved a short while ago. Each loan ends with ``giveBack(_:)``.
    func known(_ name: String, on loop: any EventLoop) -> Pinned? {
        let now = loop.now
        return self.state.withLock { state in
            guard let pinned = state.current[Host(loop: ObjectIdentifier(loop), name: name)],
                let use = state.uses[ObjectIdentifier(pinned)], now - use.resolved < Self.addressLifetime
            else { return nil }
            state.uses[ObjectIdentifier(pinned)]?.count += 1
            state.uses[ObjectIdentifier(pinned)]?.last = now
            return pinned
        }
    }

    /// Lends a client of the host that connects to `address`; nil when the plugin is being closed.
    func client(_ name: String, at address: IPAddress, on loop: any EventLoop) -> Pinned? {
        let host = Host(loop: ObjectIdentifier(loop), name: name)
        let now = loop.now
        let (pinned, unused) = self.state.withLock { state -> (Pinned?, [Pinned]) in
            guard !state.isClosed else { return (nil, []) }
            if let pinned = state.current[host], pinned.address == address {
                state.uses[ObjectIdentifier(pinned)]?.count += 1
                state.uses[ObjectIdentifier(pinned)]?.resolved = now
                state.uses[ObjectIdentifier(pinned)]?.last = now
                return (pinned, [])
            }
            var unused = state.current[host].flatMap { state.retire($0) }.map { [$0] } ?? []
            if state.current.count >= Self.maximumHosts, let oldest = state.longestUnused {
                if let dropped = state.retire(oldest) { unused.append(dropped) }
            }
            let pinned = Pinned(self.makeClient(name, address, loop), host, address)
            state.current[host] = pinned
            state.uses[ObjectIdentifier(pinned)] = Use(pinned: pinned, count: 1, resolved: now, last: now)
            return (pinned, unused)
        }
        for client in unused { Self.shutDown(client) }
        return pinned
    }

    /// The address did not answer: the name is resolved anew next time.
    func distrust(_ pinned: Pinned) {
        self.state.withLock { state in
            state.uses[ObjectIdentifier(pinned)]?.resolved = .now() - Self.addressLifetime
        }
    }

    func giveBack(_ pinned: Pinned) {
        let unused = self.state.withLock { state -> Pinned? in
            guard var use = state.uses[ObjectIdentifier(pinned)] else { return nil }
            use.count -= 1
            let isUnused = use.isRetired && use.count == 0
            state.uses[ObjectIdentifier(pinned)] = isUnused ? nil : use
            return isUnused ? pinned : nil
        }
        if let unused { Self.shutDown(unused) }
    }

    /// Closes every connection, used or not.
    func close() async {
        let all = self.state.withLock { state in
            state.isClosed = true
            defer { (state.uses, state.current) = ([:], [:]) }
            return state.uses.values.map(\.pinned)
        }
        for pinned in all { try? await pinned.client.shutdown() }
    }

    private static func shutDown(_ pinned: Pinned) {
        // Nothing is in use: what can fail is a second shutdown, and there is none.
        _ = pinned.client.shutdown() as EventLoopFuture<Void>
    }

    private func makeClient(_ name: String, _ address: IPAddress, _ loop: any EventLoop) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: self.tls, redirectConfiguration: .disallow,
            timeout: .init(connect: self.limits.connectTimeout),
            connectionPool: .init(idleTimeout: .seconds(90), concurrentHTTP1ConnectionsPerHostSoftLimit: 64),
            proxy: nil, decompression: .disabled)
        configuration.connectionPool.retryConnectionEstablishment = false
        if IPAddress(name) == nil { configuration.dnsOverride = [name: "\(address)"] }
        // The address was checked before the connection; this holds that the connection went there, whatever the
        // client does in a later version.
        let check: @Sendable (any Channel) -> EventLoopFuture<Void> = { channel in
            if let remote = channel.remoteAddress?.ipAddress.flatMap({ IPAddress($0) }), remote == address {
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            return channel.close().flatMapThrowing {
                throw FetchFailure(.blocked, "the connection did not go to the address that was checked")
            }
        }
        // A test's server stands in for all addresses.
        if !self.isDetoured {
            configuration.http1_1ConnectionDebugInitializer = check
            configuration.http2ConnectionDebugInitializer = check
        }
        return HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: configuration)
    }
}

extension FetchClients.State {
    fileprivate var longestUnused: FetchClients.Pinned? {
        self.uses.values.filter { !$0.isRetired && $0.count == 0 }.min { $0.last < $1.last }?.pinned
    }

    /// Takes a client out of use; given back when nobody has it, so that it can be shut down.
    fileprivate mutating func retire(_ pinned: FetchClients.Pinned) -> FetchClients.Pinned? {
        self.current[pinned.host] = nil
        guard let use = self.uses[ObjectIdentifier(pinned)] else { return nil }
        guard use.count == 0 else {
            self.uses[ObjectIdentifier(pinned)]?.isRetired = true
            return nil
        }
        self.uses[ObjectIdentifier(pinned)] = nil
        return pinned
    }
}
