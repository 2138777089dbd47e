import NIOCore
import Testing

@testable import PulpListener

@Suite struct RouteTests {
    private let owner = ClosureOwner()

    private func describe(_ match: RouteTable.Match) -> String {
        switch match {
        case .found(let owner, _, let parameters):
            let id = ObjectIdentifier(owner) == ObjectIdentifier(self.owner) ? "ours" : "other"
            return ([id] + parameters.map { "\($0.name)=\($0.value)" }).joined(separator: " ")
        case .methodNotAllowed(let allow): return "405 " + allow.joined(separator: ",")
        case .notFound: return "404"
        }
    }

    @Test(
        "a path finds the parameters of the pattern that it matches",
        arguments: [
            ("/", "/", "ours"), ("/", "", "ours"), ("/a", "/a", "ours"), ("/a", "/A", "404"), ("/a", "/a/", "404"),
            ("/a/", "/a/", "ours"), ("/a/", "/a", "404"), ("/:x", "/", "ours x="), ("/:x", "/b", "ours x=b"),
            ("/:x", "/b/c", "404"), ("/echo/:msg", "/echo/h%C3%A9", "ours msg=h%C3%A9"),
            ("/a/*r", "/a", "ours r="), ("/a/*r", "/a/", "ours r="), ("/a/*r", "/a/b/c", "ours r=b/c"),
            ("/*r", "/", "ours r="), ("/*r", "/x/", "ours r=x/"), ("/:a/:b", "/1/2", "ours a=1 b=2"),
            ("/:a/x/*r", "/1/x/2/3", "ours a=1 r=2/3"), ("/é", "/e\u{301}", "404"), ("/a:b", "/a:b", "ours"),
            ("/a*b", "/a*b", "ours"),
        ])
    func matches(pattern: String, path: String, expected: String) throws {
        let routes = RouteTable()
        try routes.register(method: "GET", pattern: pattern, owner: self.owner)
        #expect(self.describe(routes.match(method: "GET", path: path)) == expected)
    }

    @Test(
        "the most specific pattern wins, compared left to right",
        arguments: [
            ("/a/b", "ours"), ("/a/c", "ours p=c"), ("/a", "ours none"), ("/a/b/c", "ours r=b/c"),
            ("/x/b", "ours q=x"), ("/x/c", "ours all=x/c"), ("/a/b/z/y", "ours deep=z"),
        ])
    func specificity(path: String, expected: String) throws {
        let routes = RouteTable()
        for pattern in ["/*all", "/a/*r", "/:q/b", "/a/:p", "/a/b", "/a/b/:deep/y"] {
            try routes.register(method: "GET", pattern: pattern, owner: self.owner)
        }
        let found = self.describe(routes.match(method: "GET", path: path))
        #expect(found == (path == "/a" ? "ours r=" : expected))
    }

    @Test("a literal that leads nowhere gives way to a parameter")
    func backtracking() throws {
        let routes = RouteTable()
        try routes.register(method: "GET", pattern: "/a/b/c", owner: self.owner)
        try routes.register(method: "GET", pattern: "/:x/b/d", owner: self.owner)
        try routes.register(method: "POST", pattern: "/a/b/d", owner: self.owner)
        #expect(self.describe(routes.match(method: "GET", path: "/a/b/d")) == "ours x=a")
    }

    @Test("HEAD is answered by the GET route unless it has one of its own")
    func head() throws {
        let routes = RouteTable()
        let other = ClosureOwner()
        try routes.register(method: "GET", pattern: "/a/:x", owner: self.owner)
        #expect(self.describe(routes.match(method: "HEAD", path: "/a/1")) == "ours x=1")
        try routes.register(method: "HEAD", pattern: "/a/:x", owner: other)
        #expect(self.describe(routes.match(method: "HEAD", path: "/a/1")) == "other x=1")
    }

    @Test("another method is told which are allowed")
    func allow() throws {
        let routes = RouteTable()
        try routes.register(method: "GET", pattern: "/a/:x", owner: self.owner)
        try routes.register(method: "DELETE", pattern: "/a/b", owner: self.owner)
        #expect(self.describe(routes.match(method: "PUT", path: "/a/b")) == "405 DELETE,GET,HEAD,OPTIONS")
        #expect(self.describe(routes.match(method: "PUT", path: "/b")) == "404")
    }

    @Test(
        "what is no method or no pattern is refused",
        arguments: [
            ("GET", "a"), ("GET", ""), ("", "/"), ("G T", "/"), ("CONNECT", "/"), ("GET", "/*r/a"), ("GET", "/:"),
            ("GET", "/*"), ("GET", "/" + String(repeating: "x", count: 5000)),
            ("GET", String(repeating: "/x", count: 65)), (String(repeating: "M", count: 33), "/"),
        ])
    func invalid(method: String, pattern: String) {
        let routes = RouteTable()
        let error = #expect(throws: RouteError.self) {
            try routes.register(method: method, pattern: pattern, owner: self.owner)
        }
        #expect(error?.code == .invalid)
    }

    @Test("a method is trimmed and made upper case")
    func methodIsNormalised() throws {
        let routes = RouteTable()
        try routes.register(method: " get\t", pattern: "/a", owner: self.owner)
        #expect(self.describe(routes.match(method: "GET", path: "/a")) == "ours")
    }

    @Test(
        "two owners cannot have routes that one path matches both",
        arguments: [
            ("/a", "/a", true), ("/a", "/b", false), ("/:x", "/a", true), ("/a", "/:x", true), ("/:x", "/:y", true),
            ("/a/:x", "/:y/b", true), ("/a/:x", "/b/:x", false), ("/*r", "/a/b", true), ("/a/b", "/*r", true),
            ("/a/*r", "/a", true), ("/a", "/a/*r", true), ("/a/*r", "/b/*r", false), ("/a/b", "/a/b/c", false),
            ("/:x/*r", "/a/b/c", true), ("/:x", "/", true), ("/a/:x/c", "/a/b/*r", true), ("/*r", "/*s", true),
        ])
    func conflicts(first: String, second: String, conflict: Bool) throws {
        let routes = RouteTable()
        try routes.register(method: "GET", pattern: first, owner: self.owner)
        try routes.register(method: "POST", pattern: second, owner: ClosureOwner())
        let other = ClosureOwner()
        if conflict {
            let error = #expect(throws: RouteError.self) {
                try routes.register(method: "GET", pattern: second, owner: other)
            }
            #expect(error?.code == .conflict)
        } else {
            try routes.register(method: "GET", pattern: second, owner: other)
        }
    }

    @Test("the same owner may overlap with itself, and register a route twice")
    func sameOwner() throws {
        let routes = RouteTable()
        for pattern in ["/a/:x", "/a/:x", "/a/b", "/*r", "/a/:other"] {
            try routes.register(method: "GET", pattern: pattern, owner: self.owner)
        }
        #expect(routes.count == 3)
        #expect(self.describe(routes.match(method: "GET", path: "/a/1")) == "ours x=1")
    }

    @Test("an owner's routes are removed together, and others can have them then")
    func removal() throws {
        let routes = RouteTable()
        let other = ClosureOwner()
        try routes.register(method: "GET", pattern: "/a", owner: self.owner)
        try routes.register(method: "GET", pattern: "/b", owner: other)
        routes.removeAll(owner: self.owner)
        #expect(self.describe(routes.match(method: "GET", path: "/a")) == "404")
        #expect(self.describe(routes.match(method: "GET", path: "/b")) == "other")
        try routes.register(method: "GET", pattern: "/a", owner: other)
        #expect(routes.count == 2)
    }

    @Test("10,000 routes of two owners are all found")
    func manyRoutes() throws {
        let routes = RouteTable()
        let other = ClosureOwner()
        for index in 0..<5000 {
            try routes.register(method: "GET", pattern: "/left/r\(index)/:id/end", owner: self.owner)
            try routes.register(method: "GET", pattern: "/right/r\(index)/*rest", owner: other)
        }
        #expect(routes.count == 10_000)
        let snapshot = RouteSnapshot(routes)
        for index in 0..<5000 {
            let left = snapshot.match(method: "GET", path: "/left/r\(index)/7/end")
            #expect(self.describe(left) == "ours id=7")
            let right = snapshot.match(method: "GET", path: "/right/r\(index)/a/b")
            #expect(self.describe(right) == "other rest=a/b")
        }
    }

    @Test("a snapshot sees a change after it was refreshed")
    func snapshots() throws {
        let routes = RouteTable()
        var snapshot = RouteSnapshot(routes)
        try routes.register(method: "GET", pattern: "/a", owner: self.owner)
        #expect(self.describe(snapshot.match(method: "GET", path: "/a")) == "404")
        snapshot.refresh()
        #expect(self.describe(snapshot.match(method: "GET", path: "/a")) == "ours")
    }
}
