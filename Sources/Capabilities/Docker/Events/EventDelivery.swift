import Logging
import NIOCore
import PulpCapability
import PulpWire
import Synchronization

/// Sends a plugin its events, one after the other: the next when the one before is done.
///
/// While the plugin takes none, the ring keeps them; what gets too old or too much there is counted and said.
struct EventDelivery {
    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(1)

    let session: DockerSession

    func run() async {
        var number: UInt64 = 0
        for await _ in self.session.events.signals {
            while let found = self.session.events.next(after: number) {
                if found.missed > 0 {
                    self.session.say(
                        .warning,
                        "events of containers were lost: the plugin is too slow for them, or was away for "
                            + "long; raise events in [limits.spawn.docker]", ["count": "\(found.missed)"])
                }
                guard await self.deliver(found.event) else { return }
                number = found.number
            }
        }
    }

    /// - Returns: False when the session ends.
    private func deliver(_ event: DockerEvent) async -> Bool {
        var pause = Self.firstPause
        while !Task.isCancelled {
            let delivered = DeliveredEvent(event)
            let loop = self.session.parts.group.next()
            switch await delivered.outcome({ self.session.scope.events.deliver(delivered, from: loop, to: nil) }) {
            case nil: return false
            case .failed(.unavailable): break
            case .stepped, .failed: return true
            }
            do { try await Task.sleep(for: pause) } catch { return false }
            pause = min(pause * 2, Self.longestPause)
        }
        return false
    }
}

/// One event of a container on its way to a guest.
final class DeliveredEvent: GuestEvent {
    private enum State {
        case waiting(CheckedContinuation<StepOutcome?, Never>)
        case over(StepOutcome?)
    }

    let kind = StepEventKind.dockerEvent
    private let record: DockerEvent
    private let state = Mutex<State?>(nil)

    init(_ record: DockerEvent) {
        self.record = record
    }

    func writePayload(into writer: inout MessagePackWriter) {
        self.record.encode(into: &writer)
    }

    func finished(_ outcome: StepOutcome) {
        self.end(outcome)
    }

    var isCancelled: Bool {
        self.state.withLock { if case .over? = $0 { true } else { false } }
    }

    /// Delivers the event and waits for how it went; nil when the task is cancelled before.
    func outcome(_ deliver: () -> Void) async -> StepOutcome? {
        deliver()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome = self.state.withLock { state -> StepOutcome?? in
                    if case .over(let outcome)? = state { return .some(outcome) }
                    state = .waiting(continuation)
                    return nil
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            self.end(nil)
        }
    }

    private func end(_ outcome: StepOutcome?) {
        let waiting = self.state.withLock { state -> CheckedContinuation<StepOutcome?, Never>? in
            switch state {
            case .over?: return nil
            case .waiting(let continuation)?:
                state = .over(outcome)
                return continuation
            case nil:
                state = .over(outcome)
                return nil
            }
        }
        waiting?.resume(returning: outcome)
    }
}
