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
        let delimiter = [13, 10] + [UInt8]("--".utf8) + boundary
        // The first delimiter has no line before it.
        guard body.starts(with: delimiter.dropFirst(2)) else { return nil }
        var start = delimiter.count - 2
        while let end = body.firstRange(of: delimiter, from: start) {
            if let part = Self.part(body[start..<end]) { self.parts.append(part) }
            start = end + delimiter.count
            if body[start...].starts(with: "--".utf8) { return }
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
        self.parts.first { $0.name.utf8.elementsEqual(name.utf8) }
    }

    /// The boundary of `multipart/form-data; boundary=...`, with or without quotes.
    private static func boundary(in type: String) -> [UInt8]? {
        let bytes = [UInt8](type.utf8)
        guard bytes.starts(with: "multipart/form-data".utf8),
            let start = bytes.firstRange(of: [UInt8]("boundary=".utf8), from: 0)
        else { return nil }
        var value = bytes[(start + 9)...]
        if value.first == UInt8(ascii: "\"") {
            value = value.dropFirst().prefix { $0 != UInt8(ascii: "\"") }
        } else {
            value = value.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        }
        return 1...70 ~= value.count ? [UInt8](value) : nil
    }

    /// One part: a line break, headers, an empty line, the body.
    private static func part(_ bytes: ArraySlice<UInt8>) -> Part? {
        let whole = [UInt8](bytes)
        guard let end = whole.firstRange(of: [13, 10, 13, 10], from: 0) else { return nil }
        var part = Part()
        part.body = [UInt8](whole[(end + 4)...])
        for line in whole[..<end].split(separator: 10) {
            let line = [UInt8](line.last == 13 ? line.dropLast() : line)
            let lower = line.map { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0 ? $0 | 0x20 : $0 }
            if lower.starts(with: "content-type:".utf8) {
                part.type = [UInt8](lower.dropFirst(13)).trimmed(to: 100)
            } else if lower.starts(with: "content-disposition:".utf8),
                let start = lower.firstRange(of: [UInt8]("; name=\"".utf8), from: 0)
            {
                part.name = [UInt8](line[(start + 8)...].prefix { $0 != UInt8(ascii: "\"") }).trimmed(to: 100)
            }
        }
        return part.name.isEmpty ? nil : part
    }
}

extension [UInt8] {
    /// Where `pattern` begins, at `start` at the earliest.
    fileprivate func firstRange(of pattern: [UInt8], from start: Int) -> Int? {
        guard let first = pattern.first, self.count >= pattern.count else { return nil }
        var position = start
        while position <= self.count - pattern.count {
            if self[position] == first, self[position...].starts(with: pattern) { return position }
            position += 1
        }
        return nil
    }
}
