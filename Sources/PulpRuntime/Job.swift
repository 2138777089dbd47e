import NIOCore
import PulpCapability
import PulpEngine

/// One thing for an instance to do.
enum Job {
    case event(any GuestEvent, arrival: NIODeadline)
    /// An idle tick: a step without payload.
    case tick
    /// A call that the application made.
    case call(CallJob)

    /// Whether the guest's state may differ afterwards in a way that the next event must not see.
    var isStep: Bool {
        switch self {
        case .event, .tick: true
        case .call(let call):
            switch call.operation {
            case .step, .call: true
            default: false
            }
        }
    }

    func finish(_ result: Result<Int64, ResidentFiber.Fault>) {
        switch (self, result) {
        case (.event(let event, _), .success(let value)):
            event.finished(.stepped(result: Int32(truncatingIfNeeded: value)))
        case (.event(let event, _), .failure(let fault)):
            event.finished(.failed(.notHandedOver(fault.explanation)))
        case (.call(let call), .success(let value)): call.completion(.success(value))
        case (.call(let call), .failure(let fault)):
            call.completion(.failure(PluginError(.refused, plugin: call.plugin, fault.explanation)))
        case (.tick, _): break
        }
    }

    func fail(_ failure: StepFailure, _ error: PluginError) {
        switch self {
        case .event(let event, _): event.finished(.failed(failure))
        case .call(let call): call.completion(.failure(error))
        case .tick: break
        }
    }
}

/// A call that an application made, with its answer.
final class CallJob {
    let operation: ResidentFiber.Operation
    let source: GuestInstance.Source
    let plugin: String
    let completion: (Result<Int64, PluginError>) -> Void

    init(
        _ operation: ResidentFiber.Operation, _ source: GuestInstance.Source = .nothing, plugin: String = "",
        _ completion: @escaping (Result<Int64, PluginError>) -> Void
    ) {
        self.operation = operation
        self.source = source
        self.plugin = plugin
        self.completion = completion
    }
}

extension ResidentFiber.Fault {
    var explanation: String {
        switch self {
        case .allocatorReturnedNull: "pulp_alloc returned null"
        case .allocatorOutOfRange(let pointer, let count, let memory):
            "pulp_alloc(\(count)) returned 0x\(String(pointer, radix: 16)), which does not fit in \(memory) bytes of memory"
        case .notEncodable: "the event was larger than announced"
        case .answerOutOfRange(let pointer, let count, let memory):
            "it answered \(count) bytes at 0x\(String(pointer, radix: 16)), which are not in its \(memory) bytes of memory"
        case .answerTooLarge(let count):
            "it answered \(count) bytes, more than max_message_bytes of the manifest"
        }
    }
}

extension InstanceEnding {
    var isClean: Bool {
        if case .exited(0) = self { true } else { false }
    }

    func stepFailure(_ message: String) -> StepFailure {
        if case .timedOut = self { .timedOut } else { .crashed(message) }
    }
}
