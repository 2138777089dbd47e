import Foundation
import PulpTOML
import PulpWire

/// What a test file says as MessagePack: configuration, payloads, answers.
enum TOMLPacking {
    static func bytes(_ value: TOMLValue) -> [UInt8]? { self.value(value).map(Self.bytes) }

    /// nil for dates and times without an offset.
    static func value(_ value: TOMLValue) -> MessagePackValue? {
        switch value {
        case .string(let text): return .string(text)
        case .integer(let number): return .int(number)
        case .float(let number): return .double(number)
        case .boolean(let flag): return .bool(flag)
        case .array(let nodes):
            let values = nodes.compactMap { Self.value($0.value) }
            return values.count == nodes.count ? .array(values) : nil
        case .table(let table):
            let pairs = table.entries.compactMap { entry in
                Self.value(entry.node.value).map { MessagePackValue.Pair(key: .string(entry.key.name), value: $0) }
            }
            return pairs.count == table.entries.count ? .map(pairs) : nil
        case .offsetDateTime(let time):
            return Self.moment(time).map { .timestamp(seconds: $0.seconds, nanoseconds: $0.nanoseconds) }
        case .localDateTime, .localDate, .localTime: return nil
        }
    }

    /// Since 1970 UTC.
    static func moment(_ time: TOMLOffsetDateTime) -> (seconds: Int64, nanoseconds: UInt32)? {
        var parts = DateComponents()
        parts.calendar = Calendar(identifier: .iso8601)
        parts.timeZone = TimeZone(secondsFromGMT: 0)
        let (date, clock) = (time.local.date, time.local.time)
        (parts.year, parts.month, parts.day) = (Int(date.year), Int(date.month), Int(date.day))
        (parts.hour, parts.minute, parts.second) = (Int(clock.hour), Int(clock.minute), Int(clock.second))
        guard let moment = parts.date else { return nil }
        let seconds = Int64(moment.timeIntervalSince1970) - Int64(time.offsetMinutes) * 60
        return (seconds, clock.nanosecond)
    }

    /// As the host encodes `[config]`: integers have nine bytes always.
    static func bytes(_ value: MessagePackValue) -> [UInt8] {
        MessagePackWriter.encode { Self.write(value, &$0) }
    }

    private static func write(_ value: MessagePackValue, _ writer: inout MessagePackWriter) {
        switch value {
        case .int(let number): writer.writeInt64(number)
        case .array(let values):
            writer.writeArrayHeader(values.count)
            for value in values { Self.write(value, &writer) }
        case .map(let pairs):
            writer.writeMapHeader(pairs.count)
            for pair in pairs {
                Self.write(pair.key, &writer)
                Self.write(pair.value, &writer)
            }
        default: value.encode(into: &writer)
        }
    }

    /// `[config]` with keys of `changes` in place of its own, the later ones last.
    static func config(_ config: [UInt8], changed changes: [TOMLTable?]) -> [UInt8] {
        let changed = changes.compactMap { $0 }
        guard changed.contains(where: { !$0.isEmpty }) else { return config }
        var pairs: [MessagePackValue.Pair] = []
        if let value = try? MessagePackValue(decoding: config), case .map(let own) = value { pairs = own }
        for table in changed {
            guard case .map(let wanted)? = Self.value(.table(table)) else { continue }
            for pair in wanted {
                pairs.removeAll { $0.key == pair.key }
                pairs.append(pair)
            }
        }
        return Self.bytes(.map(pairs))
    }
}
