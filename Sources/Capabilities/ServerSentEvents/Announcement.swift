import NIOCore
import PulpCapability
import PulpWire
import Synchronization

/// What a plugin that asks for it is told of one subscriber: that it came, and that it went, in this order, once each.
///
/// A departure is told also when the plugin is busy or restarting: it is tried again, and until then the subscriber
/// counts for the limit, so that there are never more of them than subscribers may be. Confined to the connection's loop.
final class Announcement {
    private enum Phase {
        /// `sse.subscribe` is on its way.
        case coming(SubscriptionEvent)
        /// On its way, and the client has gone meanwhile.
        case comingAndGone(Subscriber.Ending)
        case told
        case over
    }

    private let record: ServerSentEventSubscribeRecord
    private let session: ServerSentEventsSession
    private let eventLoop: any EventLoop
    private var phase = Phase.over
    private var refused: () -> Void = {}
    /// Whether a busy plugin is asked again: the client is there already.
    private var isPatient = false

    /// How soon a busy plugin is asked again.
    private static let patience = TimeAmount.milliseconds(250)

    init(_ record: ServerSentEventSubscribeRecord, session: ServerSentEventsSession, eventLoop: any EventLoop) {
        self.record = record
        self.session = session
        self.eventLoop = eventLoop
    }

    /// - Parameters:
    ///   - isPatient: Whether a plugin that is busy is asked again.
    ///   - refused: Called when the plugin could not be told.
    func begin(isPatient: Bool, _ refused: @escaping () -> Void) {
        self.refused = refused
        self.isPatient = isPatient
        self.tellArrival()
    }

    private func tellArrival() {
        let event = self.event(.subscribe(self.record)) { $0.didCome($1) }
        self.phase = .coming(event)
        self.session.scope.events.deliver(event, from: self.eventLoop, to: nil)
    }

    /// The version that was told has nothing to do with the client any more.
    func abandon() {
        if case .coming(let event) = self.phase { event.cancel() }
        self.phase = .over
        self.refused = {}
    }

    /// The client has gone.
    func ended(_ ending: Subscriber.Ending) {
        switch self.phase {
        case .coming(let event):
            event.cancel()
            self.phase = .comingAndGone(ending)
        case .told: self.tellDeparture(ending)
        case .comingAndGone: break
        case .over: self.session.release()
        }
    }

    private func didCome(_ outcome: StepOutcome) {
        let isTold = if case .stepped = outcome { true } else { outcome.mayHaveBeenSeen }
        switch self.phase {
        case .coming where isTold: self.phase = .told
        case .coming where self.isPatient && outcome.isWorthAnotherTry: return self.tellArrivalLater()
        case .coming:
            self.phase = .over
            self.refused()
        case .comingAndGone(let ending) where isTold: self.tellDeparture(ending)
        case .comingAndGone:
            self.phase = .over
            self.session.release()
        case .told, .over: break
        }
        self.refused = {}
    }

    private func tellArrivalLater() {
        self.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) {
            switch self.phase {
            case .coming: self.tellArrival()
            // It has gone without having been announced.
            case .comingAndGone:
                self.phase = .over
                self.session.release()
            case .told, .over: break
            }
        }
    }

    private func tellDeparture(_ ending: Subscriber.Ending) {
        self.phase = .over
        let record = ServerSentEventUnsubscribeRecord(
            subscriberID: self.record.subscriberID, path: self.record.path, reason: ending.rawValue)
        let event = self.event(.unsubscribe(record)) { announcement, outcome in
            guard outcome.isWorthAnotherTry, !announcement.session.isClosed else {
                return announcement.session.release()
            }
            announcement.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) {
                announcement.tellDeparture(ending)
            }
        }
        self.session.scope.events.deliver(event, from: self.eventLoop, to: nil)
    }

    private func event(
        _ content: SubscriptionEvent.Content, _ finished: @escaping (Announcement, StepOutcome) -> Void
    ) -> SubscriptionEvent {
        let bound = NIOLoopBound((self, finished), eventLoop: self.eventLoop)
        return SubscriptionEvent(content) { [eventLoop] outcome in
            // Later in any case: an event may be refused while it is being delivered.
            eventLoop.execute { bound.value.1(bound.value.0, outcome) }
        }
    }
}

extension StepOutcome {
    /// The step began, though it did not end well.
    fileprivate var mayHaveBeenSeen: Bool {
        switch self {
        case .failed(.crashed), .failed(.timedOut): true
        default: false
        }
    }

    /// The plugin could not take the event now, and may later.
    fileprivate var isWorthAnotherTry: Bool {
        switch self {
        case .failed(.unavailable(.full)), .failed(.unavailable(.starting)), .failed(.unavailable(.restarting)): true
        default: false
        }
    }
}

/// `sse.subscribe` or `sse.unsubscribe`.
final class SubscriptionEvent: GuestEvent {
    enum Content: Sendable {
        case subscribe(ServerSentEventSubscribeRecord)
        case unsubscribe(ServerSentEventUnsubscribeRecord)
    }

    private let content: Content
    private let end: @Sendable (StepOutcome) -> Void
    private let cancelled = Atomic(false)

    /// - Parameter end: Called once, on any loop.
    init(_ content: Content, _ end: @escaping @Sendable (StepOutcome) -> Void) {
        self.content = content
        self.end = end
    }

    func cancel() { self.cancelled.store(true, ordering: .relaxed) }

    var isCancelled: Bool { self.cancelled.load(ordering: .relaxed) }

    var kind: StepEventKind {
        switch self.content {
        case .subscribe: .serverSentEventSubscribe
        case .unsubscribe: .serverSentEventUnsubscribe
        }
    }

    func writePayload(into writer: inout MessagePackWriter) {
        switch self.content {
        case .subscribe(let record): record.encode(into: &writer)
        case .unsubscribe(let record): record.encode(into: &writer)
        }
    }

    func finished(_ outcome: StepOutcome) { self.end(outcome) }
}
