import Logging
import NIOCore
import PulpWire

/// A call that waits for its answer while the guest sleeps. Confined to the caller's loop.
public final class SuspendedImport {
    /// Writes the answer; set when it is there.
    public private(set) var finish: ((inout GuestCall) -> Int32)?
    /// Called once when the guest is dropped before.
    public let abandon: () -> Void
    private let caller: any GuestCaller

    /// - Parameters:
    ///   - caller: Who sleeps.
    ///   - abandon: Stops the work: the guest has gone.
    public init(caller: any GuestCaller, abandon: @escaping () -> Void) {
        self.caller = caller
        self.abandon = abandon
    }

    /// Answers with a result that is known already.
    public init(caller: any GuestCaller, result: Int32) {
        self.caller = caller
        self.abandon = {}
        self.finish = { _ in result }
    }

    /// Sets the answer and wakes the guest; on its loop. Later answers are ignored.
    public func resume(_ finish: @escaping (inout GuestCall) -> Int32) {
        guard self.finish == nil else { return }
        self.finish = finish
        self.caller.wake()
    }
}

extension GuestCall {
    /// Decodes words 0 and 1, runs `work` as a task, and answers when it ends.
    func suspend<Request: WireDecodable & Sendable, Response: Sendable>(
        _ boundary: BoundaryStatuses, _ work: @escaping @Sendable (Request, PluginScope) async throws -> Response,
        answer: @escaping @Sendable (inout GuestCall, Response) -> Int32
    ) -> SuspendedImport {
        let caller = self.caller
        let (pointer, count) = (self.word(0), self.word(1))
        guard count > 0 else { return SuspendedImport(caller: caller, result: boundary.empty.rawValue) }
        guard Int(count) <= caller.scope.maximumMessageBytes,
            let decoded = self.withBytes(
                at: pointer, count: count, { bytes in Result { try Request(decoding: bytes) } })
        else { return SuspendedImport(caller: caller, result: boundary.unreadable.rawValue) }
        guard case .success(let request) = decoded else {
            return SuspendedImport(caller: caller, result: boundary.undecodable.rawValue)
        }
        let scope = caller.scope
        let loop = caller.eventLoop
        let handle = TaskHandle()
        let suspended = SuspendedImport(caller: caller) { handle.task?.cancel() }
        let bound = NIOLoopBound(suspended, eventLoop: loop)
        // A task, because the handler is asynchronous Swift; it holds no guest state, and is cancelled with the call.
        handle.task = Task {
            do {
                let response = try await work(request, scope)
                loop.execute { bound.value.resume { answer(&$0, response) } }
            } catch {
                let refusal = CapabilityError(wrapping: error, boundary)
                scope.logger.debug("import refused", metadata: ["reason": "\(refusal.message)"])
                loop.execute { bound.value.resume { _ in refusal.status.rawValue } }
            }
        }
        return suspended
    }
}

/// Ties the task to the closure that cancels it, made before it.
private final class TaskHandle {
    var task: Task<Void, Never>?
}
