import ArgumentParser
import Foundation
import Logging
import Pulp

/// How log lines look.
enum LogFormat: String, CaseIterable, ExpressibleByArgument {
    /// `TIME LEVEL message key=value`
    case text
    /// One object a line.
    case json
}

/// From which level on lines are written.
enum LogThreshold: String, CaseIterable, ExpressibleByArgument {
    case trace, debug, info, notice, warning, error, critical

    var level: Logger.Level {
        switch self {
        case .trace: .trace
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}

/// Writes log lines to standard error, one line each whatever is in them.
struct ProgramLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// Off where the command itself says what the host has to say.
    var showsHost = true
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    /// - Parameter write: Takes a line without its end.
    init(_ format: LogFormat, level: Logger.Level, write: @escaping @Sendable (String) -> Void) {
        self.format = format
        self.logLevel = level
        self.write = write
    }

    /// A logger to standard error.
    static func logger(_ format: LogFormat, _ threshold: LogThreshold) -> Logger {
        Logger(label: "pulp") { _ in ProgramLog(format, level: threshold.level) { Output.error($0) } }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard self.showsHost || event.source == PluginLog.source else { return }
        var fields = self.metadata
        if let provided = self.metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if event.source == PluginLog.source { fields["source"] = "guest" }
        let line = LogLine(
            time: Date.now.formatted(Self.timeStyle), level: event.level, message: "\(event.message)",
            fields: fields.map { ($0.key, "\($0.value)") }.sorted { LogLine.precedes($0.0, $1.0) })
        switch self.format {
        case .text: self.write(line.text)
        case .json: self.write(line.json)
        }
    }

    private static let timeStyle = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}

/// One line of a log, in either format.
struct LogLine {
    let time: String
    let level: Logger.Level
    let message: String
    let fields: [(name: String, value: String)]

    /// Longer than the longest line of a guest with all of its escapes.
    private static let maximumBytes = 64 << 10

    /// Whose line it is comes first.
    static func precedes(_ left: String, _ right: String) -> Bool {
        if left == "plugin" || right == "plugin" { return left == "plugin" && right != "plugin" }
        return left < right
    }

    var text: String {
        let level = self.level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
        var line = "\(self.time) \(level) \(Self.escaped(self.message))"
        for (name, value) in self.fields { line += " \(Self.escaped(name))=\(Self.quotedIfNeeded(value))" }
        return line
    }

    var json: String {
        var pairs: [MessagePackValue.Pair] = [
            Self.pair("time", self.time), Self.pair("level", self.level.rawValue),
            Self.pair("message", self.message),
        ]
        let taken: Set<String> = ["time", "level", "message"]
        for (name, value) in self.fields {
            pairs.append(Self.pair(taken.contains(name) ? "field_\(name)" : name, value))
        }
        // A name that begins with `$` would make the object something else to the writer.
        return DiagnosticJSON.text(of: .map(pairs))
    }

    private static func pair(_ name: String, _ value: String) -> MessagePackValue.Pair {
        let name = name.hasPrefix("$") ? "field_" + name : name
        return .init(key: .string(name), value: .string(value))
    }

    private static func escaped(_ text: String) -> String { LogText.printable(text, limit: Self.maximumBytes) }

    private static func quotedIfNeeded(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.unicodeScalars.allSatisfy { $0 > " " && $0 != "\"" && $0 != "=" }
        guard !isPlain else { return Self.escaped(value) }
        let quoted = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(Self.escaped(quoted))\""
    }
}
