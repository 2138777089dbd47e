import PulpBuild

/// What a new plugin does, so that its author has something to change.
package enum Template: String, CaseIterable, Sendable {
    case http, websocket, sse, cron, empty

    /// One line for a menu.
    package var summary: String {
        switch self {
        case .http: "answers HTTP requests"
        case .websocket: "passes WebSocket messages on to all who are connected"
        case .sse: "sends events to all who listen"
        case .cron: "does something every second"
        case .empty: "starts, and says so in the log"
        }
    }
}

extension Language {
    /// Where a new plugin's source goes, below its folder.
    package var sourceName: String {
        switch self {
        case .swift: "Plugin.swift"
        case .c: "plugin.c"
        case .rust: "src/lib.rs"
        case .go: "main.go"
        case .zig: "plugin.zig"
        }
    }
}
