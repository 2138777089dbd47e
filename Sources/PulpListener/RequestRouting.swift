import NIOCore

/// Decides who answers a request, before its body is read. The same for HTTP/1 and HTTP/2.
enum RequestRouting {
    enum Decision {
        case serve(any RouteOwner)
        case refuse(Refusal)
    }

    static func decide(_ exchange: HTTPExchange, _ target: RequestTarget, loop: ListenerLoop) -> Decision {
        if target.path == "*" {
            let allow = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
            return .refuse(Refusal(status: 204, headers: [("Allow", allow)], body: ByteBuffer()))
        }
        if target.isUnclean { return .refuse(Self.redirect(exchange, target)) }
        let reads = exchange.method == "GET" || exchange.method == "HEAD"
        if reads, let (owner, parameters) = Self.special(exchange, target, loop) {
            return Self.offer(exchange, to: owner, method: "GET", parameters)
        }
        switch loop.match(method: exchange.method, path: target.path) {
        case .notFound:
            if let owner = loop.fallback { return Self.offer(exchange, to: owner, method: exchange.method, []) }
            return .refuse(Self.notFound(exchange, target, loop))
        case .methodNotAllowed(let allow): return .refuse(Self.notAllowed(exchange.method, allow))
        case .found(let owner, let method, let parameters):
            return Self.offer(exchange, to: owner, method: method, parameters)
        }
    }

    /// Asks the owner of the route that matched.
    private static func offer(
        _ exchange: HTTPExchange, to owner: any RouteOwner, method: String,
        _ parameters: [(name: String, value: String)]
    ) -> Decision {
        exchange.routeMethod = method
        exchange.parameters = parameters
        // The owner's reason says more than the length does.
        if let refusal = owner.admit(exchange) { return .refuse(refusal) }
        if let length = exchange.head.contentLength, length > owner.maxBodyBytes {
            exchange.keepAlive = false
            return .refuse(.bodyTooLarge)
        }
        return .serve(owner)
    }

    /// The WebSocket or event stream that a GET is for, if it is for one; HEAD asks for a stream's head.
    private static func special(
        _ exchange: HTTPExchange, _ target: RequestTarget, _ loop: ListenerLoop
    ) -> (owner: any RouteOwner, parameters: [(name: String, value: String)])? {
        if exchange.method == "GET", exchange.wantsWebSocket, let match = loop.match(.webSocket, path: target.path) {
            return match
        }
        return loop.match(.events, path: target.path)
    }

    /// A path that has WebSockets only says so to whoever comes without asking for one.
    private static func notFound(
        _ exchange: HTTPExchange, _ target: RequestTarget, _ loop: ListenerLoop
    ) -> Refusal {
        guard !exchange.isHTTP2, loop.match(.webSocket, path: target.path) != nil else { return .notFound }
        guard exchange.method == "GET" else { return Self.notAllowed(exchange.method, ["GET", "OPTIONS"]) }
        return .problem(426, detail: "this path speaks WebSocket: ask with `Upgrade: websocket`, `Connection: Upgrade`")
    }

    private static func notAllowed(_ method: String, _ allow: [String]) -> Refusal {
        let list = allow.joined(separator: ", ")
        if method == "OPTIONS" {
            return Refusal(status: 204, headers: [("Allow", list)], body: ByteBuffer())
        }
        var refusal = Refusal.problem(405, detail: "this path answers \(list)")
        refusal.headers.append(("Allow", list))
        return refusal
    }

    private static func redirect(_ exchange: HTTPExchange, _ target: RequestTarget) -> Refusal {
        var location = RequestPath.escaped(RequestPath.clean(target.path))
        if let query = target.query, !query.isEmpty { location += "?" + exchange.head.text(query) }
        let keepsMethod = exchange.method == "GET" || exchange.method == "HEAD"
        return Refusal(
            status: keepsMethod ? 301 : 308, headers: [("Location", location)], body: ByteBuffer())
    }
}
