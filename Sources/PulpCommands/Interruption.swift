import Synchronization
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// SIGINT and SIGTERM for work that leaves something behind when the process just ends.
final class Interruption: Sendable {
    private let status = Mutex<ExitStatus?>(nil)

    private init() {}

    /// Runs `body`. The first signal cancels it, so that it clears up; the second ends the process at once.
    ///
    /// - Throws: ``ExitStatus/interrupted`` or ``ExitStatus/terminated`` after a signal, else what `body` throws.
    static func ending(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let interruption = Interruption()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        // It ends below, before this function does.
        let work = Task { try await body() }
        let outcome = await withTaskGroup(of: Result<Void, any Error>?.self) { tasks in
            tasks.addTask { await work.result }
            tasks.addTask {
                for await signal in signals {
                    guard interruption.isFirst(signal) else { _exit(128 + signal.rawValue) }
                    work.cancel()
                }
                return nil
            }
            // The work: the listener goes on until it is cancelled.
            let outcome = await tasks.next() ?? nil
            tasks.cancelAll()
            return outcome
        }
        if let status = interruption.status.withLock({ $0 }) { throw status }
        try outcome?.get()
    }

    private func isFirst(_ signal: UnixSignal) -> Bool {
        self.status.withLock { status in
            defer { status = status ?? (signal == .sigint ? .interrupted : .terminated) }
            return status == nil
        }
    }
}
