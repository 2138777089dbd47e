/// Reads one date, time or date-time. Source: RFC 3339 as restricted by toml.io/en/v1.0.0.
struct TOMLDateReader {
    private let token: [UInt8]
    private var index = 0

    init(_ token: ArraySlice<UInt8>) {
        self.token = Array(token)
    }

    /// Whether a word has the shape `1979-05-27`, so that a time may follow behind a space.
    static func isDateShaped(_ token: ArraySlice<UInt8>) -> Bool {
        guard token.count == 10 else { return false }
        return token.enumerated().allSatisfy { position, byte in
            position == 4 || position == 7 ? byte == UInt8(ascii: "-") : byte.isDigit
        }
    }

    mutating func read() throws(TOMLMistake) -> TOMLValue {
        if token.count > 2, token[2] == UInt8(ascii: ":") {
            let time = try readTime()
            try expectEnd()
            return .localTime(time)
        }
        let date = try readDate()
        guard index < token.count else { return .localDate(date) }
        guard skip("T") || skip("t") || skip(" ") else { throw malformed }
        let local = TOMLLocalDateTime(date: date, time: try readTime())
        guard index < token.count else { return .localDateTime(local) }
        let offset = try readOffset()
        try expectEnd()
        guard let value = TOMLOffsetDateTime(local: local, offsetMinutes: offset) else { throw malformed }
        return .offsetDateTime(value)
    }

    private mutating func readDate() throws(TOMLMistake) -> TOMLLocalDate {
        let year = try readNumber(digits: 4)
        try expect("-")
        let month = try readNumber(digits: 2)
        try expect("-")
        let day = try readNumber(digits: 2)
        guard let date = TOMLLocalDate(year: year, month: month, day: day) else {
            throw TOMLMistake("the calendar has no such day", remedy: "check the month (01 to 12) and the day")
        }
        return date
    }

    private mutating func readTime() throws(TOMLMistake) -> TOMLLocalTime {
        let hour = try readNumber(digits: 2)
        try expect(":")
        let minute = try readNumber(digits: 2)
        try expect(":")
        let second = try readNumber(digits: 2)
        let nanosecond = skip(".") ? try readFraction() : 0
        guard let time = TOMLLocalTime(hour: hour, minute: minute, second: second, nanosecond: nanosecond) else {
            throw TOMLMistake("the clock has no such time", remedy: "use 00:00:00 to 23:59:59")
        }
        return time
    }

    /// Reads one or more digits as nanoseconds, cutting off what is finer.
    private mutating func readFraction() throws(TOMLMistake) -> Int {
        var value = 0
        var count = 0
        while index < token.count, let digit = token[index].digitValue(radix: 10) {
            if count < 9 {
                value = value * 10 + Int(digit)
            }
            count += 1
            index += 1
        }
        guard count > 0 else { throw malformed }
        for _ in 0..<max(0, 9 - count) {
            value *= 10
        }
        return value
    }

    private mutating func readOffset() throws(TOMLMistake) -> Int {
        if skip("Z") || skip("z") { return 0 }
        let isNegative = skip("-")
        guard isNegative || skip("+") else { throw malformed }
        let hours = try readNumber(digits: 2)
        try expect(":")
        let minutes = try readNumber(digits: 2)
        guard hours <= 23, minutes <= 59 else {
            throw TOMLMistake("there is no such offset from UTC", remedy: "use -23:59 to +23:59, or Z")
        }
        return (hours * 60 + minutes) * (isNegative ? -1 : 1)
    }

    private mutating func readNumber(digits count: Int) throws(TOMLMistake) -> Int {
        var value = 0
        for _ in 0..<count {
            guard index < token.count, let digit = token[index].digitValue(radix: 10) else { throw malformed }
            value = value * 10 + Int(digit)
            index += 1
        }
        return value
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < token.count, token[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(TOMLMistake) {
        guard skip(character) else { throw malformed }
    }

    private func expectEnd() throws(TOMLMistake) {
        guard index == token.count else { throw malformed }
    }

    private var malformed: TOMLMistake {
        TOMLMistake(
            "this is not a date or time",
            remedy: "write it like 1979-05-27, 07:32:00, 1979-05-27T07:32:00 or 1979-05-27T07:32:00.5+02:00")
    }
}
