import NIOCore
import PulpCapability
import PulpWire
import Synchronization

/// Takes the events that a capability delivers, for a test to look at and to finish.
public final class CollectingSink: EventSink {
    /// An event and where it was to go.
    public struct Delivery: Sendable {
        public let event: any GuestEvent
        /// The one instance that may have it, or nil for any.
        public let instance: InstanceID?

        /// The event's payload as the guest would get it.
        public var payload: [UInt8] { MessagePackWriter.encode { self.event.writePayload(into: &$0) } }
    }

    private let state: Mutex<(availability: Availability, deliveries: [Delivery])>

    public init(_ availability: Availability = .ready) {
        self.state = Mutex((availability, []))
    }

    /// What the plugin is doing; a test may set it.
    public var availability: Availability {
        get { self.state.withLock { $0.availability } }
        set { self.state.withLock { $0.availability = newValue } }
    }

    /// All deliveries so far, in order.
    public var deliveries: [Delivery] { self.state.withLock { $0.deliveries } }

    /// Keeps the event; one that comes while the plugin is not ready is finished at once as unavailable.
    public func deliver(_ event: any GuestEvent, from loop: any EventLoop, to instance: InstanceID?) {
        let refusal = self.state.withLock { state -> Availability? in
            guard state.availability == .ready else { return state.availability }
            state.deliveries.append(Delivery(event: event, instance: instance))
            return nil
        }
        if let refusal { event.finished(.failed(.unavailable(refusal))) }
    }
}
