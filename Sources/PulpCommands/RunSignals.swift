import Logging
import Pulp
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The signals of `pulp run`: the first SIGTERM or SIGINT asks everything to stop, the second ends the process.
struct RunSignals {
    let host: Host
    let services: ServiceGroup
    let logger: Logger

    /// Runs the services to their end, and listens meanwhile.
    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await self.services.run() }
            tasks.addTask { await self.listen(to: signals) }
            // The services: the listener goes on until it is cancelled.
            try await tasks.next()
            tasks.cancelAll()
        }
    }

    private func listen(to signals: UnixSignalsSequence) async {
        var isStopping = false
        for await signal in signals {
            guard signal != .sighup else {
                self.host.reloadCertificates()
                continue
            }
            self.logger.info("signal received", metadata: ["signal": "\(signal)"])
            guard !isStopping else {
                // At once means at once: nothing of ours may hold the user up a second time.
                _exit(128 + signal.rawValue)
            }
            isStopping = true
            await self.services.triggerGracefulShutdown()
        }
    }
}
