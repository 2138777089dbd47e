/// A calendar date without a zone: years 0 to 9999, valid days only.
package struct TOMLLocalDate: Hashable, Sendable, CustomStringConvertible {
    package let year: Int16
    package let month: UInt8
    package let day: UInt8

    /// `nil` when the calendar has no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard 0...9999 ~= year, 1...12 ~= month, 1...Self.days(inMonth: month, of: year) ~= day else { return nil }
        self.year = Int16(year)
        self.month = UInt8(month)
        self.day = UInt8(day)
    }

    /// How many days a month has; `month` is 1 to 12.
    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2:
            let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
            return isLeap ? 29 : 28
        case 4, 6, 9, 11:
            return 30
        default:
            return 31
        }
    }

    package var description: String {
        "\(zeroPadded(Int(year), to: 4))-\(zeroPadded(Int(month), to: 2))-\(zeroPadded(Int(day), to: 2))"
    }
}

/// A time of day without a zone. `second` may be 60: RFC 3339 admits leap seconds.
package struct TOMLLocalTime: Hashable, Sendable, CustomStringConvertible {
    package let hour: UInt8
    package let minute: UInt8
    package let second: UInt8
    /// The fraction of the second; digits beyond the ninth are cut off, as the specification asks.
    package let nanosecond: UInt32

    /// `nil` when a part is out of its range.
    package init?(hour: Int, minute: Int, second: Int, nanosecond: Int = 0) {
        guard 0...23 ~= hour, 0...59 ~= minute, 0...60 ~= second, 0...999_999_999 ~= nanosecond else { return nil }
        self.hour = UInt8(hour)
        self.minute = UInt8(minute)
        self.second = UInt8(second)
        self.nanosecond = UInt32(nanosecond)
    }

    package var description: String {
        let whole = [hour, minute, second].map { zeroPadded(Int($0), to: 2) }.joined(separator: ":")
        guard nanosecond > 0 else { return whole }
        var fraction = zeroPadded(Int(nanosecond), to: 9)
        while fraction.hasSuffix("0") {
            fraction.removeLast()
        }
        return "\(whole).\(fraction)"
    }
}

/// A date and a time without a zone.
package struct TOMLLocalDateTime: Hashable, Sendable, CustomStringConvertible {
    package let date: TOMLLocalDate
    package let time: TOMLLocalTime

    package init(date: TOMLLocalDate, time: TOMLLocalTime) {
        self.date = date
        self.time = time
    }

    package var description: String { "\(date)T\(time)" }
}

/// A date and a time at a known offset from UTC: an instant.
package struct TOMLOffsetDateTime: Hashable, Sendable, CustomStringConvertible {
    package let local: TOMLLocalDateTime
    /// Minutes east of UTC, -1439 to 1439.
    package let offsetMinutes: Int16

    /// `nil` when the offset is a day or more.
    package init?(local: TOMLLocalDateTime, offsetMinutes: Int) {
        guard -1439...1439 ~= offsetMinutes else { return nil }
        self.local = local
        self.offsetMinutes = Int16(offsetMinutes)
    }

    package var description: String {
        guard offsetMinutes != 0 else { return "\(local)Z" }
        let (hours, minutes) = Int(offsetMinutes.magnitude).quotientAndRemainder(dividingBy: 60)
        return "\(local)\(offsetMinutes < 0 ? "-" : "+")\(zeroPadded(hours, to: 2)):\(zeroPadded(minutes, to: 2))"
    }
}

/// `number`, which is not negative, with zeros in front up to `width` digits.
private func zeroPadded(_ number: Int, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
