import NIOCore
import PulpCapability
import PulpSandbox

/// `storage.sqlite`: a database for each plugin, in its folder.
///
/// - SeeAlso: `README.md` in this folder, and the reference's contract for the statuses.
package struct SQLiteCapability: Capability {
    package static let id: CapabilityID = "storage.sqlite"
    package static let section: String? = "sqlite"
    package static let hearsOfStepEnds = true

    /// What `transactions` may be.
    static let withinStep = "within-step"
    static let acrossSteps = "across-steps"

    static let transactions = SettingKey(
        "transactions", .choice([Self.withinStep, Self.acrossSteps], default: Self.withinStep),
        "Whether a transaction may stay open when a step ends; `within-step` rolls it back and says so. "
            + "In a `pulp.cell.toml` the default is `across-steps`.")
    package static let settings = [Self.transactions]
    package static let limits = SQLiteLimits.keys

    private let storage: StorageRoot

    /// - Parameter storage: Where the plugins' folders are.
    package init(storage: StorageRoot) {
        self.storage = storage
    }

    package func open(_ scope: PluginScope) async throws -> SQLiteSession {
        let limits = SQLiteLimits(scope)
        let executor = StatementExecutor(
            path: try self.storage.folder(of: scope.name), limits: limits, keepsTransactions: Self.keeps(scope),
            logger: scope.logger)
        try await executor.start()
        return SQLiteSession(executor, limits: limits, scope: scope)
    }

    package func close(_ session: SQLiteSession) async {
        await session.executor.stop()
    }

    package func instanceEnded(_ instance: InstanceID, in session: SQLiteSession) {
        session.instanceEnded(instance)
    }

    package func stepEnded(_ instance: InstanceID, in session: SQLiteSession) {
        session.executor.stepEnded(instance)
    }

    private static func keeps(_ scope: PluginScope) -> Bool {
        let chosen = scope.settings.choice(Self.transactions, in: "sqlite")
        return (chosen ?? (scope.dialect == .cell ? Self.acrossSteps : Self.withinStep)) == Self.acrossSteps
    }
}
