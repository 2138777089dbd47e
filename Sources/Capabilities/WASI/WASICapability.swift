import PulpCapability

/// `wasi_snapshot_preview1`: what a guest's C, Go, Rust or Zig library needs of an operating system, and no more.
///
/// All 46 functions link. There are no files, sockets or arguments; the environment is the manifest's `[env]`; standard
/// input is at its end; standard output and error go line by line to the plugin's log.
package struct WASICapability: Capability {
    package static let id: CapabilityID = "wasi_snapshot_preview1"

    private let clocks: WASIClocks
    private let random: RandomSource
    private let logs: PluginLogs

    package init(clocks: WASIClocks, random: RandomSource, logs: PluginLogs) {
        self.clocks = clocks
        self.random = random
        self.logs = logs
    }

    /// - Throws: ``CapabilityError`` for an environment that C's form cannot express.
    package func open(_ scope: PluginScope) throws -> WASISession {
        let environment = try EnvironmentBlock(scope.environment)
        return WASISession(
            environment: environment, clocks: self.clocks, random: self.random, log: self.logs.open(scope))
    }

    package func close(_ session: WASISession) {
        session.end()
        self.logs.close(session.log)
    }

    package func instanceEnded(_ instance: InstanceID, in session: WASISession) {
        session.end(instance)
    }
}
