import PulpTestSupport

@testable import PulpWebSocket

/// The capability behind a real listener, in front of a plugin that is not there: the test is the guest.
struct Front: Sendable {
    struct OneTable: HTTPListeners {
        let table: RouteTable?
        func routes(of plugin: ObjectIdentifier) -> RouteTable? { self.table }
        func listen(on address: String, for plugin: ObjectIdentifier) async throws {}
        func forget(_ plugin: ObjectIdentifier) {}
    }

    let harness: Harness
    let listener: Listener
    let routes: RouteTable
    let address: SocketAddress

    var events: CollectingSink { self.harness.events }

    /// The delivery of this number, from 0, when it is there.
    func delivery(_ index: Int) async throws -> CollectingSink.Delivery {
        guard await eventually({ self.events.deliveries.count > index }) else { throw Missing(index: index) }
        return self.events.deliveries[index]
    }

    struct Missing: Error { let index: Int }

    /// Steps a delivery as an instance would; what it held.
    @discardableResult
    func step(_ index: Int, on instance: UInt64 = 1, _ outcome: StepOutcome = .stepped(result: 0)) async throws
        -> Payload
    {
        let delivery = try await self.delivery(index)
        try await self.harness.withGuest { _ in
            delivery.event.began(on: InstanceID(number: instance))
            delivery.event.finished(outcome)
        }
        return try Payload(delivery)
    }

    func open(_ path: String = "/ws", receiveBuffer: Int? = nil) async throws -> WebSocketClient {
        try await .open(self.address, path, receiveBuffer: receiveBuffer)
    }

    /// A connection whose opening has been stepped, and its id. The next delivery is `index + 1`.
    func opened(_ index: Int = 0, receiveBuffer: Int? = nil) async throws -> (WebSocketClient, UInt64) {
        let client = try await self.open(receiveBuffer: receiveBuffer)
        guard case .open(let record) = try await self.step(index) else { throw Missing(index: index) }
        return (client, record.connID)
    }

    func send(_ id: UInt64, opcode: UInt8 = 1, _ payload: [UInt8]) async throws -> Int32 {
        try await self.harness.command("ws_send", WebSocketFrameRecord(connID: id, opcode: opcode, payload: payload))
    }

    func close(_ id: UInt64, _ code: UInt16 = 0, _ reason: String = "") async throws -> Int32 {
        try await self.harness.command("ws_close", WebSocketCloseRecord(connID: id, code: code, reason: reason))
    }
}

/// What an event held.
enum Payload: Equatable {
    case open(WebSocketOpenRecord)
    case frame(WebSocketFrameRecord)
    case close(WebSocketCloseRecord)

    init(_ delivery: CollectingSink.Delivery) throws {
        switch "\(delivery.event.kind.text)" {
        case "ws.open": self = .open(try WebSocketOpenRecord(decoding: delivery.payload))
        case "ws.frame": self = .frame(try WebSocketFrameRecord(decoding: delivery.payload))
        default: self = .close(try WebSocketCloseRecord(decoding: delivery.payload))
        }
    }

    var text: String? {
        if case .frame(let frame) = self { String(decoding: frame.payload, as: UTF8.self) } else { nil }
    }
    var code: UInt16? { if case .close(let close) = self { close.code } else { nil } }
    var reason: String? { if case .close(let close) = self { close.reason } else { nil } }
}

/// Runs `body` with a front that has registered `/ws`.
func withFront(
    _ setting: PluginSetting = PluginSetting(), limits: [String: Int64] = [:], loops: Int = 2,
    _ body: @Sendable (Front) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    var setting = setting
    setting.memoryBytes = 4 << 20
    // The tests' client answers no pings.
    for (name, value) in ["ping_interval_ms": 0].merging(limits, uniquingKeysWith: { $1 }) {
        setting.settings.set(name, to: .integer(value), in: CapabilitySettings.limits(of: WebSocketCapability.id))
    }
    let routes = RouteTable()
    let harness = try await Harness(
        WebSocketCapability(listeners: Front.OneTable(table: routes)), setting, on: group.next())
    var configuration = ListenerConfiguration(address: .tcp(host: "127.0.0.1", port: 0))
    configuration.limits.sweepInterval = .milliseconds(10)
    let listener = try Listener(
        configuration: configuration, routes: routes, group: group, logger: harness.logs.logger(), wallClock: { 0 })
    guard let address = try await listener.start() else { throw Front.Missing(index: -1) }
    guard try await harness.command("ws_register", Array("/ws".utf8)) == 0 else { throw Front.Missing(index: -1) }
    let front = Front(harness: harness, listener: listener, routes: routes, address: address)
    func end() async {
        await harness.close()
        await listener.drain(deadline: .milliseconds(100))
        try? await group.shutdownGracefully()
    }
    do {
        try await body(front)
    } catch {
        await end()
        throw error
    }
    await end()
}
