import PulpWire

/// Something that happened for a plugin: encoded into guest memory and stepped once.
///
/// Confined to the instance's loop from delivery on, but for ``finished(_:)`` of an event that no instance took.
public protocol GuestEvent: AnyObject, Sendable {
    var kind: StepEventKind { get }
    /// At least the bytes that ``writePayload(into:)`` writes: so much room is asked of the guest's allocator.
    var payloadByteBound: Int { get }
    /// Whoever waited has gone: an event that waits in a mailbox is not stepped any more.
    var isCancelled: Bool { get }
    /// Writes the payload: exactly one MessagePack value, straight into guest memory.
    func writePayload(into writer: inout MessagePackWriter)
    /// An instance has taken the event and is about to be stepped.
    func began(on instance: InstanceID)
    /// The guest has paused or returned: the moment to send what it has said so far.
    func flush()
    /// The event is over. Called exactly once.
    func finished(_ outcome: StepOutcome)
}

extension GuestEvent {
    public var payloadByteBound: Int { MessagePackWriter.byteCount { self.writePayload(into: &$0) } }
    public var isCancelled: Bool { false }
    public func began(on instance: InstanceID) {}
    public func flush() {}
}

/// How the step of an event went.
public enum StepOutcome: Sendable {
    /// `pulp_step` returned; a value that is not 0 is an output handle, never a failure.
    case stepped(result: Int32)
    case failed(StepFailure)
}

/// Why an event was not stepped to its end.
public enum StepFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The plugin took too long and was ended.
    case timedOut
    /// The guest trapped or exited; what it said.
    case crashed(String)
    /// The event is larger than the plugin takes.
    case tooLarge(byteCount: Int, limit: Int)
    /// The guest's allocator gave no room for it.
    case notHandedOver(String)
    /// No instance took it.
    case unavailable(Availability)
    /// Whoever waited for it has gone.
    case cancelled

    public var description: String {
        switch self {
        case .timedOut: "the plugin did not finish in time and was ended"
        case .crashed(let what): "the plugin crashed: \(what)"
        case .tooLarge(let count, let limit): "the event has \(count) bytes, the plugin takes \(limit)"
        case .notHandedOver(let why): "the event could not be handed over: \(why)"
        case .unavailable(let availability): availability.reason
        case .cancelled: "whoever asked has gone"
        }
    }
}
