import Synchronization

/// Who answers a route: asked on the event loop of the request's connection.
package protocol RouteOwner: AnyObject, Sendable {
    /// The largest request body, in bytes. One byte more is answered 413 before it is buffered.
    var maxBodyBytes: Int { get }
    /// The plugin whose routes these are; nil for pages of the host.
    var pluginName: String? { get }

    /// Asked when the head is there and before the body is read; a refusal is sent as it is. `exchange.body` is empty.
    func admit(_ exchange: HTTPExchange) -> Refusal?

    /// Called once the body is complete. The owner answers now or later, exactly once.
    func serve(_ exchange: HTTPExchange)
}

extension RouteOwner {
    package var pluginName: String? { nil }
    package func admit(_ exchange: HTTPExchange) -> Refusal? { nil }
}

/// The routes of a listener, shared by all of its event loops.
///
/// A tree behind a lock; each loop matches on its own snapshot of it and looks only at one counter to see whether
/// the snapshot is still the newest. Matching is lock-free and takes time in the length of the path.
package final class RouteTable: Sendable {
    package enum Match {
        /// `method` is the route's, which is GET for a HEAD that no route of its own answers.
        case found(owner: any RouteOwner, method: String, parameters: [(name: String, value: String)])
        case methodNotAllowed(allow: [String])
        case notFound
    }

    /// Bounds what hostile plugins together can make the table hold.
    package static let maximumRoutes = 100_000

    private let tree = Mutex(RouteTree())
    private let changes = Atomic<UInt64>(0)

    package init() {}

    /// Adds a route. The identical route of the same owner again is no change.
    ///
    /// - Parameter method: White space around it is dropped, letters are made upper case.
    /// - Parameter pattern: Starts with `/`; `:name` is one segment (perhaps empty), `*name` the rest (perhaps empty).
    /// - Throws: ``RouteError/Code/conflict`` when a path could match this route and one of another owner.
    package func register(method: String, pattern: String, owner: any RouteOwner) throws(RouteError) {
        let method = String(method.drop(while: \.isWhitespace)).uppercased()
        let name = String(method.reversed().drop { $0.isWhitespace }.reversed())
        guard 1...32 ~= name.utf8.count, name.utf8.allSatisfy(HTTPSyntax.isToken), name != "CONNECT" else {
            throw RouteError(.invalid, "the method of a route is a token of 1 to 32 bytes other than CONNECT")
        }
        try self.insert(method: name, pattern: pattern, owner: owner)
    }

    /// Adds a route that is not plain HTTP, by the same rules.
    package func register(_ kind: RouteKind, pattern: String, owner: any RouteOwner) throws(RouteError) {
        precondition(kind != .http, "an HTTP route has a method")
        try self.insert(method: kind.pseudoMethod, pattern: pattern, owner: owner)
    }

    private func insert(method name: String, pattern: String, owner: any RouteOwner) throws(RouteError) {
        let parsed = try RoutePattern(pattern)
        let outcome = self.tree.withLock { tree -> Result<Bool, RouteError> in
            guard tree.count < Self.maximumRoutes else {
                return .failure(RouteError(.full, "there are \(Self.maximumRoutes) routes already"))
            }
            return Result { () throws(RouteError) in
                try tree.insert(method: name, pattern: parsed, owner: owner)
            }
        }
        if try outcome.get() { self.changes.add(1, ordering: .releasing) }
    }

    /// Removes every route of `owner`. Requests that it was handed already stay its own.
    package func removeAll(owner: any RouteOwner) {
        self.tree.withLock { tree in
            var kept = RouteTree()
            tree.forEach { method, route in
                guard route.owner !== owner else { return }
                // Without conflict before, so none now.
                _ = try? kept.insert(method: method, pattern: route.pattern, owner: route.owner)
            }
            tree = kept
        }
        self.changes.add(1, ordering: .releasing)
    }

    /// Every route, in no particular order; `WEBSOCKET` and `EVENTS` stand for the method of other kinds.
    package var list: [(method: String, pattern: String, owner: any RouteOwner)] {
        self.tree.withLock { tree in
            var list: [(method: String, pattern: String, owner: any RouteOwner)] = []
            tree.forEach { method, route in
                let name = RouteKind.isPseudo(method) ? String(method.dropFirst()) : method
                list.append((name, route.pattern.text, route.owner))
            }
            return list
        }
    }

    /// The number of routes.
    package var count: Int { self.tree.withLock { $0.count } }

    /// Finds the route for a decoded path. Takes the lock: a loop uses a ``RouteSnapshot``.
    package func match(method: String, path: String) -> Match {
        RouteSnapshot(self).match(method: method, path: path)
    }

    /// Whether a path finds a route of a kind that is `owner`'s. Takes the lock.
    package func covers(_ kind: RouteKind, path: String, owner: any RouteOwner) -> Bool {
        guard let (route, _) = self.snapshot.match(kind, path: path) else { return false }
        return route.owner === owner
    }

    var generation: UInt64 { self.changes.load(ordering: .acquiring) }

    var snapshot: RouteTree { self.tree.withLock { $0 } }
}

/// One loop's copy of the routes, refreshed when the table has changed.
struct RouteSnapshot {
    private let table: RouteTable
    private var generation: UInt64
    private var tree: RouteTree

    init(_ table: RouteTable) {
        self.table = table
        self.generation = table.generation
        self.tree = table.snapshot
    }

    /// The route of a kind that is not plain HTTP, if there is one for the path.
    func match(_ kind: RouteKind, path: String) -> (owner: any RouteOwner, parameters: [(name: String, value: String)])?
    {
        guard let (route, parameters) = self.tree.match(kind, path: path) else { return nil }
        return (route.owner, parameters)
    }

    func match(method: String, path: String) -> RouteTable.Match {
        switch self.tree.match(method: method, path: path) {
        case .found(let route, let method, let parameters):
            .found(owner: route.owner, method: method, parameters: parameters)
        case .methodNotAllowed(let allow): .methodNotAllowed(allow: allow)
        case .notFound: .notFound
        }
    }

    /// Takes the newest routes if there are newer ones; one atomic load otherwise.
    mutating func refresh() {
        let newest = self.table.generation
        guard newest != self.generation else { return }
        self.generation = newest
        self.tree = self.table.snapshot
    }
}
