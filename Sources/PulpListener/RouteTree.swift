/// The registered routes as a tree over path segments: a value, so that a loop can keep a snapshot of it.
///
/// The children are tried literal, parameter, rest, and the end of a path beats all of them; the first full match met is
/// then the most specific one compared left to right. A node is reached by one path only, so matching visits each
/// node at most once.
struct RouteTree: Sendable {
    struct Route: Sendable {
        let owner: any RouteOwner
        let pattern: RoutePattern
    }

    private struct Node: Sendable {
        var literals: [PathSegment: Int] = [:]
        var parameter: Int?
        /// By method: the routes whose pattern ends here, and those whose `*rest` starts here.
        var ends: [String: Route] = [:]
        var rests: [String: Route] = [:]
        /// The only owner below and at this node, as long as there is only one: spares the search for conflicts.
        var soleOwner: ObjectIdentifier?
        var isShared = false
    }

    enum Match {
        case found(Route, parameters: [(name: String, value: String)])
        case methodNotAllowed(allow: [String])
        case notFound
    }

    private var nodes = [Node()]
    private(set) var count = 0

    /// False when the same owner has the identical route already.
    mutating func insert(method: String, pattern: RoutePattern, owner: any RouteOwner) throws(RouteError) -> Bool {
        if let other = self.conflict(method: method, pattern.segments[...], at: 0, owner: ObjectIdentifier(owner)) {
            throw RouteError(.conflict, "\(method) \(pattern.text) overlaps \(method) \(other.text) of another owner")
        }
        let route = Route(owner: owner, pattern: pattern)
        var node = 0
        self.mark(node, owner)
        for segment in pattern.segments {
            switch segment {
            case .literal(let text): node = self.child(of: node, literal: PathSegment(text))
            case .parameter: node = self.parameterChild(of: node)
            case .rest:
                guard self.nodes[node].rests[method] == nil else { return false }
                self.nodes[node].rests[method] = route
                self.count += 1
                return true
            }
            self.mark(node, owner)
        }
        guard self.nodes[node].ends[method] == nil else { return false }
        self.nodes[node].ends[method] = route
        self.count += 1
        return true
    }

    /// Every route, for a rebuild without one owner.
    func forEach(_ body: (_ method: String, _ route: Route) -> Void) {
        for node in self.nodes {
            for (method, route) in node.ends { body(method, route) }
            for (method, route) in node.rests { body(method, route) }
        }
    }

    func match(method: String, path: String) -> Match {
        let segments = PathSegment.split(path)
        var captures: [Int] = []
        if let route = self.find(method, segments[...], at: 0, &captures) {
            return .found(route, parameters: Self.parameters(of: route, segments, captures))
        }
        if method == "HEAD", let route = self.find("GET", segments[...], at: 0, &captures) {
            return .found(route, parameters: Self.parameters(of: route, segments, captures))
        }
        var allowed: Set<String> = []
        self.methods(segments[...], at: 0, into: &allowed)
        guard !allowed.isEmpty else { return .notFound }
        if allowed.contains("GET") { allowed.insert("HEAD") }
        allowed.insert("OPTIONS")
        return .methodNotAllowed(allow: allowed.sorted())
    }

    private func find(
        _ method: String, _ segments: ArraySlice<PathSegment>, at index: Int, _ captures: inout [Int]
    ) -> Route? {
        let node = self.nodes[index]
        guard let segment = segments.first else { return node.ends[method] ?? node.rests[method] }
        let rest = segments.dropFirst()
        if !node.literals.isEmpty, let child = node.literals[segment],
            let route = self.find(method, rest, at: child, &captures)
        {
            return route
        }
        if let child = node.parameter {
            captures.append(segments.startIndex)
            if let route = self.find(method, rest, at: child, &captures) { return route }
            captures.removeLast()
        }
        return node.rests[method]
    }

    private func methods(_ segments: ArraySlice<PathSegment>, at index: Int, into allowed: inout Set<String>) {
        let node = self.nodes[index]
        allowed.formUnion(node.rests.keys)
        guard let segment = segments.first else {
            allowed.formUnion(node.ends.keys)
            return
        }
        if let child = node.literals[segment] { self.methods(segments.dropFirst(), at: child, into: &allowed) }
        if let child = node.parameter { self.methods(segments.dropFirst(), at: child, into: &allowed) }
    }

    private static func parameters(
        of route: Route, _ segments: [PathSegment], _ captures: [Int]
    ) -> [(name: String, value: String)] {
        let names = route.pattern.names
        guard !names.isEmpty else { return [] }
        var parameters: [(name: String, value: String)] = []
        parameters.reserveCapacity(names.count)
        for (name, capture) in zip(names, captures) { parameters.append((name, segments[capture].text)) }
        if route.pattern.segments.last == .rest, let name = names.last {
            let rest = segments.dropFirst(route.pattern.segments.count - 1)
            parameters.append((name, rest.map(\.text).joined(separator: "/")))
        }
        return parameters
    }

    // MARK: Building

    private mutating func mark(_ node: Int, _ owner: any RouteOwner) {
        let identity = ObjectIdentifier(owner)
        if let sole = self.nodes[node].soleOwner, sole != identity { self.nodes[node].isShared = true }
        self.nodes[node].soleOwner = identity
    }

    private mutating func child(of node: Int, literal: PathSegment) -> Int {
        if let child = self.nodes[node].literals[literal] { return child }
        self.nodes.append(Node())
        self.nodes[node].literals[literal] = self.nodes.count - 1
        return self.nodes.count - 1
    }

    private mutating func parameterChild(of node: Int) -> Int {
        if let child = self.nodes[node].parameter { return child }
        self.nodes.append(Node())
        self.nodes[node].parameter = self.nodes.count - 1
        return self.nodes.count - 1
    }

    /// A route of another owner that some path would match as well as the pattern does.
    private func conflict(
        method: String, _ segments: ArraySlice<RoutePattern.Segment>, at index: Int, owner: ObjectIdentifier
    ) -> RoutePattern? {
        let node = self.nodes[index]
        guard node.isShared || (node.soleOwner != nil && node.soleOwner != owner) else { return nil }
        if let route = node.rests[method], ObjectIdentifier(route.owner) != owner { return route.pattern }
        guard let segment = segments.first else {
            return node.ends[method].flatMap { ObjectIdentifier($0.owner) == owner ? nil : $0.pattern }
        }
        let rest = segment == .rest ? segments : segments.dropFirst()
        if segment == .rest, let route = node.ends[method], ObjectIdentifier(route.owner) != owner {
            return route.pattern
        }
        if case .literal(let text) = segment {
            let child = node.literals[PathSegment(text)]
            if let child, let found = self.conflict(method: method, rest, at: child, owner: owner) { return found }
        } else {
            for child in node.literals.values {
                if let found = self.conflict(method: method, rest, at: child, owner: owner) { return found }
            }
        }
        guard let child = node.parameter else { return nil }
        return self.conflict(method: method, rest, at: child, owner: owner)
    }
}

/// One segment of a path, compared byte by byte: two spellings of one letter in Unicode are two segments.
struct PathSegment: Hashable, Sendable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The segments after the leading slash; `/` has one, the empty one.
    static func split(_ path: String) -> [PathSegment] {
        var segments: [PathSegment] = []
        var start = path.utf8.startIndex
        if path.utf8.first == HTTPSyntax.slash { start = path.utf8.index(after: start) }
        while true {
            let end = path.utf8[start...].firstIndex(of: HTTPSyntax.slash) ?? path.utf8.endIndex
            segments.append(PathSegment(String(path[start..<end])))
            guard end != path.utf8.endIndex else { return segments }
            start = path.utf8.index(after: end)
        }
    }

    static func == (left: PathSegment, right: PathSegment) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        var text = self.text
        text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
