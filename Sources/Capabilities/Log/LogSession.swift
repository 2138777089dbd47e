import Logging
import PulpCapability
import PulpWire

/// `log_write` for one plugin.
package struct LogSession: Sendable {
    static let unknownLevel: Int32 = 4
    static let dropped: Int32 = 12

    /// Fields of a line; what is beyond is counted in the field `fields_cut`.
    static let maximumFields = 32
    static let maximumNameBytes = 128
    static let maximumValueBytes = 1_024

    let log: PluginLog

    func write(_ bytes: RawSpan) throws(CapabilityError) {
        let record: LogRecord
        do throws(WireError) {
            record = try LogRecord(decoding: bytes)
        } catch  where error.code == .outOfRange {
            throw CapabilityError(code: Self.unknownLevel, "log_write: \(error)")
        } catch {
            throw CapabilityError(.decodeFailed, "log_write: the request is not a log record: \(error)")
        }
        let level = Logger.Level(record.level)
        guard self.log.isWanted(level) else { return }
        // Without a message of its own: saying that each line is dropped would be the flood again.
        guard let permit = self.log.permit() else { throw CapabilityError(code: Self.dropped, "") }
        let message = LogText.printable(record.message, limit: LogText.maximumMessageBytes)
        self.log.write(permit, level, message, self.metadata(record.fields))
    }

    private func metadata(_ fields: FieldList) -> Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        for field in fields.fields.prefix(Self.maximumFields) {
            var name = LogText.printable(field.name, limit: Self.maximumNameBytes)
            if name.isEmpty || self.log.isReserved(name) { name = "field." + name }
            guard metadata[name] == nil else { continue }
            metadata[name] = .string(LogText.printable(field.value, limit: Self.maximumValueBytes))
        }
        if fields.count > Self.maximumFields { metadata["fields_cut"] = "\(fields.count - Self.maximumFields)" }
        return metadata
    }
}

extension Logger.Level {
    fileprivate init(_ level: LogLevel) {
        self =
            switch level {
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
