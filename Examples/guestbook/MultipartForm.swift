import PulpGuest

/// A form as `multipart/form-data` (RFC 7578): its fields and files, in order.
struct MultipartForm {
    struct Part {
        var name = ""
        /// The media type; empty for a field.
        var type = ""
        var body: [UInt8] = []
    }

    private var parts: [Part] = []

    /// Reads the request's body; nil when it is not such a form.
    init?(_ request: borrowing Request) {
        guard let type = request.headers["Content-Type"], let boundary = Self.boundary(in: type) else { return nil }
        let body = request.bytes
        let delimiter = Self.newline + Self.bytes("--") + boundary
        // The first delimiter has no line before it.
        guard body.has(delimiter, at: 0, from: 2) else { return nil }
        var start = delimiter.count - 2
        while let end = body.firstRange(of: delimiter, from: start) {
            if let part = Self.part(body, start..<end) { self.parts.append(part) }
            start = end + delimiter.count
            if body.has(Self.bytes("--"), at: start) { return }
        }
        return nil
    }

    /// The text of the field `name`, of at most `count` characters; empty when the form has none.
    func text(_ name: String, atMost count: Int) -> String {
        self.part(name)?.body.trimmed(to: count) ?? ""
    }

    /// The file that was sent as `name`.
    func file(_ name: String) -> Part? {
        self.part(name).flatMap { $0.type.isEmpty ? nil : $0 }
    }

    private func part(_ name: String) -> Part? {
        for part in self.parts where part.name.isSame(as: name) { return part }
        return nil
    }

    private static var newline: [UInt8] { [13, 10] }

    fileprivate static func bytes(_ text: StaticString) -> [UInt8] {
        unsafe [UInt8](UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The boundary of `multipart/form-data; boundary=...`, with or without quotes.
    private static func boundary(in type: String) -> [UInt8]? {
        let type = unsafe [UInt8](copying: type.utf8.span.bytes)
        guard type.has(Self.bytes("multipart/form-data"), at: 0),
            let parameter = type.firstRange(of: Self.bytes("boundary="), from: 0)
        else { return nil }
        var start = parameter + 9
        let isQuoted = start < type.count && type[start] == UInt8(ascii: "\"")
        if isQuoted { start += 1 }
        var end = start
        while end < type.count {
            if isQuoted ? type[end] == UInt8(ascii: "\"") : [0x20, UInt8(ascii: ";")].contains(type[end]) { break }
            end += 1
        }
        return 1...70 ~= end - start ? [UInt8](type[start..<end]) : nil
    }

    /// One part: a line break, headers, an empty line, the body.
    private static func part(_ body: [UInt8], _ range: Range<Int>) -> Part? {
        guard let end = body.firstRange(of: Self.newline + Self.newline, from: range.lowerBound),
            end < range.upperBound
        else { return nil }
        var part = Part()
        part.body = [UInt8](body[min(end + 4, range.upperBound)..<range.upperBound])
        var start = range.lowerBound + 2
        while start < end {
            let stop = body.firstRange(of: Self.newline, from: start) ?? end
            part.read([UInt8](body[start..<stop]))
            start = stop + 2
        }
        return part.name.isEmpty ? nil : part
    }
}

extension MultipartForm.Part {
    /// Reads one header line.
    fileprivate mutating func read(_ line: [UInt8]) {
        let lower = line.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }
        if lower.has(MultipartForm.bytes("content-type:"), at: 0) {
            self.type = [UInt8](lower[13...]).trimmed(to: 100)
        } else if lower.has(MultipartForm.bytes("content-disposition:"), at: 0),
            let parameter = lower.firstRange(of: MultipartForm.bytes("; name=\""), from: 0)
        {
            let start = parameter + 8
            var end = start
            while end < line.count, line[end] != UInt8(ascii: "\"") { end += 1 }
            self.name = [UInt8](line[start..<end]).trimmed(to: 100)
        }
    }
}

extension [UInt8] {
    /// Whether `pattern`, without its first `offset` bytes, stands at `start`.
    fileprivate func has(_ pattern: [UInt8], at start: Int, from offset: Int = 0) -> Bool {
        guard pattern.count - offset <= self.count - start else { return false }
        for index in offset..<pattern.count where self[start + index - offset] != pattern[index] { return false }
        return true
    }

    /// Where `pattern` begins, at `start` at the earliest.
    fileprivate func firstRange(of pattern: [UInt8], from start: Int) -> Int? {
        var position = start
        while position <= self.count - pattern.count {
            if self.has(pattern, at: position) { return position }
            position += 1
        }
        return nil
    }
}
