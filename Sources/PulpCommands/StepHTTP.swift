import Pulp
import PulpListener
import Synchronization

/// `transport.http.inbound` without sockets, for `pulp step`: routes and answers are written down.
///
/// The imports are the real capability's, so a plugin links here exactly when it links in `pulp run`.
struct StepHTTPCapability: Capability {
    static let id = HostHTTP.capability

    static let imports: [HostImport<StepHTTP>] = HostHTTP.signatures.map { signature in
        let name = signature.name
        return .words(signature) { session, call in session.called(name, &call).rawValue }
    }

    /// Where it is all written down.
    let session: StepHTTP

    func open(_ scope: PluginScope) async throws -> StepHTTP { self.session }
}

/// What a plugin did with HTTP during one step.
final class StepHTTP: RouteOwner, Sendable {
    private struct State {
        var routes: [String] = []
        /// The request that may be answered.
        var pending: UInt64?
        var answer: HTTPResponseRecord?
        var isDeferred = false
    }

    /// Routes that are remembered for messages; all of them are matched.
    private static let maximumListedRoutes = 100

    let maxBodyBytes = Int.max
    private let table = RouteTable()
    private let state = Mutex(State())

    /// The routes that the plugin has registered, at most the first hundred.
    var routes: [String] { self.state.withLock { $0.routes } }
    var answer: HTTPResponseRecord? { self.state.withLock { $0.answer } }
    /// Whether the plugin said that the answer comes after the step.
    var isDeferred: Bool { self.state.withLock { $0.isDeferred } }

    /// Fills in what the route's pattern captures, and lets the request be answered.
    ///
    /// - Throws: ``Problem`` when no route of the plugin takes the request: `pulp run` would not step it either.
    func prepare(_ request: inout HTTPRequestRecord) throws(Problem) {
        switch self.table.match(method: request.method, path: request.path) {
        case .found(_, _, let parameters):
            request.params = FieldList(parameters.map { .init(name: $0.name, value: $0.value) })
        case .methodNotAllowed(let allow):
            throw Problem("the plugin answers \(request.path) to \(allow.joined(separator: ", ")) only")
        case .notFound:
            let routes = self.routes.isEmpty ? "none" : self.routes.joined(separator: ", ")
            throw Problem(
                "no route of the plugin takes \(request.method) \(Output.printable(request.path)); its routes: \(routes)"
            )
        }
        let id = request.id
        self.state.withLock { $0.pending = id }
    }

    func serve(_ exchange: HTTPExchange) {
        preconditionFailure("the table of a step has no listener")
    }

    // MARK: Imports

    fileprivate func called(_ name: String, _ call: inout GuestCall) -> Status {
        if name == "http_defer" { return self.deferAnswer(call.splitWord(0)) }
        guard call.word(1) > 0 else { return .emptyRequest }
        guard let bytes = call.bytes(at: call.word(0), count: call.word(1)) else { return .readFailed }
        do {
            switch name {
            case "http_register": return self.register(try HTTPRegisterRequest(decoding: bytes))
            case "http_respond": return self.respond(try HTTPResponseRecord(decoding: bytes))
            // A listener of its own: routes are matched whatever the address.
            case "http_listen": return .ok
            default: return .operationFailed
            }
        } catch {
            return .decodeFailed
        }
    }

    private func register(_ request: HTTPRegisterRequest) -> Status {
        guard (try? self.table.register(method: request.method, pattern: request.path, owner: self)) != nil else {
            return .operationFailed
        }
        self.state.withLock { state in
            guard state.routes.count < Self.maximumListedRoutes else { return }
            state.routes.append(Output.printable("\(request.method.uppercased()) \(request.path)"))
        }
        return .ok
    }

    private func respond(_ answer: HTTPResponseRecord) -> Status {
        self.state.withLock { state in
            guard state.pending == answer.id, state.answer == nil else { return .operationFailed }
            state.answer = answer
            return .ok
        }
    }

    private func deferAnswer(_ id: UInt64) -> Status {
        self.state.withLock { state in
            guard state.pending == id, state.answer == nil else { return .operationFailed }
            state.isDeferred = true
            return .ok
        }
    }
}
