import Logging
import NIOCore
import PulpCapability
import PulpWire
import Synchronization

/// The imports of one plugin: from the guest's words to a statement, and from its outcome to the guest's memory.
package final class SQLiteSession: Sendable {
    let executor: StatementExecutor
    private let limits: SQLiteLimits
    private let scope: PluginScope
    /// The last failure of each instance, whose sentence `sqlite_error` gives.
    private let failures = Mutex<[InstanceID: SQLiteFailure]>([:])

    /// Bytes of a sentence that are kept.
    private static let sentenceBytes = 1_024

    /// Which import a statement came by, for what its failure looks like.
    enum Shape {
        /// The reference's own: what fails is 5 alone in v0.1.
        case exec, query
        case batch, stream
    }

    init(_ executor: StatementExecutor, limits: SQLiteLimits, scope: PluginScope) {
        self.executor = executor
        self.limits = limits
        self.scope = scope
    }

    // MARK: Imports

    func exec(_ call: inout GuestCall) -> SuspendedImport {
        self.run(&call, .exec, pair: 4) { .exec(sql: $0, parameters: $1) }
    }

    func query(_ call: inout GuestCall) -> SuspendedImport {
        let caller = call.caller
        let (count, parameterCount) = (call.word(1), call.word(3))
        guard count > 0, self.isInBounds(count, parameterCount) else {
            return SuspendedImport(caller: caller, result: (count > 0 ? Status.readFailed : .emptyRequest).rawValue)
        }
        let inline = call.withBytes(at: call.word(0), count: count) { sql in
            call.withBytes(at: call.word(2), count: parameterCount) { parameters in
                unsafe sql.withUnsafeBytes { unsafe self.executor.queryInline($0, parameters) }
            }
        }
        if let answer = (inline ?? nil) ?? nil {
            let status = Self.write(answer, to: &call, pair: 4, .ok)
            return SuspendedImport(caller: caller, result: status)
        }
        return self.run(&call, .query, pair: 4) { .query(sql: $0, parameters: $1) }
    }

    func batch(_ call: inout GuestCall) -> SuspendedImport {
        let caller = call.caller
        guard call.word(1) > 0 else { return SuspendedImport(caller: caller, result: Status.emptyRequest.rawValue) }
        guard self.isInBounds(call.word(1), 0), let request = call.bytes(at: call.word(0), count: call.word(1)) else {
            return SuspendedImport(caller: caller, result: Status.readFailed.rawValue)
        }
        return self.submit(.batch(request), .batch, pair: 2, caller)
    }

    func openStream(_ call: inout GuestCall) -> SuspendedImport {
        let rows = Self.rows(call.word(4))
        return self.run(&call, .stream, pair: 5) { .openCursor(sql: $0, parameters: $1, maximumRows: rows) }
    }

    func readStream(_ call: inout GuestCall) -> SuspendedImport {
        let work = StatementJob.Work.readCursor(call.splitWord(0), maximumRows: Self.rows(call.word(2)))
        return self.submit(work, .stream, pair: 3, call.caller)
    }

    func closeStream(_ call: inout GuestCall) -> SuspendedImport {
        self.submit(.closeCursor(call.splitWord(0)), .stream, pair: 2, call.caller)
    }

    func lastError(_ call: inout GuestCall) -> Int32 {
        let caller = call.caller
        let bytes = self.failures.withLock { $0[caller.instance] }?.record.encodedBytes() ?? []
        return call.answer(bytes.wireBytes, pair: 0)
    }

    /// The instance has ended: nobody asks for its failure any more.
    func instanceEnded(_ instance: InstanceID) {
        self.failures.withLock { $0[instance] = nil }
        self.executor.instanceEnded(instance)
    }

    /// 0 leaves it to the host.
    private static func rows(_ word: UInt32) -> Int { word == 0 ? .max : Int(word) }

    // MARK: Running

    private func isInBounds(_ count: UInt32, _ other: UInt32) -> Bool {
        max(Int(count), Int(other)) <= self.scope.maximumMessageBytes
    }

    /// Words 0 to 3 are a text of SQL and its parameters.
    private func run(
        _ call: inout GuestCall, _ shape: Shape, pair: Int, _ work: ([UInt8], [UInt8]) -> StatementJob.Work
    ) -> SuspendedImport {
        let caller = call.caller
        guard call.word(1) > 0 else { return SuspendedImport(caller: caller, result: Status.emptyRequest.rawValue) }
        guard self.isInBounds(call.word(1), call.word(3)),
            let sql = call.bytes(at: call.word(0), count: call.word(1)),
            let parameters = call.word(3) == 0 ? [] : call.bytes(at: call.word(2), count: call.word(3))
        else { return SuspendedImport(caller: caller, result: Status.readFailed.rawValue) }
        return self.submit(work(sql, parameters), shape, pair: pair, caller)
    }

    private func submit(
        _ work: StatementJob.Work, _ shape: Shape, pair: Int, _ caller: any GuestCaller
    ) -> SuspendedImport {
        let loop = caller.eventLoop
        let later = LateAnswer(loop: loop)
        let job = StatementJob(work, instance: caller.instance, now: .now(), deadline: caller.deadline) { outcome in
            later.deliver { call in self.write(outcome, shape, pair: pair, to: &call) }
        }
        let suspended = SuspendedImport(caller: caller) {
            job.abandon()
            later.forget()
        }
        later.expect(suspended)
        self.executor.submit(job)
        return suspended
    }

    // MARK: Answering

    private func write(_ outcome: StatementOutcome, _ shape: Shape, pair: Int, to call: inout GuestCall) -> Int32 {
        switch outcome {
        case .answered(let answer): return Self.write(answer, to: &call, pair: pair, .ok)
        case .status(let status):
            if status == .sqlLimit {
                self.executor.complain(
                    "too many cursors are open: close them, or \(SQLiteLimits.remedy(SQLiteLimits.cursors))")
            }
            return status.rawValue
        case .failed(let failure), .batchFailed(_, let failure):
            self.say(failure)
            let instance = call.caller.instance
            self.failures.withLock { $0[instance] = failure.clipped(to: Self.sentenceBytes) }
        }
        guard case .failed(let failure) = outcome else {
            guard case .batchFailed(let index, let failure) = outcome else { return Status.encodeFailed.rawValue }
            guard failure != .undecodable else { return Status.decodeFailed.rawValue }
            return Self.write(to: &call, pair: pair, failure.status) {
                SQLiteBatchResult.write(failed: index, failure.text, into: &$0)
            }
        }
        guard failure != .undecodable else { return Status.decodeFailed.rawValue }
        switch shape {
        case .exec, .query:
            guard self.scope.dialect == .cell else { return Status.encodeFailed.rawValue }
            return Self.write(to: &call, pair: pair, failure.status) { writer in
                if shape == .exec {
                    SQLiteExecResult(rowsAffected: 0, lastInsertID: 0, error: failure.text).encode(into: &writer)
                } else {
                    SQLiteQueryResult(columns: nil, rows: nil, error: failure.text).encode(into: &writer)
                }
            }
        case .batch, .stream:
            return Self.write(to: &call, pair: pair, failure.status) {
                SQLiteQueryResult(columns: nil, rows: nil, error: failure.text).encode(into: &$0)
            }
        }
    }

    private func say(_ failure: SQLiteFailure) {
        if failure.limit != nil {
            self.executor.complain("a limit was hit: \(LogText.printable(failure.text, limit: 500))")
        } else {
            self.scope.logger.debug(
                "a statement failed", metadata: ["reason": "\(LogText.printable(failure.text, limit: 500))"])
        }
    }

    /// Writes an answer; `status` when that works.
    private static func write(_ answer: AnswerBuffer, to call: inout GuestCall, pair: Int, _ status: Status) -> Int32 {
        let written = answer.withBytes { call.answer($0, pair: pair) }
        return written == 0 ? status.rawValue : written
    }

    /// Writes what goes with a failure. It is the failure that counts: where there is no room, its status goes alone.
    private static func write(
        to call: inout GuestCall, pair: Int, _ status: Status, _ body: (inout MessagePackWriter) -> Void
    ) -> Int32 {
        _ = call.answer(MessagePackWriter.encode(body).wireBytes, pair: pair)
        return status.rawValue
    }
}

/// Takes an answer from the database's thread to the guest that waits for it on its loop.
private final class LateAnswer: @unchecked Sendable {
    // Sendable: `suspended` is touched on `loop` only, but for the one write before anybody else knows of it.
    private let loop: any EventLoop
    private var suspended: SuspendedImport?

    init(loop: any EventLoop) {
        self.loop = loop
    }

    func expect(_ suspended: SuspendedImport) {
        self.suspended = suspended
    }

    func forget() {
        self.suspended = nil
    }

    func deliver(_ finish: @escaping @Sendable (inout GuestCall) -> Int32) {
        self.loop.execute {
            let suspended = self.suspended
            self.suspended = nil
            suspended?.resume(finish)
        }
    }
}
