import Synchronization

/// Who answers a route: asked on the event loop of the request's connection.
package protocol RouteOwner: AnyObject, Sendable {
    /// The largest request body, in bytes. One byte more is answered 413 before it is buffered.
    var maxBodyBytes: Int { get }
    /// The plugin whose routes these are; nil for pages of the host.
    var pluginName: String? { get }
    /// Whether plugins may have patterns that match its paths as well: the more specific route answers. For pages of the
    /// host that must be there whatever a plugin registers.
    var allowsOverlap: Bool { get }

    /// Asked when the head is there and before the body is read; a refusal is sent as it is. `exchange.body` is empty.
    func admit(_ exchange: HTTPExchange) -> Refusal?

    /// Called once the body is complete. The owner answers now or later, exactly once.
    func serve(_ exchange: HTTPExchange)
}

extension RouteOwner {
    package var pluginName: String? { nil }
    package var allowsOverlap: Bool { false }
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

    private struct State {
        var tree = RouteTree()
        /// Routes of owners that are to take the place of others, by owner. Nobody is sent there yet, but nobody else can
        /// have them either: the replacement cannot fail.
        var stages: [ObjectIdentifier: Stage] = [:]

        var count: Int { self.tree.count + self.stages.values.reduce(0) { $0 + $1.routes.count } }
    }

    private struct Stage {
        /// Whose place is to be taken.
        let former: ObjectIdentifier?
        var routes = RouteTree()
    }

    private let state = Mutex(State())
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
        let outcome = self.state.withLock { state -> Result<Bool, RouteError> in
            guard state.count < Self.maximumRoutes else {
                return .failure(RouteError(.full, "there are \(Self.maximumRoutes) routes already"))
            }
            return Result { () throws(RouteError) in
                try Self.insert(method: name, pattern: parsed, owner: owner, into: &state)
            }
        }
        if try outcome.get() { self.changes.add(1, ordering: .releasing) }
    }

    /// Whether the routes that requests find have changed.
    private static func insert(
        method: String, pattern: RoutePattern, owner: any RouteOwner, into state: inout State
    ) throws(RouteError) -> Bool {
        let identity = ObjectIdentifier(owner)
        for (other, stage) in state.stages where other != identity && stage.former != identity {
            try stage.routes.check(method: method, pattern: pattern, owners: [identity])
        }
        guard let stage = state.stages[identity] else {
            return try state.tree.insert(method: method, pattern: pattern, owner: owner)
        }
        try state.tree.check(
            method: method, pattern: pattern, owners: Set([identity, stage.former].compactMap { $0 }))
        _ = try state.stages[identity]?.routes.insert(method: method, pattern: pattern, owner: owner)
        return false
    }

    /// Removes every route of `owner`, staged ones too. Requests that it was handed already stay its own.
    package func removeAll(owner: any RouteOwner) {
        let isChanged = self.state.withLock { state in
            state.stages[ObjectIdentifier(owner)] = nil
            guard let kept = state.tree.without(ObjectIdentifier(owner)) else { return false }
            state.tree = kept
            return true
        }
        if isChanged { self.changes.add(1, ordering: .releasing) }
    }

    // MARK: Replacing

    /// From now on the routes of `owner` wait for ``commit(_:)``. They may overlap those of `former`, whose place they are
    /// to take, and nobody else's.
    package func stage(_ owner: any RouteOwner, insteadOf former: (any RouteOwner)?) {
        self.state.withLock { state in
            state.stages[ObjectIdentifier(owner)] = Stage(former: former.map { ObjectIdentifier($0) })
        }
    }

    /// In one moment: the routes of the owner that was replaced are gone, the staged ones are there.
    package func commit(_ owner: any RouteOwner) {
        self.state.withLock { state in
            guard let stage = state.stages.removeValue(forKey: ObjectIdentifier(owner)) else { return }
            if let former = stage.former, let kept = state.tree.without(former) { state.tree = kept }
            stage.routes.forEach { method, route in
                // Without conflict when it was staged, and nobody has come in between.
                _ = try? state.tree.insert(method: method, pattern: route.pattern, owner: route.owner)
            }
        }
        self.changes.add(1, ordering: .releasing)
    }

    /// Who answers paths that no route matches, in place of 404; nil for nobody.
    package func setFallback(_ owner: (any RouteOwner)?) {
        self.state.withLock { $0.tree.fallback = owner }
        self.changes.add(1, ordering: .releasing)
    }

    /// Every route, in no particular order; `WEBSOCKET` and `EVENTS` stand for the method of other kinds.
    package var list: [(method: String, pattern: String, owner: any RouteOwner)] {
        self.state.withLock { state in
            var list: [(method: String, pattern: String, owner: any RouteOwner)] = []
            state.tree.forEach { method, route in
                let name = RouteKind.isPseudo(method) ? String(method.dropFirst()) : method
                list.append((name, route.pattern.text, route.owner))
            }
            return list
        }
    }

    /// The number of routes.
    package var count: Int { self.state.withLock { $0.tree.count } }

    /// Finds the route for a decoded path. Takes the lock: a loop uses a ``RouteSnapshot``.
    package func match(method: String, path: String) -> Match {
        RouteSnapshot(self).match(method: method, path: path)
    }

    /// The parameters that a path has by the route of a kind that it finds; nil when it finds none. Takes the lock.
    package func parameters(_ kind: RouteKind, path: String) -> [(name: String, value: String)]? {
        self.snapshot.match(kind, path: path)?.1
    }

    var generation: UInt64 { self.changes.load(ordering: .acquiring) }

    var snapshot: RouteTree { self.state.withLock { $0.tree } }
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

    var fallback: (any RouteOwner)? { self.tree.fallback }

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
