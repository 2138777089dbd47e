import PulpWire

/// The plugin's routes.
final class Router {
    typealias RequestHandler = (StateReference, borrowing Request) throws(PluginError) -> Response

    private final class Route {
        let method: [UInt8]
        let pattern: Pattern
        let answer: RequestHandler
        let next: Route?

        init(_ method: [UInt8], _ pattern: Pattern, _ answer: @escaping RequestHandler, next: Route?) {
            self.method = method
            self.pattern = pattern
            self.answer = answer
            self.next = next
        }
    }

    private var routes: Route?

    func add(_ method: [UInt8], _ pattern: Pattern, _ answer: @escaping RequestHandler) {
        self.routes = Route(method, pattern, answer, next: self.routes)
    }

    /// Answers the request that `payload` holds.
    ///
    /// - Throws: What the handler threw, when the client has got its 500.
    func answer(_ state: StateReference, _ payload: RawSpan) throws(PluginError) {
        let request = try Request(decoding: payload)
        do throws(PluginError) {
            guard let answer = self.route(of: request) else {
                return try Response.text("404 page not found\n", status: 404).deliver(to: request.id)
            }
            try answer(state, request).deliver(to: request.id)
        } catch {
            // The plugin's own sentence is for whoever asked, the host's for whoever reads the log.
            let isOwn = error.httpStatus == UInt32(bitPattern: error.status.rawValue)
            let sentence = isOwn ? error.message : "500 internal server error"
            let apology = Response.text("\(sentence)\n", status: error.httpStatus)
            // Refused where the handler's answer has been given already: nobody waits for this one then.
            _ = apology.delivery(request.id, apology)
            guard isOwn, error.httpStatus < 500 else { throw error }
        }
    }

    private func route(of request: borrowing Request) -> RequestHandler? {
        var link = self.routes
        while let route = link {
            if request.methodSpan.isEqual(to: route.method), route.pattern.matches(request) { return route.answer }
            link = route.next
        }
        return nil
    }
}

extension Dispatcher {
    func serve(_ method: String, _ pattern: String, _ answer: @escaping Router.RequestHandler) {
        let (methodBytes, patternBytes) = ([UInt8](copying: method), [UInt8](copying: pattern))
        let record = MessagePackWriter.encode { writer in
            writer.writeMapHeader(2)
            writer.writeKey(.method)
            writer.writeString(utf8: methodBytes.wireBytes)
            writer.writeKey(.path)
            writer.writeString(utf8: patternBytes.wireBytes)
        }
        let status = unsafe Status(rawValue: record.lend(to: http_register))
        if status == .notGranted {
            self.refuse(status, "routes need transport.http.inbound among the manifest's capabilities")
        }
        self.refuse(status, "the host refused the route \(method) \(pattern)")
        self.router().add(methodBytes, Pattern(patternBytes), answer)
    }

    private func router() -> Router {
        if let router = self.httpRouter { return router }
        let router = Router()
        self.httpRouter = router
        self.on(.httpRequest) { (state, payload) throws(PluginError) in
            try router.answer(state, payload)
        }
        return router
    }
}
