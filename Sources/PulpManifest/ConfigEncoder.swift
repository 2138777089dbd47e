import Foundation
import PulpTOML
import PulpWire

/// Encodes `[config]` as the bytes that `pulp_init` receives.
///
/// The types are the reference's (integers always 9 bytes, dates as timestamps); keys keep the order of the file, where
/// the reference's order varies.
struct ConfigEncoder {
    /// The zone of dates and times without an offset.
    let timeZone: TimeZone

    /// The table as one MessagePack map; no bytes for an empty one.
    func encode(_ table: TOMLTable) -> [UInt8] {
        guard !table.isEmpty else { return [] }
        return MessagePackWriter.encode { writer in
            write(table, to: &writer)
        }
    }

    private func write(_ table: TOMLTable, to writer: inout MessagePackWriter) {
        writer.writeMapHeader(table.entries.count)
        for entry in table.entries {
            writer.writeString(entry.key.name)
            write(entry.node.value, to: &writer)
        }
    }

    private func write(_ value: TOMLValue, to writer: inout MessagePackWriter) {
        switch value {
        case .string(let text): writer.writeString(text)
        case .integer(let number): writer.writeInt64(number)
        case .float(let number): writer.writeDouble(number.isNaN ? Self.referenceNaN : number)
        case .boolean(let flag): writer.writeBool(flag)
        case .array(let nodes):
            writer.writeArrayHeader(nodes.count)
            for node in nodes {
                write(node.value, to: &writer)
            }
        case .table(let table): write(table, to: &writer)
        case .offsetDateTime(let time):
            let seconds = Self.seconds(time.local.date, time.local.time) - Int64(time.offsetMinutes) * 60
            writer.writeTimestamp(seconds: seconds, nanoseconds: time.local.time.nanosecond)
        case .localDateTime(let time): writeLocal(time.date, time.time, to: &writer)
        case .localDate(let date): writeLocal(date, nil, to: &writer)
        case .localTime(let time): writeLocal(nil, time, to: &writer)
        }
    }

    /// The bits of the NaN that the reference's language has.
    private static let referenceNaN = Double(bitPattern: 0x7FF8_0000_0000_0001)

    /// Without a date it is 1 January of year 0, without a time it is midnight.
    private func writeLocal(_ date: TOMLLocalDate?, _ time: TOMLLocalTime?, to writer: inout MessagePackWriter) {
        let local = Self.seconds(date, time)
        // Ask for the offset as if the time were UTC; near a change of the clocks that offset may be the wrong side's.
        let guess = local - offset(at: local)
        writer.writeTimestamp(seconds: local - offset(at: guess), nanoseconds: time?.nanosecond ?? 0)
    }

    private func offset(at seconds: Int64) -> Int64 {
        Int64(timeZone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
    }

    /// Seconds since 1970, were the clock UTC's.
    private static func seconds(_ date: TOMLLocalDate?, _ time: TOMLLocalTime?) -> Int64 {
        let days = daysSince1970(Int64(date?.year ?? 0), Int64(date?.month ?? 1), Int64(date?.day ?? 1))
        guard let time else { return days * 86_400 }
        return days * 86_400 + Int64(time.hour) * 3600 + Int64(time.minute) * 60 + Int64(time.second)
    }

    /// Counts in years that start in March, so that a leap day is the last of its year. Years are not negative.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // January and February belong to the year before; 400 years, 146,097 days, keep year 0 positive.
        let shifted = (month <= 2 ? year - 1 : year) + 400
        let monthsSinceMarch = (month + 9) % 12
        let dayOfYear = (153 * monthsSinceMarch + 2) / 5 + day - 1
        let leapDays = shifted / 4 - shifted / 100 + shifted / 400
        // 719,468 days lie between 1 March of year 0 and 1 January 1970.
        return shifted * 365 + leapDays + dayOfYear - 719_468 - 146_097
    }
}
