import NIOCore
import Synchronization

/// What is known of whether the engine is there: for ten seconds after it could not be reached nobody tries again, as in
/// the reference, unless a connection that tries on its own account finds it earlier.
final class EngineAvailability: Sendable {
    static let retryWindow = TimeAmount.seconds(10)

    private let now: @Sendable () -> NIODeadline
    private let closedUntil = Mutex<(until: NIODeadline, fault: EngineFault)?>(nil)

    init(now: @escaping @Sendable () -> NIODeadline) {
        self.now = now
    }

    /// - Throws: The fault of the call that opened the window.
    func check() throws(EngineFault) {
        if let closed = self.closedUntil.withLock({ $0 }), self.now() < closed.until { throw closed.fault }
    }

    func isReachable() {
        self.closedUntil.withLock { $0 = nil }
    }

    func isUnreachable(_ fault: EngineFault) {
        let until = self.now() + Self.retryWindow
        self.closedUntil.withLock { $0 = (until, fault) }
    }
}
