import Logging
import NIOCore
import Synchronization

/// The log of one plugin as its guests write to it, whatever the way: one budget of lines for all of them.
///
/// Never blocks but for the handler of swift-log that the application has chosen.
public final class PluginLog: Sendable {
    /// swift-log's `source` of what a guest said, to tell it from what the host says of it.
    public static let source = "guest"

    private static let reservedNames: Set<String> = [
        "plugin", "version", "instance", "stream", "dropped_lines", "dropped_bytes", "fields_cut",
    ]

    private let logger: Logger
    private let now: @Sendable () -> NIODeadline
    private let limiter: Mutex<LogLimiter>

    init(logger: Logger, now: @escaping @Sendable () -> NIODeadline) {
        self.logger = logger
        self.now = now
        self.limiter = Mutex(LogLimiter(now: now()))
    }

    /// Whether anybody wants lines of `level`; one that nobody wants costs nothing.
    public func isWanted(_ level: Logger.Level) -> Bool {
        level >= self.logger.logLevel
    }

    /// The right to write one line, and what must be said before it.
    public struct Permit: Sendable {
        fileprivate let dropped: LogLimiter.Dropped
    }

    /// Takes a line from the budget; nil when it is to be dropped, which is counted.
    public func permit() -> Permit? {
        let now = self.now()
        return switch self.limiter.withLock({ $0.admit(at: now) }) {
        case .pass: Permit(dropped: LogLimiter.Dropped())
        case .passAfter(let dropped): Permit(dropped: dropped)
        case .drop: nil
        }
    }

    /// Counts output that is dropped without being cut into lines.
    public func drop(bytes: Int) {
        self.limiter.withLock { $0.drop(bytes: bytes) }
    }

    /// Writes a line, and before it what was dropped.
    ///
    /// - Parameters:
    ///   - permit: From ``permit()``, used once.
    ///   - level: As the guest or its stream has it.
    ///   - message: Already fit for a log: ``LogText``.
    ///   - metadata: Fit for a log too, and without reserved names: ``isReserved(_:)``.
    public func write(_ permit: Permit, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) {
        self.report(permit.dropped)
        self.logger.log(level: level, "\(message)", metadata: metadata, source: Self.source)
    }

    /// Whether `name` is one of the fields that the host sets: a guest may not pretend to be another plugin.
    public func isReserved(_ name: String) -> Bool {
        self.logger[metadataKey: name] != nil || Self.reservedNames.contains(name)
    }

    /// Says what was dropped and not said yet.
    func reportDropped() {
        self.report(self.limiter.withLock { $0.takeDropped() })
    }

    private func report(_ dropped: LogLimiter.Dropped) {
        guard !dropped.isEmpty else { return }
        var metadata: Logger.Metadata = ["dropped_lines": "\(dropped.lines)"]
        if dropped.bytes > 0 { metadata["dropped_bytes"] = "\(dropped.bytes)" }
        self.logger.warning("the plugin logs too much; part of it was dropped", metadata: metadata)
    }
}

/// The logs of all plugins, so that the capabilities by which a plugin can log share its one budget.
public final class PluginLogs: Sendable {
    private struct Entry {
        let log: PluginLog
        var users: Int
    }

    private let now: @Sendable () -> NIODeadline
    private let entries = Mutex<[String: Entry]>([:])

    /// - Parameter now: A clock that does not go back, such as `NIODeadline.now`.
    public init(now: @escaping @Sendable () -> NIODeadline) {
        self.now = now
    }

    /// The log of the plugin; each call is answered by one of ``close(_:)``.
    public func open(_ scope: PluginScope) -> PluginLog {
        let fresh = PluginLog(logger: scope.logger, now: self.now)
        return self.entries.withLock { entries in
            let log = entries[scope.name]?.log ?? fresh
            entries[scope.name, default: Entry(log: log, users: 0)].users += 1
            return log
        }
    }

    /// Says what was dropped. The last to leave takes the budget along.
    public func close(_ log: PluginLog) {
        log.reportDropped()
        self.entries.withLock { entries in
            guard let name = entries.first(where: { $0.value.log === log })?.key else { return }
            entries[name]?.users -= 1
            if entries[name]?.users == 0 { entries[name] = nil }
        }
    }
}
