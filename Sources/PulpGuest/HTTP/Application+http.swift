import PulpWire

// HTTP: `transport.http.inbound` among the manifest's capabilities.
extension Application {
    /// Answers a request.
    public typealias Handler = (inout State, borrowing Request) throws(PluginError) -> Response

    /// Serves GET requests whose path matches `pattern`, and HEAD requests without their body.
    ///
    /// - Parameters:
    ///   - pattern: Such as `/users/:name` (one segment) or `/files/*path` (the rest).
    ///   - handler: Runs in the step that brings the request.
    public mutating func get(_ pattern: String, _ handler: @escaping Handler) {
        self.serve("GET", pattern, handler)
    }

    /// Serves POST requests whose path matches `pattern`.
    public mutating func post(_ pattern: String, _ handler: @escaping Handler) {
        self.serve("POST", pattern, handler)
    }

    /// Serves PUT requests whose path matches `pattern`.
    public mutating func put(_ pattern: String, _ handler: @escaping Handler) {
        self.serve("PUT", pattern, handler)
    }

    /// Serves PATCH requests whose path matches `pattern`.
    public mutating func patch(_ pattern: String, _ handler: @escaping Handler) {
        self.serve("PATCH", pattern, handler)
    }

    /// Serves DELETE requests whose path matches `pattern`.
    public mutating func delete(_ pattern: String, _ handler: @escaping Handler) {
        self.serve("DELETE", pattern, handler)
    }

    /// Serves GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS requests whose path matches `pattern`.
    public mutating func any(_ pattern: String, _ handler: @escaping Handler) {
        self.get(pattern, handler)
        self.post(pattern, handler)
        self.put(pattern, handler)
        self.patch(pattern, handler)
        self.delete(pattern, handler)
        self.serve("OPTIONS", pattern, handler)
    }

    /// Serves requests of `method`, in capitals, whose path matches `pattern`.
    ///
    /// Where several patterns match a path, the host prefers literal segments to `:name`, and that to `*name`.
    public mutating func serve(_ method: String, _ pattern: String, _ handler: @escaping Handler) {
        self.dispatcher.serve(method, pattern) { (state, request) throws(PluginError) in
            try handler(&state[State.self], request)
        }
    }
}
