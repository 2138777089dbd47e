import PulpWire

/// Writes to the host's log, under the plugin's name.
///
/// ```swift
/// Log.info("a note was kept", ["id": "\(id)"])
/// ```
public enum Log {
    /// Writes one line; a host that drops it (too many, too long) says so itself.
    public static func write(_ level: LogLevel, _ message: String, _ fields: FieldList = [:]) {
        // Not a `LogRecord`, which looks for names that repeat: the host takes the last of them.
        let record = MessagePackWriter.encode { writer in
            writer.writeMapHeader(3)
            writer.writeKey(.level)
            writer.writeUInt8(level.rawValue)
            writer.writeKey(.message)
            writer.writeText(message)
            writer.writeKey(.fields)
            writer.writeMapHeader(fields.count)
            for field in fields.fields {
                writer.writeText(field.name)
                writer.writeText(field.value)
            }
        }
        _ = unsafe record.lend { unsafe log_write($0, $1) }
    }

    /// Writes one line about each single thing that happens.
    public static func trace(_ message: String, _ fields: FieldList = [:]) {
        self.write(.trace, message, fields)
    }

    /// Writes one line for those who look for a fault.
    public static func debug(_ message: String, _ fields: FieldList = [:]) {
        self.write(.debug, message, fields)
    }

    /// Writes one line about the ordinary course of things.
    public static func info(_ message: String, _ fields: FieldList = [:]) {
        self.write(.info, message, fields)
    }

    /// Writes one line about something ordinary that is worth to be seen.
    public static func notice(_ message: String, _ fields: FieldList = [:]) {
        self.write(.notice, message, fields)
    }

    /// Writes one line about something that someone should look at.
    public static func warning(_ message: String, _ fields: FieldList = [:]) {
        self.write(.warning, message, fields)
    }

    /// Writes one line about a failure.
    public static func error(_ message: String, _ fields: FieldList = [:]) {
        self.write(.error, message, fields)
    }

    /// Writes one line about a failure after which the plugin is of no use.
    public static func critical(_ message: String, _ fields: FieldList = [:]) {
        self.write(.critical, message, fields)
    }
}
