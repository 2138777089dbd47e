import PulpWire

/// What a form sent: its fields and files, in order.
///
/// Reads both ways in which browsers send one: `application/x-www-form-urlencoded`, and `multipart/form-data`
/// (RFC 7578), which has the files.
public struct Form {
    /// A file.
    public struct File {
        /// As the client calls it; may be anything, so never use it as a path.
        public let name: String
        /// The media type that the client states, in small letters.
        public let type: String
        public let bytes: [UInt8]
    }

    struct Part {
        var name: [UInt8] = []
        /// Absent for a field.
        var fileName: [UInt8]?
        var type: [UInt8] = []
        var body: [UInt8] = []
    }

    var parts: [Part] = []

    /// The first value of the field `name`; nil when the form has none.
    public subscript(name: String) -> String? {
        for part in self.parts where part.fileName == nil && part.name.wireBytes.isEqual(to: name) {
            return String(repairing: part.body.wireBytes)
        }
        return nil
    }

    /// Every value of the field `name`, in order.
    public func all(_ name: String) -> [String] {
        var values: [String] = []
        for part in self.parts where part.fileName == nil && part.name.wireBytes.isEqual(to: name) {
            values.append(String(repairing: part.body.wireBytes))
        }
        return values
    }

    /// The first file that was sent as `name`; nil when there is none, or none was chosen.
    public func file(_ name: String) -> File? {
        for part in self.parts where part.name.wireBytes.isEqual(to: name) {
            // A form sends an empty file without a name where none was chosen.
            guard let fileName = part.fileName, !(fileName.isEmpty && part.body.isEmpty) else { continue }
            return File(
                name: String(repairing: fileName.wireBytes),
                type: part.type.isEmpty ? "application/octet-stream" : String(repairing: part.type.wireBytes),
                bytes: part.body)
        }
        return nil
    }
}

extension Request {
    /// The body as a form; nil when it is none, or not whole. Reads it again each time.
    public var form: Form? {
        guard let type = self.headers["Content-Type"] else { return nil }
        let bytes = [UInt8](copying: type)
        if bytes.starts(with: "application/x-www-form-urlencoded") { return Form(encoded: self.bytes) }
        guard bytes.starts(with: "multipart/form-data"), let boundary = Form.parameter("boundary=", of: bytes),
            1...70 ~= boundary.count
        else { return nil }
        return Form(self.bytes, boundary: boundary)
    }
}

extension Form {
    /// Reads `name=value&name=value`.
    init(encoded body: [UInt8]) {
        var start = 0
        while start < body.count {
            let end = body.firstIndex(of: UInt8(ascii: "&"), from: start)
            let equals = min(body.firstIndex(of: UInt8(ascii: "="), from: start), end)
            if start < end {
                var part = Part()
                part.name = Self.decoded(body, start..<equals)
                part.body = Self.decoded(body, min(equals + 1, end)..<end)
                self.parts.append(part)
            }
            start = end + 1
        }
    }

    /// Reads `multipart/form-data`; nil when it breaks off.
    init?(_ body: [UInt8], boundary: [UInt8]) {
        let delimiter = [UInt8](copying: "\r\n--") + boundary
        // The first delimiter may have no line before it.
        guard body.has(delimiter, at: 0, from: 2) else { return nil }
        var start = delimiter.count - 2
        while let end = body.firstRange(of: delimiter, from: start) {
            if let part = Self.part(body, start..<end) { self.parts.append(part) }
            start = end + delimiter.count
            if body.has([UInt8](copying: "--"), at: start, from: 0) { return }
        }
        // Only `--` right behind the first delimiter ends a form without parts.
        guard body.has([UInt8](copying: "--"), at: start, from: 0), self.parts.isEmpty else { return nil }
    }

    /// One part: a line break, headers, an empty line, the body.
    private static func part(_ body: [UInt8], _ range: Range<Int>) -> Part? {
        let blank = [UInt8](copying: "\r\n\r\n")
        guard let end = body.firstRange(of: blank, from: range.lowerBound, until: range.upperBound) else { return nil }
        var part = Part()
        part.body = [UInt8](body[(end + blank.count)..<range.upperBound])
        var start = range.lowerBound + 2
        while start < end {
            let stop = body.firstRange(of: [13, 10], from: start, until: end) ?? end
            part.read([UInt8](body[start..<stop]))
            start = stop + 2
        }
        return part.name.isEmpty ? nil : part
    }

    private static func decoded(_ body: [UInt8], _ range: Range<Int>) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = range.lowerBound
        while index < range.upperBound {
            if body[index] == UInt8(ascii: "%"), index + 2 < range.upperBound,
                let high = hexadecimalValue(body[index + 1]), let low = hexadecimalValue(body[index + 2])
            {
                bytes.append(high << 4 | low)
                index += 3
            } else {
                bytes.append(body[index] == UInt8(ascii: "+") ? 0x20 : body[index])
                index += 1
            }
        }
        return bytes
    }

    /// Where the parameter at `start` ends: at a semicolon that is in no quotes.
    private static func parameterEnd(of header: [UInt8], from start: Int) -> Int {
        var (position, isQuoted) = (start, false)
        while position < header.count, isQuoted || header[position] != UInt8(ascii: ";") {
            if header[position] == UInt8(ascii: "\"") { isQuoted.toggle() }
            position += 1
        }
        return position
    }

    /// The value of a header's parameter, with or without quotes; `name` has its `=`.
    static func parameter(_ name: String, of header: [UInt8]) -> [UInt8]? {
        let key = [UInt8](copying: name)
        var position = header.firstIndex(of: UInt8(ascii: ";"), from: 0)
        while position < header.count {
            position += 1
            while position < header.count, header[position] == 0x20 { position += 1 }
            guard header.starts(with: key, at: position) else {
                position = Self.parameterEnd(of: header, from: position)
                continue
            }
            position += key.count
            let isQuoted = position < header.count && header[position] == UInt8(ascii: "\"")
            if isQuoted { position += 1 }
            let end = header.firstIndex(of: UInt8(ascii: isQuoted ? "\"" : ";"), from: position)
            return [UInt8](header[position..<end])
        }
        return nil
    }
}

extension Form.Part {
    /// Reads one header line.
    fileprivate mutating func read(_ line: [UInt8]) {
        if line.starts(with: "content-type:") {
            for byte in line[13...] where byte != 0x20 { self.type.append(lowercased(byte)) }
        } else if line.starts(with: "content-disposition:") {
            self.name = Form.parameter("name=", of: line) ?? []
            self.fileName = Form.parameter("filename=", of: line)
        }
    }
}

private func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 0x30
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 0x37
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 0x57
    default: nil
    }
}

extension [UInt8] {
    /// Whether `text` stands at the front, ASCII letters compared without case.
    func starts(with text: String) -> Bool {
        self.starts(with: [UInt8](copying: text), at: 0)
    }

    fileprivate func starts(with text: [UInt8], at start: Int) -> Bool {
        guard text.count <= self.count - start else { return false }
        for index in text.indices where lowercased(self[start + index]) != lowercased(text[index]) { return false }
        return true
    }

    /// Whether `pattern`, without its first `offset` bytes, stands at `start`.
    fileprivate func has(_ pattern: [UInt8], at start: Int, from offset: Int) -> Bool {
        guard pattern.count - offset <= self.count - start else { return false }
        for index in offset..<pattern.count where self[start + index - offset] != pattern[index] { return false }
        return true
    }

    /// Where `pattern` begins, at `start` at the earliest; the whole of it lies before `end`, the count without one.
    fileprivate func firstRange(of pattern: [UInt8], from start: Int, until end: Int? = nil) -> Int? {
        var position = start
        while position <= (end ?? self.count) - pattern.count {
            if self.has(pattern, at: position, from: 0) { return position }
            position += 1
        }
        return nil
    }
}
