/// Points in time as the reference's driver writes them into a database and reads them out of it.
enum DateText {
    /// Seconds since 1970 UTC and nanoseconds.
    struct Moment: Hashable {
        var seconds: Int64
        var nanoseconds: UInt32
    }

    /// `2024-05-06 07:08:09.5 +0000 UTC`: what a timestamp becomes as a parameter.
    ///
    /// Nil outside the years 0 to 9999, which no text here can state.
    static func text(_ moment: Moment) -> String? {
        // Before any arithmetic: the guest may send any number.
        guard Self.statable ~= moment.seconds else { return nil }
        let days = moment.seconds >= 0 ? moment.seconds / 86_400 : (moment.seconds - 86_399) / 86_400
        let ofDay = moment.seconds - days * 86_400
        let (year, month, day) = Self.civil(days)
        var text = "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2)) "
        text += "\(Self.padded(ofDay / 3_600, 2)):\(Self.padded(ofDay / 60 % 60, 2)):\(Self.padded(ofDay % 60, 2))"
        if moment.nanoseconds > 0 {
            var digits = Substring(Self.padded(Int64(moment.nanoseconds), 9))
            while digits.last == "0" { digits.removeLast() }
            text += ".\(digits)"
        }
        return text + " +0000 UTC"
    }

    /// The years 0 to 9999.
    private static let statable: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    /// The moment that `text` states in one of the driver's forms; nil when it is none of them, and stays text.
    ///
    /// `2006-01-02`, then perhaps ` ` or `T`, `15:04`, `:05`, a fraction, an offset as `-07:00`, ` -0700 MST` or `Z`.
    static func moment(_ text: UnsafeRawBufferPointer) -> Moment? {
        var cursor = unsafe DateCursor(bytes: text)
        guard let year = cursor.number(4), cursor.skip(0x2d), let month = cursor.number(2), cursor.skip(0x2d),
            let day = cursor.number(2), 1...12 ~= month, 1...Self.length(of: month, year) ~= day
        else { return nil }
        var moment = Moment(seconds: Self.days(year, month, day) * 86_400, nanoseconds: 0)
        if cursor.isAtEnd { return moment }
        guard cursor.skip(0x20) || cursor.skip(0x54), let hour = cursor.number(2), cursor.skip(0x3a),
            let minute = cursor.number(2), hour < 24, minute < 60
        else { return nil }
        moment.seconds += hour * 3_600 + minute * 60
        if cursor.skip(0x3a) {
            guard let second = cursor.number(2), second < 60 else { return nil }
            moment.seconds += second
            if cursor.skip(0x2e) {
                guard let fraction = cursor.fraction() else { return nil }
                moment.nanoseconds = fraction
            }
        }
        guard let offset = cursor.offset() else { return nil }
        moment.seconds -= offset
        return moment
    }

    // MARK: The calendar (proleptic Gregorian; H. Hinnant, "chrono-Compatible Low-Level Date Algorithms")

    private static func length(of month: Int64, _ year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let ofEra = shifted - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * month + 2) / 5 + 1
        let civilMonth = month < 10 ? month + 3 : month - 9
        return (yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0), civilMonth, day)
    }
}

/// Reads a date's text from the left.
@safe private struct DateCursor {
    let bytes: UnsafeRawBufferPointer
    var place = 0

    init(bytes: UnsafeRawBufferPointer) {
        unsafe self.bytes = bytes
    }

    var isAtEnd: Bool { unsafe self.place >= self.bytes.count }
    private var next: UInt8? { self.isAtEnd ? nil : unsafe self.bytes[self.place] }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard self.next == byte else { return false }
        self.place += 1
        return true
    }

    /// Exactly `count` digits.
    mutating func number(_ count: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<count {
            guard let digit = self.digit() else { return nil }
            value = value * 10 + Int64(digit)
        }
        return value
    }

    private mutating func digit() -> UInt8? {
        guard let byte = self.next, 0x30...0x39 ~= byte else { return nil }
        self.place += 1
        return byte - 0x30
    }

    /// One to nine digits as nanoseconds.
    mutating func fraction() -> UInt32? {
        var value: UInt32 = 0
        var count = 0
        while count < 9, let digit = self.digit() {
            value = value * 10 + UInt32(digit)
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in count..<9 { value *= 10 }
        return value
    }

    /// The offset from UTC in seconds, to the text's end.
    mutating func offset() -> Int64? {
        if self.isAtEnd { return 0 }
        if self.skip(0x5a) { return self.isAtEnd ? 0 : nil }
        let isNamed = self.skip(0x20)
        let isNegative = self.skip(0x2d)
        guard isNegative || self.skip(0x2b), let hours = self.number(2) else { return nil }
        guard isNamed || self.skip(0x3a), let minutes = self.number(2), hours < 24, minutes < 60 else { return nil }
        // ` -0700 MST`: the name says nothing new.
        guard isNamed ? self.skip(0x20) && !self.isAtEnd : self.isAtEnd else { return nil }
        return (isNegative ? -1 : 1) * (hours * 3_600 + minutes * 60)
    }
}
