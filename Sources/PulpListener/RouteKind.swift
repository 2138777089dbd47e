/// What a route speaks. Each kind has its own space of patterns: a path may have routes of all three.
///
/// A request looks for them in this order: WebSocket (a GET that asks for the upgrade), event streams (GET), HTTP.
package enum RouteKind: Sendable {
    case http
    case webSocket
    case events

    /// Stands where a method stands in the tree, and can be nobody's method: no token starts so.
    var pseudoMethod: String {
        switch self {
        case .http: ""
        case .webSocket: "\u{1}WEBSOCKET"
        case .events: "\u{1}EVENTS"
        }
    }

    static func isPseudo(_ method: String) -> Bool { method.utf8.first == 1 }
}
