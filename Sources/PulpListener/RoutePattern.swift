/// A route pattern: literals, `:name` for one segment, `*name` last for the rest.
struct RoutePattern: Equatable, Sendable {
    enum Segment: Equatable, Sendable {
        case literal(String)
        case parameter
        case rest
    }

    /// A pattern that is longer is refused: matching may visit this many segments for each request.
    static let maximumSegments = 64
    static let maximumBytes = 4096

    let text: String
    let segments: [Segment]
    /// Names of the parameters and of the rest, in order.
    let names: [String]

    init(_ text: String) throws(RouteError) {
        guard text.utf8.first == HTTPSyntax.slash else {
            throw RouteError(.invalid, "the path of a route starts with `/`")
        }
        guard text.utf8.count <= Self.maximumBytes else {
            throw RouteError(.invalid, "the path of a route is at most \(Self.maximumBytes) bytes long")
        }
        let parts = text.utf8.dropFirst().split(separator: HTTPSyntax.slash, omittingEmptySubsequences: false)
        guard parts.count <= Self.maximumSegments else {
            throw RouteError(.invalid, "the path of a route has at most \(Self.maximumSegments) segments")
        }
        var segments: [Segment] = []
        var names: [String] = []
        for (index, part) in parts.enumerated() {
            switch part.first {
            case HTTPSyntax.colon:
                names.append(String(Substring(part.dropFirst())))
                segments.append(.parameter)
            case 0x2A:
                guard index == parts.count - 1 else {
                    throw RouteError(.invalid, "`*name` takes the rest of the path, so it comes last")
                }
                names.append(String(Substring(part.dropFirst())))
                segments.append(.rest)
            default: segments.append(.literal(String(Substring(part))))
            }
        }
        guard names.allSatisfy({ !$0.isEmpty }) else {
            throw RouteError(.invalid, "`:` and `*` are followed by the name of the parameter")
        }
        self.text = text
        self.segments = segments
        self.names = names
    }
}

/// Why a route was not registered.
package struct RouteError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The method or the path is no method or no pattern.
        case invalid
        /// Some path would match this route and one of another owner.
        case conflict
        /// The table is full.
        case full
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
