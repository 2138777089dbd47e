import NIOCore
import PulpCapability
import PulpListener

/// One version of a plugin after another: no request is refused or lost in between.
extension HTTPInboundSession {
    /// The staged routes are there, those of the version before are gone.
    func commit() {
        self.routes.commit(self)
    }

    /// Another version has taken the place of this one: it gets what this one has not begun with.
    func retire(_ successor: HTTPInboundSession?) {
        self.setSuccessor(successor)
        if successor == nil { self.routes.withdraw(self) }
    }

    /// Takes a request that the version before was handed and has not begun with. On the request's loop.
    func take(_ exchange: HTTPExchange) {
        guard
            case .found(let owner, let method, let parameters)? =
                self.table?.match(method: exchange.method, path: exchange.path), owner === self
        else { return exchange.fail(.text(404, "404 page not found")) }
        exchange.reroute(method: method, parameters: parameters)
        exchange.expire(after: nil) {}
        guard exchange.body.readableBytes <= self.maxBodyBytes else {
            return exchange.fail(.text(413, "request body too large"))
        }
        if let refusal = self.admit(exchange) { return exchange.fail(refusal) }
        self.serve(exchange)
    }
}

extension OwnedRoutes {
    /// Routes that wait, to take the place of those of `former`.
    static func staged(insteadOf former: HTTPInboundSession?) -> OwnedRoutes {
        OwnedRoutes(isStaged: true, insteadOf: former.map { ($0, $0.routes) })
    }
}
