import Logging
import NIOCore
import PulpCapability
import Synchronization

/// Lines for whoever runs the host, about calls that failed: few, whatever a guest does, and without its bytes.
final class FileNotices: Sendable {
    private let logger: Logger
    private let now: @Sendable () -> NIODeadline
    private let limiter: Mutex<LogLimiter>

    init(_ logger: Logger, now: @escaping @Sendable () -> NIODeadline) {
        self.logger = logger
        self.now = now
        self.limiter = Mutex(LogLimiter(linesPerSecond: 1, burst: 10, now: now()))
    }

    func write(_ failure: FileFailure) {
        switch failure {
        case .limit(let key, let reason):
            self.warn("\(reason); \(key.name) in [limits.storage.fs] is the limit", ["limit": "\(key.name)"])
        case .broken(let reason): self.warn("the plugin's files cannot be used as they should: \(reason)", [:])
        case .rejected(let reason), .failed(let reason):
            self.logger.debug("import refused", metadata: ["reason": "\(reason)"])
        case .boundary, .notFound, .closed, .unavailable: break
        }
    }

    private func warn(_ message: @autoclosure () -> String, _ metadata: Logger.Metadata) {
        var metadata = metadata
        switch self.limiter.withLock({ $0.admit(at: self.now()) }) {
        case .drop: return
        case .passAfter(let dropped): metadata["dropped_lines"] = "\(dropped.lines)"
        case .pass: break
        }
        self.logger.warning("\(message())", metadata: metadata)
    }
}
