import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Accepts connections on one address and hands their requests to the owners of the routes.
///
/// One server channel, connections spread over the loops of the group. Knows sockets and HTTP, nothing of plugins.
package final class Listener: Sendable {
    private enum State {
        case new
        case running(any Channel)
        case stopped
    }

    private let configuration: ListenerConfiguration
    private let group: any EventLoopGroup
    private let logger: Logger
    private let loops: [ObjectIdentifier: ListenerLoop]
    private let gate: ConnectionGate
    private let certificates: CertificateStore?
    private let state = Mutex(State.new)

    /// - Parameter wallClock: Seconds since 1970 UTC, for the `Date` header; called on the loops.
    /// - Throws: ``ListenerError`` when the certificate or the key cannot be used.
    package init(
        configuration: ListenerConfiguration, routes: RouteTable, group: any EventLoopGroup, logger: Logger,
        wallClock: @escaping @Sendable () -> Int64
    ) throws {
        self.configuration = configuration
        self.group = group
        self.logger = logger
        self.certificates = try configuration.tls.map(CertificateStore.init)
        self.gate = ConnectionGate(limit: configuration.limits.connections, logger: logger)
        var loops: [ObjectIdentifier: ListenerLoop] = [:]
        for eventLoop in group.makeIterator() {
            loops[ObjectIdentifier(eventLoop)] = ListenerLoop(
                eventLoop: eventLoop, limits: configuration.limits, routes: routes, logger: logger,
                wallClock: wallClock)
        }
        self.loops = loops
    }

    /// Binds and begins to accept.
    ///
    /// - Returns: The bound address, with the port that was taken when 0 was asked for.
    /// - Throws: ``ListenerError`` that names the address when it cannot be bound.
    @discardableResult
    package func start() async throws -> SocketAddress? {
        let channel: any Channel
        do {
            channel = try await self.bind()
        } catch {
            throw ListenerError("cannot listen on \(self.configuration.address): \(error)")
        }
        self.state.withLock { $0 = .running(channel) }
        return channel.localAddress
    }

    /// Closes the listening socket; open connections go on.
    package func stopAccepting() async {
        let channel = self.state.withLock { state -> (any Channel)? in
            guard case .running(let channel) = state else { return nil }
            state = .stopped
            return channel
        }
        guard let channel else { return }
        // An error means that it is closed already.
        try? await channel.close()
        if case .unix(let path) = self.configuration.address { UnixSocketFile.remove(path) }
    }

    /// Stops accepting, lets the requests in flight finish, closes idle connections, and after `deadline` the rest.
    ///
    /// Answers given meanwhile say `Connection: close`; HTTP/2 clients get GOAWAY.
    /// - Returns: Whether every connection ended by itself.
    @discardableResult
    package func drain(deadline: TimeAmount) async -> Bool {
        await self.stopAccepting()
        let empty = self.loops.values.map { loop in loop.eventLoop.flatSubmit { loop.drain() } }
        let isClean = Atomic(true)
        let forced = self.group.next().scheduleTask(in: deadline) { [loops] in
            isClean.store(false, ordering: .relaxed)
            for loop in loops.values { loop.eventLoop.execute { loop.closeAll() } }
        }
        // The futures cannot fail: the loops complete them themselves.
        for future in empty { try? await future.get() }
        forced.cancel()
        return isClean.load(ordering: .relaxed)
    }

    /// Reads the PEM files again; handshakes from now on use them.
    /// - Throws: ``ListenerError`` when they cannot be used: the old pair stays.
    package func reloadCertificates() throws {
        try self.certificates?.reload()
    }

    package var counters: ListenerCounters {
        ListenerCounters(loops: self.loops.values.map(\.counters), gate: self.gate)
    }

    private func bind() async throws -> any Channel {
        let limits = self.configuration.limits
        let bootstrap = ServerBootstrap(group: self.group)
            .serverChannelOption(.backlog, value: limits.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { [logger] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptPause(pause: limits.acceptPause, logger: logger))
                }
            }
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 8 * 1024))
        switch self.configuration.address {
        case .tcp(let host, let port):
            return try await bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer(self.setUp).bind(host: host, port: port).get()
        case .unix(let path):
            try await UnixSocketFile.removeStale(path, group: self.group)
            return try await bootstrap.childChannelInitializer(self.setUp)
                .bind(unixDomainSocketPath: path).get()
        }
    }

    @Sendable
    private func setUp(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let loop = self.loops[ObjectIdentifier(channel.eventLoop)] else {
            preconditionFailure("a connection on a loop that is not of the listener's group")
        }
        guard !loop.isDraining, self.gate.enter() else {
            LoopCounters.count(loop.counters.refused)
            return channel.eventLoop.makeFailedFuture(ListenerError("over the connection limit"))
        }
        LoopCounters.count(loop.counters.accepted)
        channel.closeFuture.whenComplete { [gate] _ in gate.leave() }
        return channel.eventLoop.makeCompletedFuture {
            try ConnectionSetup.configure(channel, loop: loop, certificates: self.certificates)
        }
    }
}

/// A listener could not be started, or its certificates not be used; the message says what to do.
package struct ListenerError: Error, Equatable, Sendable, CustomStringConvertible {
    package let message: String

    init(_ message: String) {
        self.message = message
    }

    package var description: String { self.message }
}

/// What a listener has counted since its start.
package struct ListenerCounters: Sendable, Equatable {
    package var openConnections: Int
    package var acceptedConnections: UInt64 = 0
    /// Over the limit, or while draining.
    package var refusedConnections: UInt64 = 0
    package var requests: UInt64 = 0
    package var timeouts: UInt64 = 0
    package var malformedRequests: UInt64 = 0

    init(loops: [LoopCounters], gate: ConnectionGate) {
        self.openConnections = gate.open
        for loop in loops {
            self.acceptedConnections += loop.accepted.load(ordering: .relaxed)
            self.refusedConnections += loop.refused.load(ordering: .relaxed)
            self.requests += loop.requests.load(ordering: .relaxed)
            self.timeouts += loop.timedOut.load(ordering: .relaxed)
            self.malformedRequests += loop.malformed.load(ordering: .relaxed)
        }
    }
}
