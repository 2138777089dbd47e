import Logging
import Synchronization

/// Keeps what is logged, for a test to read.
public final class LogCollector: Sendable {
    /// One line.
    public struct Line: Hashable, Sendable, CustomStringConvertible {
        public let level: Logger.Level
        public let message: String
        /// The line's fields and the logger's, as text.
        public let metadata: [String: String]
        public let source: String

        public var description: String { "\(self.level): \(self.message) \(self.metadata)" }
    }

    private let collected = Mutex<[Line]>([])

    public init() {}

    /// All lines so far, in order.
    public var lines: [Line] { self.collected.withLock { $0 } }
    /// Their messages.
    public var messages: [String] { self.lines.map(\.message) }

    /// Forgets all lines.
    public func clear() {
        self.collected.withLock { $0 = [] }
    }

    /// A logger that writes here.
    public func logger(label: String = "test", level: Logger.Level = .trace, metadata: Logger.Metadata = [:]) -> Logger
    {
        var logger = Logger(label: label, factory: { _ in Handler(collector: self) })
        logger.logLevel = level
        for (name, value) in metadata { logger[metadataKey: name] = value }
        return logger
    }

    fileprivate func add(_ line: Line) {
        self.collected.withLock { $0.append(line) }
    }
}

private struct Handler: LogHandler {
    let collector: LogCollector
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = self.metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        self.collector.add(
            LogCollector.Line(
                level: event.level, message: "\(event.message)", metadata: fields, source: event.source))
    }
}
