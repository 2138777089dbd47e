import Dispatch
import Logging
import NIOCore
import PulpCapability
import PulpWire
import Synchronization

/// One plugin's database, and the thread of its own on which statements wait for the disk.
///
/// A thread for each database, since a plugin whose statements take seconds must not delay another's. It sleeps while
/// there is nothing to do. Short reads may use the connection on an event loop meanwhile: ``queryInline(_:_:)``.
final class StatementExecutor: @unchecked Sendable {
    // Sendable: the queue is behind a lock, and says who has `connection`; the rest is constant.
    private let folder: String
    private let limits: SQLiteLimits
    private let keepsTransactions: Bool
    private let logger: Logger
    private let queue = Mutex(StatementQueue())
    private let signal = DispatchSemaphore(value: 0)
    private let limiter = Mutex(LogLimiter(linesPerSecond: 1, burst: 5, now: .now()))
    private var connection: Connection?
    private let stopped = Mutex<CheckedContinuation<Void, Never>?>(nil)
    /// How long a plugin's end waits for a function of SQLite's that cannot be stopped.
    private static let patience = DispatchTimeInterval.seconds(5)

    init(path folder: String, limits: SQLiteLimits, keepsTransactions: Bool, logger: Logger) {
        self.folder = folder
        self.limits = limits
        self.keepsTransactions = keepsTransactions
        self.logger = logger
    }

    // MARK: Life

    /// Opens the database on its thread.
    func start() async throws {
        try await withCheckedThrowingContinuation { (started: CheckedContinuation<Void, any Error>) in
            let isRunning = DatabaseThread.start {
                do {
                    self.connection = try Connection.open(folder: self.folder, limits: self.limits)
                } catch {
                    return started.resume(throwing: error)
                }
                started.resume()
                self.run()
            }
            if !isRunning {
                started.resume(throwing: Connection.OpeningError(description: "the system gives no thread"))
            }
        }
    }

    /// Ends what runs and waits, and closes the database. A statement stops at its next operation; one in the middle of
    /// a single long one (`instr` of megabytes in megabytes) is not waited for: its thread closes the database later.
    func stop() async {
        await withCheckedContinuation { stopped in
            self.stopped.withLock { $0 = stopped }
            DispatchQueue.global().asyncAfter(deadline: .now() + Self.patience) { [weak self] in
                guard let late = self?.takeStopped() else { return }
                self?.logger.error("a statement cannot be stopped; its database is closed when it has ended")
                late.resume()
            }
            let waiting = self.queue.withLock { $0.close() }
            for job in waiting { job.finish(.status(.notRegistered)) }
            self.signal.signal()
        }
    }

    private func takeStopped() -> CheckedContinuation<Void, Never>? {
        self.stopped.withLock { stopped in
            defer { stopped = nil }
            return stopped
        }
    }

    // MARK: What event loops call

    /// Hands a job to the thread; one that it cannot take is answered at once.
    func submit(_ job: StatementJob) {
        guard self.queue.withLock({ $0.append(job) }) else { return job.finish(.status(.notRegistered)) }
        self.signal.signal()
    }

    /// Runs a short read here and now, if the connection is free and the statement is known to be short.
    func queryInline(_ sql: UnsafeRawBufferPointer, _ parameters: RawSpan) -> AnswerBuffer? {
        guard self.queue.withLock({ $0.tryTake() }) else { return nil }
        let answer = unsafe self.connection?.queryInline(sql, parameters)
        if self.queue.withLock({ $0.giveBack() }) { self.signal.signal() }
        return answer
    }

    func stepEnded(_ instance: InstanceID) {
        guard !self.keepsTransactions else { return }
        let isOpen = self.queue.withLock { queue in
            queue.owner == instance && queue.append(.housekeeping(.endStep, instance: instance))
        }
        if isOpen { self.signal.signal() }
    }

    func instanceEnded(_ instance: InstanceID) {
        let isConcerned = self.queue.withLock { queue in
            queue.concerns(instance) && queue.append(.housekeeping(.endInstance, instance: instance))
        }
        if isConcerned { self.signal.signal() }
    }

    /// Says what the plugin did wrong, but not again and again.
    func complain(_ message: Logger.Message, _ metadata: Logger.Metadata = [:]) {
        let verdict = self.limiter.withLock { $0.admit(at: .now()) }
        if case .drop = verdict { return }
        self.logger.warning(message, metadata: metadata)
    }

    // MARK: The thread

    private func run() {
        while true {
            switch self.queue.withLock({ $0.next(at: .now()) }) {
            case .run(let job): self.perform(job)
            case .refuse(let jobs):
                let failure = SQLiteFailure(
                    code: 5, text: "database is locked: another instance of the plugin has a transaction open (5)")
                for job in jobs { job.finish(.failed(failure)) }
            case .wait(nil): self.signal.wait()
            case .wait(let time?):
                let left = max((time - .now()).nanoseconds, 0)
                _ = self.signal.wait(timeout: .now() + .nanoseconds(Int(left)))
            case .stop:
                self.connection?.close()
                self.connection = nil
                self.takeStopped()?.resume()
                return
            }
        }
    }

    private func perform(_ job: StatementJob) {
        guard let connection = self.connection else { return }
        let limit = NIODeadline.now() + .milliseconds(Int64(self.limits.statementMilliseconds))
        connection.hooks.begin(job, until: min(job.deadline, limit))
        let outcome = self.outcome(of: job, on: connection)
        connection.hooks.end()
        let isOpen = connection.isInTransaction
        let hasCursors = !connection.cursors.isEmpty
        self.queue.withLock {
            $0.finished(owner: isOpen ? ($0.owner ?? job.instance) : nil, hasCursors: hasCursors)
        }
        job.finish(outcome)
    }

    private func outcome(of job: StatementJob, on connection: Connection) -> StatementOutcome {
        do throws(SQLiteFailure) {
            switch job.work {
            case .exec(let sql, let parameters):
                return .answered(
                    try unsafe sql.wireBytes.withUnsafeBytes { (text) throws(SQLiteFailure) in
                        try unsafe connection.exec(text, parameters.wireBytes)
                    })
            case .query(let sql, let parameters):
                return .answered(
                    try unsafe sql.wireBytes.withUnsafeBytes { (text) throws(SQLiteFailure) in
                        try unsafe connection.query(text, parameters.wireBytes)
                    })
            case .batch(let request): return Self.batch(request, on: connection)
            case .openCursor, .readCursor, .closeCursor: return Self.cursor(job, on: connection)
            case .endStep:
                try self.rollBack(connection, job.instance, "the step ended")
            case .endInstance:
                connection.closeCursors(of: job.instance)
                try self.rollBack(connection, job.instance, "its instance ended")
            }
        } catch {
            return .failed(error)
        }
        return .status(.ok)
    }

    private static func batch(_ request: [UInt8], on connection: Connection) -> StatementOutcome {
        do throws(Connection.BatchFailure) {
            return .answered(try connection.batch(request.wireBytes))
        } catch {
            return .batchFailed(index: error.index, error.failure)
        }
    }

    private static func cursor(_ job: StatementJob, on connection: Connection) -> StatementOutcome {
        do throws(Connection.CursorFailure) {
            switch job.work {
            case .openCursor(let sql, let parameters, let rows):
                return .answered(
                    try unsafe sql.wireBytes.withUnsafeBytes { (text) throws(Connection.CursorFailure) in
                        try unsafe connection.openCursor(
                            text, parameters.wireBytes, maximumRows: rows, for: job.instance)
                    })
            case .readCursor(let number, let rows):
                return .answered(try connection.readCursor(number, maximumRows: rows, for: job.instance))
            case .closeCursor(let number):
                return .status(connection.closeCursor(number, for: job.instance) ? .ok : .notRegistered)
            default: return .status(.ok)
            }
        } catch {
            return switch error {
            case .tooMany: .status(.sqlLimit)
            case .unknown: .status(.notRegistered)
            case .failed(let failure): .failed(failure)
            }
        }
    }

    private func rollBack(_ connection: Connection, _ instance: InstanceID, _ why: String) throws(SQLiteFailure) {
        guard connection.isInTransaction, self.queue.withLock({ $0.owner == instance }) else { return }
        try connection.rollBack()
        let remedy =
            self.keepsTransactions
            ? "" : "; commit in the step, or set transactions = \"\(SQLiteCapability.acrossSteps)\" in [sqlite]"
        self.complain("a transaction was open when \(why), and was rolled back\(remedy)")
    }
}
