import CSQLite
import NIOCore

/// What SQLite asks while it prepares and runs statements: whether it may, and whether to go on. Confined to whoever
/// has the connection.
final class ConnectionHooks {
    /// Why a statement was stopped.
    enum Stop {
        case none, abandoned, timedOut, budget
    }

    var authorizer = Authorizer()
    /// The host's own statements may do anything.
    var isHost = false
    private(set) var stop = Stop.none
    private var job: StatementJob?
    private var deadline = NIODeadline.distantFuture
    private var callbacksLeft = Int.max

    /// Operations of SQLite's machine between two looks: about 5 us.
    static let operationsPerLook: Int32 = 250
    /// What a statement may take on an event loop: 10,000 operations, and half of a guest's own slice.
    private static let inlineLooks = 40
    private static let inlineTime = TimeAmount.microseconds(500)

    func begin(_ job: StatementJob, until deadline: NIODeadline) {
        self.stop = .none
        self.job = job
        self.deadline = deadline
        self.callbacksLeft = .max
    }

    func beginInline() {
        self.stop = .none
        self.job = nil
        self.deadline = .now() + Self.inlineTime
        self.callbacksLeft = Self.inlineLooks
    }

    /// The host's own work is not bounded.
    func end() {
        self.stop = .none
        self.job = nil
        self.deadline = .distantFuture
        self.callbacksLeft = .max
    }

    /// Whether a running statement is to be stopped.
    fileprivate func shouldStop() -> Bool {
        self.callbacksLeft -= 1
        if self.callbacksLeft <= 0 {
            self.stop = .budget
        } else if self.job?.isAbandoned == true {
            self.stop = .abandoned
        } else if NIODeadline.now() >= self.deadline {
            self.stop = .timedOut
        }
        return self.stop != .none
    }

    /// Registers with the connection, which must end before `self` does.
    func install(_ handle: OpaquePointer) {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe sqlite3_progress_handler(
            handle, Self.operationsPerLook,
            { context in
                guard let context = unsafe context else { return 1 }
                return unsafe Unmanaged<ConnectionHooks>.fromOpaque(context).takeUnretainedValue().shouldStop() ? 1 : 0
            }, context)
        unsafe sqlite3_set_authorizer(
            handle,
            { context, action, first, second, _, _ in
                guard let context = unsafe context else { return SQLITE_DENY }
                let hooks = unsafe Unmanaged<ConnectionHooks>.fromOpaque(context).takeUnretainedValue()
                if hooks.isHost { return SQLITE_OK }
                let isAllowed = hooks.authorizer.allows(
                    action, unsafe first.map { unsafe String(cString: $0) },
                    unsafe second.map { unsafe String(cString: $0) })
                return isAllowed ? SQLITE_OK : SQLITE_DENY
            }, context)
    }
}
