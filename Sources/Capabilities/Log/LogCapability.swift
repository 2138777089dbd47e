import PulpCapability
import PulpWire

/// `log`: lines with a level and fields from the guest to the application's log.
package struct LogCapability: Capability {
    package static let id: CapabilityID = "log"
    package static let imports: [HostImport<LogSession>] = [
        .bytesCommand(
            "log_write", summary: "Writes a line to the host's log: `{level, message, fields}`.",
            statuses: [
                LogSession.unknownLevel: "the level is none of 0 to 6 or their names",
                LogSession.dropped: "dropped, and counted: the plugin logs too much",
            ]
        ) { session, bytes, _ in try session.write(bytes) }
    ]

    private let logs: PluginLogs

    package init(logs: PluginLogs) {
        self.logs = logs
    }

    package func open(_ scope: PluginScope) -> LogSession {
        LogSession(log: self.logs.open(scope))
    }

    package func close(_ session: LogSession) {
        self.logs.close(session.log)
    }
}
