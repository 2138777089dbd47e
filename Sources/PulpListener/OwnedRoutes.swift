import Synchronization

/// Where one owner has registered its routes: at once, or, beside the owner whose place it is to take, staged until
/// ``commit(_:)``. Once they are withdrawn, what the owner registers still is known here and found by nobody: a version
/// that was replaced goes on for a while.
///
/// The owner is handed in with every call, so that nothing here keeps it alive, but for ``index``, until it is closed.
package final class OwnedRoutes: Sendable {
    private struct State {
        var tables: [RouteTable] = []
        var isStaged: Bool
        var isWithdrawn = false
        /// Whose place the owner is to take.
        var former: (owner: any RouteOwner, routes: OwnedRoutes)?
    }

    private let state: Mutex<State>
    /// The owner's routes alone, whether they are staged, in use or replaced.
    private let index = RouteTable()

    /// - Parameters:
    ///   - isStaged: Whether the routes wait.
    ///   - former: Whose place they take then; nil when there is nobody.
    package init(isStaged: Bool = false, insteadOf former: (owner: any RouteOwner, routes: OwnedRoutes)? = nil) {
        self.state = Mutex(State(isStaged: isStaged, former: former))
    }

    package var isStaged: Bool { self.state.withLock { $0.isStaged } }

    package func register(
        method: String, pattern: String, in table: RouteTable, owner: any RouteOwner
    ) throws(RouteError) {
        guard self.enter(table, owner) else { return }
        try table.register(method: method, pattern: pattern, owner: owner)
        self.removeIfWithdrawn(from: table, owner)
    }

    package func register(
        _ kind: RouteKind, pattern: String, in table: RouteTable, owner: any RouteOwner
    ) throws(RouteError) {
        if self.enter(table, owner) {
            try table.register(kind, pattern: pattern, owner: owner)
            self.removeIfWithdrawn(from: table, owner)
        }
        try self.index.register(kind, pattern: pattern, owner: owner)
    }

    /// False when the routes are withdrawn.
    private func enter(_ table: RouteTable, _ owner: any RouteOwner) -> Bool {
        self.state.withLock { state in
            guard !state.isWithdrawn else { return false }
            guard !state.tables.contains(where: { $0 === table }) else { return true }
            state.tables.append(table)
            if state.isStaged { table.stage(owner, insteadOf: state.former?.owner) }
            return true
        }
    }

    /// Withdrawn while the route was on its way into the table.
    private func removeIfWithdrawn(from table: RouteTable, _ owner: any RouteOwner) {
        if self.state.withLock({ $0.isWithdrawn }) { table.removeAll(owner: owner) }
    }

    /// Whether there is a route.
    package var isEmpty: Bool { self.state.withLock { $0.tables.isEmpty } }

    /// The parameters of a path by the owner's own routes of a kind that is not plain HTTP; nil when none covers it.
    package func parameters(_ kind: RouteKind, path: String) -> [(name: String, value: String)]? {
        self.index.parameters(kind, path: path)
    }

    /// Lets the staged routes take the place of the former owner's. Cannot fail.
    package func commit(_ owner: any RouteOwner) {
        let (tables, former) = self.state.withLock { state in
            state.isStaged = false
            defer { state.former = nil }
            return (state.tables, state.former)
        }
        for table in tables { table.commit(owner) }
        // Those of listeners where the new version has none.
        if let former { former.routes.withdraw(former.owner) }
    }

    /// Takes the owner's routes out; what it covers is known still.
    package func withdraw(_ owner: any RouteOwner) {
        let tables = self.state.withLock { state in
            state.isWithdrawn = true
            defer { state.tables = [] }
            return state.tables
        }
        for table in tables { table.removeAll(owner: owner) }
    }

    /// Takes the owner's routes out and forgets it.
    package func close(_ owner: any RouteOwner) {
        self.withdraw(owner)
        self.state.withLock { $0.former = nil }
        self.index.removeAll(owner: owner)
    }
}
