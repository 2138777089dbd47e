import Logging
import NIOCore
import NIOEmbedded
import PulpCapability
import PulpWire

/// A capability, opened for a plugin that is not there: its imports are called through the very table that the runtime
/// links, against a memory and an allocator that the test holds.
///
/// ```swift
/// let harness = try await Harness(Greeting())
/// let reply = try await harness.query("greet", GreetingRequest(name: "World"))
/// #expect(reply.status == 0)
/// ```
public final class Harness: Sendable {
    /// Where the guest lives. A `NIOAsyncTestingEventLoop` has its own time: ``advance(by:)``.
    public let loop: any EventLoop
    /// What the capability has delivered to the plugin.
    public let events: CollectingSink
    /// What was logged, by the capability and for the guest.
    public let logs: LogCollector
    /// The plugin that the capability serves.
    public let scope: PluginScope
    private let capability: OpenCapability
    private let guest: NIOLoopBound<FakeGuest>
    private let sleepers: NIOLoopBound<Sleepers>

    /// Where ``query(_:_:)-([UInt8],_)`` has the out-pair, and where requests are put.
    static let pairPointer: UInt32 = 64
    static let requestPointer: UInt32 = 128
    /// What stands in the out-pair before a call.
    static let untouched: UInt32 = 0xa5a5_a5a5

    /// Opens `capability` as a host does.
    ///
    /// - Parameters:
    ///   - capability: Any; a gated one needs no grant here.
    ///   - setting: The plugin.
    ///   - loop: Where the guest lives; nil for a testing loop, whose time the test moves.
    /// - Throws: What the capability throws when it is opened.
    public init<Provider: Capability>(
        _ capability: Provider, _ setting: PluginSetting = PluginSetting(), on loop: (any EventLoop)? = nil
    ) async throws {
        self.loop = loop ?? NIOAsyncTestingEventLoop()
        self.events = CollectingSink()
        self.logs = LogCollector()
        self.scope = setting.scope(logs: self.logs, events: self.events)
        var registry = Registry()
        registry.always(capability)
        guard let entry = registry.entry(Provider.id) else { throw HarnessError("no capability \(Provider.id)") }
        self.capability = try await entry.open(self.scope)
        let (scope, target) = (self.scope, self.loop)
        (self.guest, self.sleepers) = try await Self.run(on: target) {
            let guest = FakeGuest(
                scope: scope, instance: InstanceID(number: setting.instance), eventLoop: target,
                memoryBytes: setting.memoryBytes)
            let sleepers = Sleepers()
            // As the runtime: an answer that is there is written when the guest is polled, not inside `resume`.
            let bound = NIOLoopBound((guest: WeakGuest(guest), sleepers: sleepers), eventLoop: target)
            guest.onWake = {
                target.execute {
                    if let guest = bound.value.guest.value { bound.value.sleepers.poll(guest) }
                }
            }
            return (NIOLoopBound(guest, eventLoop: target), NIOLoopBound(sleepers, eventLoop: target))
        }
    }

    /// The imports, bound to the capability's session.
    public var imports: [BoundImport] { self.capability.imports }

    /// Lends the guest to `body`, on its loop.
    public func withGuest<Value: Sendable>(_ body: @escaping @Sendable (FakeGuest) throws -> Value) async throws
        -> Value
    {
        let guest = self.guest
        return try await Self.run(on: self.loop) { try body(guest.value) }
    }

    /// Calls an import without waiting for one that suspends.
    ///
    /// - Parameters:
    ///   - name: As in the capability's table.
    ///   - words: Its parameters; absent ones are 0.
    public func start(_ name: String, words: [UInt64]) async throws -> PendingCall {
        let shapes = self.imports.filter { $0.signature.name == name }
        // Of several shapes the one with so many parameters; fewer words than any has mean the first.
        guard let target = shapes.first(where: { $0.signature.parameters.count == words.count }) ?? shapes.first else {
            throw HarnessError(
                "no import \(name); there are \(self.imports.map(\.signature.name).joined(separator: ", "))")
        }
        guard words.count <= GuestCall.maximumWords else { throw HarnessError("\(words.count) words for \(name)") }
        let (guest, sleepers, pending) = (self.guest, self.sleepers, PendingCall())
        try await Self.run(on: self.loop) {
            var all = InlineArray<12, UInt64>(repeating: 0)
            for (index, word) in words.enumerated() { all[index] = word }
            var call = GuestCall(caller: guest.value, words: all)
            switch target.body {
            case .plain(let body): pending.finish(.success(body(&call)))
            case .suspending(let body):
                sleepers.value.add(body(&call), words: all, pending: pending)
                sleepers.value.poll(guest.value)
            }
        }
        return pending
    }

    /// Calls an import with words and waits for its result.
    public func call(_ name: String, _ words: UInt64...) async throws -> Int32 {
        try await self.start(name, words: words).value()
    }

    /// Calls `(ptr, len) -> status` with `request` in the guest's memory.
    public func command(_ name: String, _ request: [UInt8]) async throws -> Int32 {
        try await self.place(request)
        return try await self.call(name, UInt64(Self.requestPointer), UInt64(request.count))
    }

    /// Calls `(ptr, len) -> status` with a record.
    public func command(_ name: String, _ request: some WireEncodable) async throws -> Int32 {
        try await self.command(name, request.encodedBytes())
    }

    /// Calls `(req_ptr, req_len, resp_ptr_out, resp_len_out) -> status` with `request` in the guest's memory.
    public func query(_ name: String, _ request: [UInt8]) async throws -> Reply {
        try await self.place(request)
        let pair = UInt64(Self.pairPointer)
        let status = try await self.call(name, UInt64(Self.requestPointer), UInt64(request.count), pair, pair + 4)
        return try await self.withGuest { $0.reply(status) }
    }

    /// Calls `(req_ptr, req_len, resp_ptr_out, resp_len_out) -> status` with a record.
    public func query(_ name: String, _ request: some WireEncodable) async throws -> Reply {
        try await self.query(name, request.encodedBytes())
    }

    /// Puts a request into the guest's memory, and the mark of untouched words into its out-pair.
    func place(_ request: [UInt8]) async throws {
        try await self.withGuest { $0.place(request) }
    }

    /// Moves the time of a testing loop and runs what is due; without effect on a real loop.
    public func advance(by amount: TimeAmount) async {
        await (self.loop as? NIOAsyncTestingEventLoop)?.advanceTime(by: amount)
    }

    /// Drops the guest where it sleeps, as a deadline or a crash does.
    public func abandon() async throws {
        let sleepers = self.sleepers
        try await Self.run(on: self.loop) { sleepers.value.abandon() }
    }

    /// Ends the instance, as a shutdown does.
    public func endInstance() async throws {
        let (guest, capability) = (self.guest, self.capability)
        try await Self.run(on: self.loop) { capability.instanceEnded(guest.value.instance) }
    }

    /// Lets the instance's step return, if the capability wants to know.
    public func endStep() async throws {
        let (guest, capability) = (self.guest, self.capability)
        try await Self.run(on: self.loop) { capability.stepEnded?(guest.value.instance) }
    }

    /// Closes the capability.
    public func close() async {
        await self.capability.close()
    }

    private static func run<Value: Sendable>(
        on loop: any EventLoop, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        guard let testing = loop as? NIOAsyncTestingEventLoop else { return try await loop.submit(body).get() }
        let value = try await testing.executeInContext(body)
        await testing.run()
        return value
    }
}

private final class WeakGuest {
    private(set) weak var value: FakeGuest?

    init(_ value: FakeGuest) {
        self.value = value
    }
}

extension FakeGuest {
    func place(_ request: [UInt8]) {
        let mark = [UInt8](repeating: UInt8(truncatingIfNeeded: Harness.untouched), count: 4)
        self.write(mark + mark, at: Int(Harness.pairPointer))
        self.write(request, at: Int(Harness.requestPointer))
    }

    func reply(_ status: Int32) -> Reply {
        let pointer = self.word(at: Int(Harness.pairPointer))
        let count = self.word(at: Int(Harness.pairPointer) + 4)
        let isUntouched = pointer == Harness.untouched && count == Harness.untouched
        return Reply(
            status: status, bytes: isUntouched ? [] : self.read(Int(count), at: Int(pointer)),
            isPairUntouched: isUntouched)
    }
}
