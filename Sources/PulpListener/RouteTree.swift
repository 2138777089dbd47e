/// The registered routes as a tree over path segments: a value, so that a loop can keep a snapshot of it.
///
/// The children are tried literal, parameter, rest, and the end of a path beats all of them; the first full match met is
/// then the most specific one compared left to right. A node is reached by one path only, so matching visits each
/// node at most once. Literals are compared byte by byte: two spellings of one letter in Unicode are two segments.
struct RouteTree: Sendable {
    struct Route: Sendable {
        let owner: any RouteOwner
        let pattern: RoutePattern
    }

    private struct Node: Sendable {
        /// The bytes of the literal that leads here; empty for a parameter and the root.
        var label: [UInt8] = []
        /// Children by the hash of their label; the list is one long unless two labels have one hash.
        var literals: [UInt64: [Int]] = [:]
        var parameter: Int?
        /// By method: the routes whose pattern ends here, and those whose `*rest` starts here.
        var ends: [String: Route] = [:]
        var rests: [String: Route] = [:]
        /// The only owner below and at this node, as long as there is only one: spares the search for conflicts.
        var soleOwner: ObjectIdentifier?
        var isShared = false
    }

    enum Match {
        case found(Route, method: String, parameters: [(name: String, value: String)])
        case methodNotAllowed(allow: [String])
        case notFound
    }

    private let hashStart = UInt64.random(in: .min ... .max)
    private var nodes = [Node()]
    private(set) var count = 0
    /// Who answers what no route matches; nil for 404.
    var fallback: (any RouteOwner)?
    /// Whether there are routes of these kinds at all: most requests need not look for them.
    private var hasWebSockets = false
    private var hasEvents = false

    /// False when the same owner has the identical route already.
    mutating func insert(method: String, pattern: RoutePattern, owner: any RouteOwner) throws(RouteError) -> Bool {
        if !owner.allowsOverlap {
            try self.check(method: method, pattern: pattern, owners: [ObjectIdentifier(owner)])
        }
        let route = Route(owner: owner, pattern: pattern)
        if method == RouteKind.webSocket.pseudoMethod { self.hasWebSockets = true }
        if method == RouteKind.events.pseudoMethod { self.hasEvents = true }
        var node = 0
        self.mark(node, owner)
        for segment in pattern.segments {
            switch segment {
            case .literal(let text): node = self.child(of: node, literal: text)
            case .parameter: node = self.parameterChild(of: node)
            case .rest:
                if let same = self.nodes[node].rests[method] { return try Self.isRepeated(same, method, owner) }
                self.nodes[node].rests[method] = route
                self.count += 1
                return true
            }
            self.mark(node, owner)
        }
        if let same = self.nodes[node].ends[method] { return try Self.isRepeated(same, method, owner) }
        self.nodes[node].ends[method] = route
        self.count += 1
        return true
    }

    /// False: nothing is added when the owner has the identical route already.
    private static func isRepeated(
        _ route: Route, _ method: String, _ owner: any RouteOwner
    ) throws(RouteError) -> Bool {
        guard route.owner !== owner else { return false }
        throw Self.overlap(method, route.pattern, route.pattern)
    }

    private static func overlap(_ method: String, _ pattern: RoutePattern, _ other: RoutePattern) -> RouteError {
        let name = RouteKind.isPseudo(method) ? String(method.dropFirst()) : method
        return RouteError(.conflict, "\(name) \(pattern.text) overlaps \(name) \(other.text) of another owner")
    }

    /// Throws when a path could match the pattern and a route of somebody who is not among `owners`.
    func check(method: String, pattern: RoutePattern, owners: Set<ObjectIdentifier>) throws(RouteError) {
        let claim = Claim(pattern: pattern, owners: owners)
        if let other = self.conflict(method: method, pattern.segments[...], at: 0, claim) {
            throw Self.overlap(method, pattern, other)
        }
    }

    /// The routes of everybody else; nil when the owner has none.
    func without(_ owner: ObjectIdentifier) -> RouteTree? {
        var kept = RouteTree()
        kept.fallback = self.fallback
        self.forEach { method, route in
            guard ObjectIdentifier(route.owner) != owner else { return }
            // Without conflict before, so none now.
            _ = try? kept.insert(method: method, pattern: route.pattern, owner: route.owner)
        }
        return kept.count < self.count ? kept : nil
    }

    /// Every route, for a rebuild without one owner.
    func forEach(_ body: (_ method: String, _ route: Route) -> Void) {
        for node in self.nodes {
            for (method, route) in node.ends { body(method, route) }
            for (method, route) in node.rests { body(method, route) }
        }
    }

    /// The route of a kind that is not plain HTTP, if there is one for the path.
    func match(_ kind: RouteKind, path: String) -> (Route, [(name: String, value: String)])? {
        guard kind == .webSocket ? self.hasWebSockets : self.hasEvents else { return nil }
        let bytes = path.utf8.span
        let start = bytes.count > 0 && bytes[0] == HTTPSyntax.slash ? 1 : 0
        var captures: [ByteRange] = []
        guard let route = self.find(kind.pseudoMethod, bytes, from: start, at: 0, &captures) else { return nil }
        return (route, Self.parameters(of: route, bytes, captures))
    }

    func match(method: String, path: String) -> Match {
        let bytes = path.utf8.span
        // After the leading slash; `/` has one segment, the empty one.
        let start = bytes.count > 0 && bytes[0] == HTTPSyntax.slash ? 1 : 0
        var captures: [ByteRange] = []
        if let route = self.find(method, bytes, from: start, at: 0, &captures) {
            return .found(route, method: method, parameters: Self.parameters(of: route, bytes, captures))
        }
        if method == "HEAD", let route = self.find("GET", bytes, from: start, at: 0, &captures) {
            return .found(route, method: "GET", parameters: Self.parameters(of: route, bytes, captures))
        }
        var allowed: Set<String> = []
        self.methods(bytes, from: start, at: 0, into: &allowed)
        // An event stream answers GET; a path that has WebSockets only answers nothing of plain HTTP.
        if allowed.contains(RouteKind.events.pseudoMethod) { allowed.insert("GET") }
        allowed = allowed.filter { !RouteKind.isPseudo($0) }
        guard !allowed.isEmpty else { return .notFound }
        if allowed.contains("GET") { allowed.insert("HEAD") }
        allowed.insert("OPTIONS")
        return .methodNotAllowed(allow: allowed.sorted())
    }

    /// The segment that begins at `start`, which is one past the end of the path when the path has no more.
    private static func segment(_ path: Span<UInt8>, from start: Int) -> ByteRange {
        var end = start
        while end < path.count, path[end] != HTTPSyntax.slash { end += 1 }
        return ByteRange(start: start, end: end)
    }

    private func find(
        _ method: String, _ path: Span<UInt8>, from start: Int, at index: Int, _ captures: inout [ByteRange]
    ) -> Route? {
        guard start <= path.count else {
            return self.nodes[index].ends[method] ?? self.rest(method, index, path, start, &captures)
        }
        let segment = Self.segment(path, from: start)
        if let child = self.literal(path, segment, of: index),
            let route = self.find(method, path, from: segment.end + 1, at: child, &captures)
        {
            return route
        }
        if let child = self.nodes[index].parameter {
            captures.append(segment)
            if let route = self.find(method, path, from: segment.end + 1, at: child, &captures) { return route }
            captures.removeLast()
        }
        return self.rest(method, index, path, start, &captures)
    }

    private func rest(
        _ method: String, _ index: Int, _ path: Span<UInt8>, _ start: Int, _ captures: inout [ByteRange]
    ) -> Route? {
        guard !self.nodes[index].rests.isEmpty, let route = self.nodes[index].rests[method] else { return nil }
        captures.append(ByteRange(start: min(start, path.count), end: path.count))
        return route
    }

    private func literal(_ path: Span<UInt8>, _ segment: ByteRange, of index: Int) -> Int? {
        guard !self.nodes[index].literals.isEmpty else { return nil }
        let hash = self.hash(path, segment)
        guard let children = self.nodes[index].literals[hash] else { return nil }
        for child in children {
            let label = self.nodes[child].label
            if Self.isLabel(label.span, path, segment) { return child }
        }
        return nil
    }

    private static func isLabel(_ label: Span<UInt8>, _ path: Span<UInt8>, _ segment: ByteRange) -> Bool {
        guard label.count == segment.count else { return false }
        for offset in 0..<label.count where label[offset] != path[segment.start + offset] { return false }
        return true
    }

    /// FNV-1a from a start that differs in each tree, so that nobody can make routes that collide.
    private func hash(_ bytes: Span<UInt8>, _ range: ByteRange) -> UInt64 {
        var hash = self.hashStart
        for position in range.start..<range.end {
            hash = (hash ^ UInt64(bytes[position])) &* 0x100_0000_01B3
        }
        return hash
    }

    private func methods(
        _ path: Span<UInt8>, from start: Int, at index: Int, into allowed: inout Set<String>
    ) {
        allowed.formUnion(self.nodes[index].rests.keys)
        guard start <= path.count else {
            allowed.formUnion(self.nodes[index].ends.keys)
            return
        }
        let segment = Self.segment(path, from: start)
        if let child = self.literal(path, segment, of: index) {
            self.methods(path, from: segment.end + 1, at: child, into: &allowed)
        }
        if let child = self.nodes[index].parameter {
            self.methods(path, from: segment.end + 1, at: child, into: &allowed)
        }
    }

    private static func parameters(
        of route: Route, _ path: Span<UInt8>, _ captures: [ByteRange]
    ) -> [(name: String, value: String)] {
        let names = route.pattern.names
        guard !names.isEmpty else { return [] }
        var parameters: [(name: String, value: String)] = []
        parameters.reserveCapacity(names.count)
        for (name, capture) in zip(names, captures) {
            parameters.append((name, String(lossy: path.extracting(capture.start..<capture.end))))
        }
        return parameters
    }

    // MARK: Building

    private mutating func mark(_ node: Int, _ owner: any RouteOwner) {
        let identity = ObjectIdentifier(owner)
        if let sole = self.nodes[node].soleOwner, sole != identity { self.nodes[node].isShared = true }
        self.nodes[node].soleOwner = identity
    }

    private mutating func child(of node: Int, literal: String) -> Int {
        let label = Array(literal.utf8)
        let whole = ByteRange(start: 0, end: label.count)
        if let child = self.literal(label.span, whole, of: node) { return child }
        self.nodes.append(Node(label: label))
        self.nodes[node].literals[self.hash(label.span, whole), default: []].append(self.nodes.count - 1)
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
        method: String, _ segments: ArraySlice<RoutePattern.Segment>, at index: Int, _ claim: Claim
    ) -> RoutePattern? {
        let node = self.nodes[index]
        guard node.isShared || node.soleOwner.map({ !claim.owners.contains($0) }) ?? false else { return nil }
        if let route = node.rests[method], self.isForeign(route, claim) { return route.pattern }
        guard let segment = segments.first else {
            return node.ends[method].flatMap { self.isForeign($0, claim) ? $0.pattern : nil }
        }
        let rest = segment == .rest ? segments : segments.dropFirst()
        if segment == .rest, let route = node.ends[method], self.isForeign(route, claim) {
            return route.pattern
        }
        if case .literal(let text) = segment {
            let label = Array(text.utf8)
            let child = self.literal(label.span, ByteRange(start: 0, end: label.count), of: index)
            if let child, let found = self.conflict(method: method, rest, at: child, claim) { return found }
        } else {
            for child in node.literals.values.joined() {
                if let found = self.conflict(method: method, rest, at: child, claim) { return found }
            }
        }
        guard let child = node.parameter else { return nil }
        return self.conflict(method: method, rest, at: child, claim)
    }

    /// A pattern that is to be registered, and whose routes it may overlap.
    private struct Claim {
        let pattern: RoutePattern
        let owners: Set<ObjectIdentifier>
    }

    private func isForeign(_ route: Route, _ claim: Claim) -> Bool {
        guard !claim.owners.contains(ObjectIdentifier(route.owner)) else { return false }
        return !route.owner.allowsOverlap || route.pattern.hasShape(of: claim.pattern)
    }
}
