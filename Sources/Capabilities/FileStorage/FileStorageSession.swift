import Logging
import NIOCore
import PulpCapability
import PulpSandbox
import PulpWire
import Synchronization

/// One plugin's files: takes its calls, has them done, and writes the answers.
package final class FileStorageSession: Sendable {
    private struct State {
        /// Calls that wait for a worker or are with one, those of guests that have gone among them.
        var calls = 0
        var isClosed = false
        var closing: CheckedContinuation<Void, Never>?
    }

    let path: String
    let limits: FileLimits
    let scope: PluginScope
    private let tree: FileTree
    private let notices: FileNotices
    private let state = Mutex(State())

    init(
        _ scope: PluginScope, path: String, tree: FileTree, limits: FileLimits,
        now: @escaping @Sendable () -> NIODeadline
    ) {
        self.scope = scope
        self.path = path
        self.tree = tree
        self.limits = limits
        self.notices = FileNotices(scope.logger, now: now)
    }

    var rules: PathRules { self.tree.rules }

    /// Takes a call. What can be told from memory is answered at once; for the rest the guest sleeps.
    func perform(
        _ call: inout GuestCall, _ decode: (FileStorageSession, borrowing GuestCall) throws -> FileOperation
    ) -> SuspendedImport {
        let caller = call.caller
        let operation: FileOperation
        do {
            operation = try decode(self, call)
        } catch {
            return SuspendedImport(caller: caller, result: self.refuse(FileFailure(error)))
        }
        if let outcome = self.tree.runFromMemory(operation) {
            return SuspendedImport(caller: caller, result: self.answer(outcome, &call))
        }
        do throws(FileFailure) {
            try self.begin()
        } catch {
            return SuspendedImport(caller: caller, result: self.refuse(error))
        }
        return self.enqueue(operation, caller)
    }

    private func enqueue(_ operation: FileOperation, _ caller: any GuestCaller) -> SuspendedImport {
        let loop = caller.eventLoop
        let isGone = AbandonedFlag()
        let sleeper = Sleeper()
        let suspended = SuspendedImport(caller: caller) {
            isGone.set()
            sleeper.suspended = nil
        }
        sleeper.suspended = suspended
        let bound = NIOLoopBound(sleeper, eventLoop: loop)
        self.tree.account.queue.submit(isChange: operation.isChange) { isRunning in
            defer { self.end() }
            // A guest that is gone does not get its file written any more.
            guard !isGone.isSet else { return }
            let outcome =
                isRunning ? self.tree.run(operation, while: { !isGone.isSet }) : .failure(.unavailable)
            guard !isGone.isSet else { return }
            loop.execute { bound.value.wake { self.answer(outcome, &$0) } }
        }
        return suspended
    }

    private func answer(_ outcome: Result<FileAnswer, FileFailure>, _ call: inout GuestCall) -> Int32 {
        switch outcome {
        case .success(.done): Status.ok.rawValue
        case .success(.bytes(let bytes)): call.answer(bytes, BoundaryStatuses())
        case .failure(let failure): self.refuse(failure)
        }
    }

    private func refuse(_ failure: FileFailure) -> Int32 {
        self.notices.write(failure)
        return failure.status(self.scope.dialect).rawValue
    }

    // MARK: Ending

    private func begin() throws(FileFailure) {
        let failure = self.state.withLock { state -> FileFailure? in
            if state.isClosed { return .closed }
            guard state.calls < self.limits.calls else {
                return .limit(FileLimits.callsKey, "more calls wait for the disk than may")
            }
            state.calls += 1
            return nil
        }
        if let failure { throw failure }
    }

    private func end() {
        let closing = self.state.withLock { state in
            state.calls -= 1
            guard state.calls == 0 else { return nil as CheckedContinuation<Void, Never>? }
            defer { state.closing = nil }
            return state.closing
        }
        closing?.resume()
    }

    /// Takes no more calls, and waits for those that are with a worker: nothing is done in the folder afterwards.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = self.state.withLock { state in
                state.isClosed = true
                if state.calls > 0 { state.closing = continuation }
                return state.calls == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}

/// A guest that waits for a worker. Confined to its loop, so that nothing of the guest is let go elsewhere.
private final class Sleeper {
    var suspended: SuspendedImport?

    func wake(_ answer: @escaping (inout GuestCall) -> Int32) {
        let suspended = self.suspended
        self.suspended = nil
        suspended?.resume(answer)
    }
}

/// Tells a worker that nobody waits for it any more.
private final class AbandonedFlag: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { self.flag.load(ordering: .relaxed) }
    func set() { self.flag.store(true, ordering: .relaxed) }
}
