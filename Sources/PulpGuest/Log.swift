import PulpWire

/// Writes to the host's log, under the plugin's name.
public enum Log {
    /// Writes one line; a host that drops it (too many, too long) says so itself.
    public static func write(_ level: LogLevel, _ message: String, _ fields: FieldList = [:]) {
        _ = unsafe LogRecord(level: level, message: message, fields: fields).send(to: log_write)
    }

    /// Writes one line for those who look for a fault.
    public static func debug(_ message: String, _ fields: FieldList = [:]) {
        self.write(.debug, message, fields)
    }

    /// Writes one line about the ordinary course of things.
    public static func info(_ message: String, _ fields: FieldList = [:]) {
        self.write(.info, message, fields)
    }

    /// Writes one line about something that someone should look at.
    public static func warning(_ message: String, _ fields: FieldList = [:]) {
        self.write(.warning, message, fields)
    }

    /// Writes one line about a failure.
    public static func error(_ message: String, _ fields: FieldList = [:]) {
        self.write(.error, message, fields)
    }
}
