import Foundation
import NIOEmbedded
import PulpTestSupport

@testable import PulpListener
@testable import PulpServerSentEvents

/// One plugin's streams over connections without sockets, on one loop whose time the test moves.
final class Rig {
    let loop = EmbeddedEventLoop()
    let routes = RouteTable()
    let session: ServerSentEventsSession
    let logs = LogCollector()
    let events = CollectingSink()
    private let listenerLoop: ListenerLoop

    init(
        _ settings: [String: CapabilitySettings.Value] = [:], limits: [String: CapabilitySettings.Value] = [:],
        patterns: [String] = ["/events", "/rooms/:room"]
    ) throws {
        let scope = PluginScope(
            name: "test", version: "1", dialect: .cell,
            settings: CapabilitySettings(["sse": settings, "limits.transport.sse": limits]),
            logger: self.logs.logger(), maximumMessageBytes: 8 << 20, callTimeout: .seconds(30), isPerEvent: false,
            events: self.events)
        self.session = ServerSentEventsSession(
            scope, settings: try StreamSettings(scope), listeners: OneTable(routes: self.routes))
        self.listenerLoop = ListenerLoop(
            eventLoop: self.loop, limits: .init(), routes: self.routes, logger: self.logs.logger(), wallClock: { 0 })
        for pattern in patterns { try self.session.register(pattern) }
    }

    func emit(_ data: String, to path: String = "/events", id: String = "", event: String = "") throws {
        let record = ServerSentEventRecord(path: path, id: id, event: event, data: data)
        try self.session.emit(record.encodedBytes().wireBytes)
        self.loop.run()
    }

    /// A connection that has asked for a stream.
    func subscribe(_ path: String = "/events", headers: String = "", version: String = "1.1") throws -> RigConnection {
        let connection = try RigConnection(self.loop, self.listenerLoop)
        try connection.send("GET \(path) HTTP/\(version)\r\nHost: h\r\n\(headers)\r\n")
        return connection
    }

    func advance(_ amount: TimeAmount) { self.loop.advanceTime(by: amount) }

    func drain() { _ = self.listenerLoop.drain() }
}

/// A client of a ``Rig``.
final class RigConnection {
    let channel: EmbeddedChannel

    init(_ loop: EmbeddedEventLoop, _ listenerLoop: ListenerLoop) throws {
        self.channel = EmbeddedChannel(loop: loop)
        try self.channel.connect(to: SocketAddress(ipAddress: "192.0.2.7", port: 4711)).wait()
        try self.channel.pipeline.syncOperations.addHandler(HTTP1Connection(loop: listenerLoop, isTLS: false))
    }

    func send(_ text: String) throws { try self.channel.writeInbound(ByteBuffer(string: text)) }

    /// What has come since the last time, as it is on the wire.
    func raw() throws -> String {
        var all = ""
        while let part = try self.channel.readOutbound(as: ByteBuffer.self) { all += String(buffer: part) }
        return all
    }

    /// The same without heads and chunk framing.
    func body() throws -> String {
        var rest = try self.raw()[...]
        if rest.hasPrefix("HTTP/"), let head = rest.range(of: "\r\n\r\n") { rest = rest[head.upperBound...] }
        var body = ""
        while let line = rest.range(of: "\r\n"), let count = Int(rest[..<line.lowerBound], radix: 16) {
            let chunk = rest[line.upperBound...].utf8.prefix(count)
            body += String(chunk) ?? ""
            rest = rest[chunk.endIndex...].dropFirst(1)
        }
        return body
    }

    func finish() { _ = try? self.channel.finish() }
}

/// Listeners with one table for all.
struct OneTable: HTTPListeners {
    let routes: RouteTable?

    func routes(of plugin: ObjectIdentifier) -> RouteTable? { self.routes }
    func listen(on address: String, for plugin: ObjectIdentifier) async throws {}
    func forget(_ plugin: ObjectIdentifier) {}
}
