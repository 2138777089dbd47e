import Foundation

/// The engine's filters, which are JSON inside a query.
enum EngineFilters {
    static func text(_ filters: [String: [String]]) throws -> String {
        String(decoding: try JSONEncoder().encode(filters), as: UTF8.self)
    }
}

extension EngineFault {
    /// Whether it says nothing of what was asked, only that the engine cannot be heard.
    var isOfConnection: Bool {
        switch self {
        case .unreachable, .gone, .timedOut: true
        case .garbled, .refused, .failed, .tooLarge: false
        }
    }

    /// Whether the container is on its way out already.
    var isBeingRemoved: Bool {
        if case .refused(409, _) = self { true } else { false }
    }
}
