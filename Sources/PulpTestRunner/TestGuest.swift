import Foundation
import NIOCore
import Pulp
import PulpCapability
import PulpListener
import PulpManifest
import PulpRuntime
import PulpSandbox
import PulpTesting
import PulpWire
import Synchronization

/// A module of tests, compiled from the author's sources.
package struct TestModule: Sendable {
    let bytes: [UInt8]
    /// The sources, as the user named them.
    let sources: [String]

    package init(bytes: [UInt8], sources: [String]) {
        self.bytes = bytes
        self.sources = sources
    }

    /// The source of a name; what a module says of its files is not to be trusted.
    func source(named name: String) -> String {
        self.sources.first { ($0 as NSString).lastPathComponent == name } ?? self.sources.first ?? "tests"
    }
}

/// Runs a module of tests: an instance for each run, on a loop of its own, that is granted nothing but `pulp_test`.
struct TestGuest: Sendable {
    /// Bytes of one record, either way.
    private static let largestRecord = 64 << 20

    let module: TestModule
    let group: any EventLoopGroup

    /// Runs the module's `pulp_init` to its end.
    ///
    /// - Parameters:
    ///   - config: What to do: nothing for saying which tests there are, else a test's number.
    ///   - limit: Wall time.
    ///   - seed: Where its random numbers start.
    /// - Throws: What ended it early.
    func run(
        _ config: [UInt8], within limit: Duration, seed: UInt64, log: LogCollector, _ capability: GuestTestCapability
    ) async throws {
        let environment = try PulpEnvironment.shared(logger: log.logger(), group: self.group)
        let timers = TestClock(start: 0)
        let parts = RegistryParts.controlled(
            wall: { WallClock.nanoseconds() }, sleeps: timers.sleeps, timers: timers, random: .seeded(seed),
            fetches: "", resolver: CannedNames())
        // What the plugin's own functions import, when they are tested, is there and refuses.
        var registry = Registry.builtins(
            listeners: ListenerHub(group: self.group, limits: .init(), logger: log.logger()),
            storage: StorageRoot(path: "/nonexistent"), parts: parts)
        registry.always(capability)
        var spec = PluginSpec(name: "tests", version: "0", module: .bytes(self.module.bytes))
        spec.restart = .never
        spec.limits.callTimeout = limit
        spec.limits.maxMessageBytes = Self.largestRecord
        let guest = try await RunningPlugin.load(spec, registry: registry, environment: environment)
        do {
            try await withTaskCancellationHandler {
                try await guest.initialize(config)
            } onCancel: {
                // Ends the guest wherever it is; the handler must not wait for it.
                Task { await guest.close() }
            }
        } catch {
            await guest.close()
            throw error
        }
        await guest.close()
    }

    /// Asks which tests there are.
    ///
    /// - Returns: What the module says, unread.
    /// - Throws: ``TestModuleError``.
    func declaration() async throws -> [UInt8] {
        let said = Mutex<[UInt8]?>(nil)
        let hasAsked = Mutex(false)
        let log = LogCollector()
        do {
            try await self.run(
                [], within: .seconds(10), seed: 1, log: log,
                GuestTestCapability { bytes in
                    said.withLock { $0 = $0 ?? bytes }
                } called: { call in
                    hasAsked.withLock { $0 = true }
                    call.reply(.over)
                })
        } catch {
            let why =
                hasAsked.withLock { $0 }
                ? ["there is no plugin yet when tests are listed; ask it in the closure of a test"]
                : CaseRun.lines(HostError.explain(error)) + GuestRun.printed(log)
            throw TestModuleError(["the tests do not say which they are:"] + why.map { "  \($0)" })
        }
        guard let bytes = said.withLock({ $0 }) else { throw TestModuleError(["the tests do not say which they are"]) }
        return bytes
    }
}

/// Why a module of tests cannot be run: lines for the user.
package struct TestModuleError: Error, Sendable {
    package let lines: [String]

    init(_ lines: [String]) { self.lines = lines }
}
