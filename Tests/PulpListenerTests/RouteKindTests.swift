import Testing

@testable import PulpListener

@Suite struct RouteKindTests {
    private let routes = RouteTable()
    private let http = ClosureOwner()
    private let socket = ClosureOwner()
    private let events = ClosureOwner()

    private func match(_ kind: RouteKind, _ path: String) -> (any RouteOwner)? {
        RouteSnapshot(self.routes).match(kind, path: path)?.owner
    }

    @Test("one path may have a route of each kind, of different owners")
    func together() throws {
        try self.routes.register(method: "GET", pattern: "/a/:x", owner: self.http)
        try self.routes.register(.webSocket, pattern: "/a/:x", owner: self.socket)
        try self.routes.register(.events, pattern: "/a/:x", owner: self.events)
        #expect(self.match(.webSocket, "/a/1") === self.socket)
        #expect(self.match(.events, "/a/1") === self.events)
        #expect(self.match(.events, "/b") == nil)
        #expect(RouteSnapshot(self.routes).match(.events, path: "/a/7")?.parameters.first?.value == "7")
        #expect(self.routes.list.map(\.method).sorted() == ["EVENTS", "GET", "WEBSOCKET"])
    }

    @Test("a route of one kind conflicts with another owner's of the same kind only")
    func conflict() throws {
        try self.routes.register(.webSocket, pattern: "/a/:x", owner: self.socket)
        #expect(throws: RouteError.self) { try self.routes.register(.webSocket, pattern: "/a/b", owner: self.http) }
        try self.routes.register(.events, pattern: "/a/b", owner: self.http)
    }

    @Test("no method leads to a route of another kind, and none is offered")
    func methods() throws {
        try self.routes.register(.webSocket, pattern: "/ws", owner: self.socket)
        try self.routes.register(.events, pattern: "/live", owner: self.events)
        #expect(throws: RouteError.self) {
            try self.routes.register(method: "\u{1}EVENTS", pattern: "/x", owner: self.http)
        }
        for method in ["POST", "EVENTS", "\u{1}EVENTS", "\u{1}WEBSOCKET"] {
            guard case .methodNotAllowed(let allow) = self.routes.match(method: method, path: "/live") else {
                if method.hasPrefix("\u{1}") { continue }
                Issue.record("\(method) is not refused")
                continue
            }
            #expect(allow == ["GET", "HEAD", "OPTIONS"])
        }
        guard case .notFound = self.routes.match(method: "POST", path: "/ws") else {
            return #expect(Bool(false), "a path with WebSockets alone has nothing for HTTP")
        }
    }

    @Test("an owner that leaves takes its routes of every kind along")
    func leaving() throws {
        try self.routes.register(.webSocket, pattern: "/ws", owner: self.socket)
        try self.routes.register(.events, pattern: "/live", owner: self.socket)
        self.routes.removeAll(owner: self.socket)
        #expect(self.routes.count == 0)
        #expect(self.match(.webSocket, "/ws") == nil && self.match(.events, "/live") == nil)
    }
}
