import NIOCore
import NIOPosix
import PulpCapability
import PulpRuntime
import PulpWire
import Synchronization

/// An event whose outcome a test waits for.
package final class ProbeEvent: GuestEvent {
    private struct State {
        var outcomes: [StepOutcome] = []
        var instance: InstanceID?
        var isCancelled = false
        var onFinished: (@Sendable (StepOutcome) -> Void)?
    }

    package let kind: StepEventKind = "test.event"
    private let payload: [UInt8]
    private let state = Mutex(State())
    private let claimedBound: Int?
    private let finish: EventLoopPromise<StepOutcome>

    package init(
        on loop: any EventLoop, payload: [UInt8] = [0xC0], claimedBound: Int? = nil,
        onFinished: (@Sendable (StepOutcome) -> Void)? = nil
    ) {
        self.payload = payload
        self.claimedBound = claimedBound
        self.finish = loop.makePromise()
        self.state.withLock { $0.onFinished = onFinished }
    }

    package var payloadByteBound: Int { self.claimedBound ?? self.payload.count }
    package var isCancelled: Bool {
        get { self.state.withLock { $0.isCancelled } }
        set { self.state.withLock { $0.isCancelled = newValue } }
    }
    package var instance: InstanceID? { self.state.withLock { $0.instance } }
    package var finishedCount: Int { self.state.withLock { $0.outcomes.count } }

    package func writePayload(into writer: inout MessagePackWriter) {
        unsafe self.payload.withUnsafeBytes { bytes in unsafe writer.writeRaw(bytes) }
    }

    package func began(on instance: InstanceID) {
        self.state.withLock { $0.instance = instance }
    }

    package func finished(_ outcome: StepOutcome) {
        let handler = self.state.withLock { state in
            state.outcomes.append(outcome)
            return state.outcomes.count == 1 ? state.onFinished : nil
        }
        handler?(outcome)
        if self.finishedCount == 1 { self.finish.succeed(outcome) }
    }

    /// How the step went.
    package var outcome: StepOutcome {
        get async throws { try await self.finish.futureResult.get() }
    }

    /// What the step returned, or why there is nothing.
    package var result: Result<Int32, StepFailure> {
        get async throws {
            switch try await self.outcome {
            case .stepped(let value): .success(value)
            case .failed(let failure): .failure(failure)
            }
        }
    }
}

extension RunningPlugin {
    /// Delivers an event from one of `world`'s loops.
    package func deliver(_ world: World, payload: [UInt8] = [0xC0], claimedBound: Int? = nil) -> ProbeEvent {
        let loop = world.group.next()
        let event = ProbeEvent(on: loop, payload: payload, claimedBound: claimedBound)
        self.deliver(event, from: loop, to: nil)
        return event
    }
}
