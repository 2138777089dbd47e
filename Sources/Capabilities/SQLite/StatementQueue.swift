import NIOCore
import PulpCapability

/// Who may use a database's one connection, and in which order: a value.
///
/// Jobs run one at a time, in the order of their arrival. While an instance has a transaction open only its own jobs run;
/// those of others wait until it ends, or until they lose patience.
struct StatementQueue {
    private(set) var waiting: [StatementJob] = []
    private(set) var running: StatementJob?
    /// Whose transaction is open.
    private(set) var owner: InstanceID?
    /// Somebody has the connection.
    private(set) var isTaken = false
    private(set) var isClosing = false
    /// Cursors are open, of whichever instance.
    private(set) var hasCursors = false

    /// Far more than a plugin's instances can ask for at once: each waits for its answer.
    static let capacity = 4_096

    /// What the database's thread does next.
    enum Next {
        case run(StatementJob)
        /// Their patience has ended.
        case refuse([StatementJob])
        /// Nothing, until it is woken or the time has come.
        case wait(until: NIODeadline?)
        case stop
    }

    /// Takes the connection for an event loop, if nobody has it, waits for it, or has a transaction open.
    mutating func tryTake() -> Bool {
        guard !self.isTaken, !self.isClosing, self.owner == nil, self.waiting.isEmpty else { return false }
        self.isTaken = true
        return true
    }

    /// Gives the connection back. Whether the database's thread must be woken.
    mutating func giveBack() -> Bool {
        self.isTaken = false
        return !self.waiting.isEmpty || self.isClosing
    }

    /// Whether the end of an instance leaves anything to clear away: most leave nothing, and wake nobody.
    func concerns(_ instance: InstanceID) -> Bool {
        self.owner == instance || self.hasCursors || self.running?.instance == instance
            || self.waiting.contains { $0.instance == instance }
    }

    /// A job has ended; `owner` is whose transaction is open now.
    mutating func finished(owner: InstanceID?, hasCursors: Bool = false) {
        self.hasCursors = hasCursors
        self.isTaken = false
        self.running = nil
        self.owner = owner
    }

    /// False when it is closed or full.
    mutating func append(_ job: StatementJob) -> Bool {
        guard !self.isClosing, job.isHousekeeping || self.waiting.count < Self.capacity else { return false }
        self.waiting.append(job)
        return true
    }

    /// No more jobs; the one that runs is stopped. Those that wait.
    mutating func close() -> [StatementJob] {
        self.isClosing = true
        self.running?.abandon()
        defer { self.waiting = [] }
        return self.waiting
    }

    mutating func next(at now: NIODeadline) -> Next {
        guard !self.isTaken else { return .wait(until: nil) }
        guard !self.isClosing else { return .stop }
        self.waiting.removeAll { $0.isAbandoned && !$0.isHousekeeping }
        guard let owner = self.owner else {
            return self.waiting.isEmpty ? .wait(until: nil) : self.run(at: 0)
        }
        if let place = self.waiting.firstIndex(where: { $0.isHousekeeping || $0.instance == owner }) {
            return self.run(at: place)
        }
        let late = self.waiting.filter { $0.busyDeadline <= now }
        guard late.isEmpty else {
            self.waiting.removeAll { $0.busyDeadline <= now }
            return .refuse(late)
        }
        return .wait(until: self.waiting.map(\.busyDeadline).min())
    }

    private mutating func run(at place: Int) -> Next {
        let job = self.waiting.remove(at: place)
        self.isTaken = true
        self.running = job
        return .run(job)
    }
}
