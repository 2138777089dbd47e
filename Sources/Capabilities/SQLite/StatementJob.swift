import NIOCore
import PulpCapability
import PulpWire
import Synchronization

/// One thing for a database's thread to do.
final class StatementJob: Sendable {
    enum Work: Sendable {
        case exec(sql: [UInt8], parameters: [UInt8])
        case query(sql: [UInt8], parameters: [UInt8])
        case batch([UInt8])
        case openCursor(sql: [UInt8], parameters: [UInt8], maximumRows: Int)
        case readCursor(UInt64, maximumRows: Int)
        case closeCursor(UInt64)
        /// The step of the instance has ended: so does its transaction.
        case endStep
        /// The instance has ended: so does all that it had open.
        case endInstance
    }

    let work: Work
    let instance: InstanceID
    let deadline: NIODeadline
    /// Until when it waits for another instance's transaction.
    let busyDeadline: NIODeadline
    private let completion: @Sendable (StatementOutcome) -> Void
    private let abandoned = Atomic<Bool>(false)

    /// As the reference's `busy_timeout`.
    private static let patience = TimeAmount.seconds(5)

    init(
        _ work: Work, instance: InstanceID, now: NIODeadline, deadline: NIODeadline,
        completion: @escaping @Sendable (StatementOutcome) -> Void
    ) {
        self.work = work
        self.instance = instance
        self.deadline = deadline
        self.busyDeadline = min(now + Self.patience, deadline)
        self.completion = completion
    }

    /// The host's own: waits for nobody, answers nobody.
    static func housekeeping(_ work: Work, instance: InstanceID) -> StatementJob {
        StatementJob(work, instance: instance, now: .now(), deadline: .distantFuture) { _ in }
    }

    var isHousekeeping: Bool {
        switch self.work {
        case .endStep, .endInstance: true
        default: false
        }
    }

    var isAbandoned: Bool { self.abandoned.load(ordering: .relaxed) }

    /// The guest has gone: the statement is stopped at its next look, or not begun.
    func abandon() {
        self.abandoned.store(true, ordering: .relaxed)
    }

    func finish(_ outcome: StatementOutcome) {
        self.completion(outcome)
    }
}

/// What came of a job.
enum StatementOutcome: Sendable {
    case answered(AnswerBuffer)
    /// A statement failed; what the answer holds besides depends on the import.
    case failed(SQLiteFailure)
    case batchFailed(index: Int, SQLiteFailure)
    /// A status alone.
    case status(Status)
}
