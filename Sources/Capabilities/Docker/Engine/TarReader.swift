/// Reads a tar archive that lies in memory: ustar, with the long names and sizes of pax and GNU.
///
/// Total: every archive either reads or throws, whatever its headers claim.
struct TarReader {
    enum Kind: Hashable {
        case file
        case folder
        case link
        case other
    }

    struct Entry: Hashable {
        let name: String
        let kind: Kind
        /// Where its bytes are.
        let content: Range<Int>
    }

    struct Malformed: Error, Hashable {
        let reason: String
    }

    static let blockByteCount = 512
    /// Bytes of a long name, and of pax records, that are looked at.
    private static let extensionLimit = 64 << 10

    let bytes: [UInt8]
    private var position = 0
    private var longName: String?
    private var longSize: Int?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The next entry; nil at the archive's end.
    mutating func next() throws(Malformed) -> Entry? {
        while self.position + Self.blockByteCount <= self.bytes.count {
            let header = self.bytes[self.position..<(self.position + Self.blockByteCount)]
            if header.allSatisfy({ $0 == 0 }) { return nil }
            guard Self.hasRightSum(header) else { throw Malformed(reason: "a header's checksum is wrong") }
            let start = self.position + Self.blockByteCount
            let declared = try Self.size(Self.field(header, 124, 12))
            let type = header[header.startIndex + 156]
            let isExtension = [UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "L"), UInt8(ascii: "K")].contains(
                type)
            let size = isExtension ? declared : self.longSize ?? declared
            guard size <= self.bytes.count - start else { throw Malformed(reason: "the archive ends inside an entry") }
            // A missing last padding does no harm.
            self.position = min(start + Self.padded(size), self.bytes.count)
            if isExtension {
                guard size <= Self.extensionLimit else { throw Malformed(reason: "an extension is too long") }
                try self.readExtension(type, self.bytes[start..<(start + size)])
                continue
            }
            defer { (self.longName, self.longSize) = (nil, nil) }
            return Entry(
                name: self.longName ?? Self.name(header), kind: Self.kind(type), content: start..<(start + size))
        }
        guard self.position == self.bytes.count else { throw Malformed(reason: "the archive ends inside a header") }
        return nil
    }

    static func padded(_ size: Int) -> Int {
        (size + Self.blockByteCount - 1) / Self.blockByteCount * Self.blockByteCount
    }

    private mutating func readExtension(_ type: UInt8, _ content: ArraySlice<UInt8>) throws(Malformed) {
        switch type {
        case UInt8(ascii: "L"): self.longName = String(decoding: content.prefix { $0 != 0 }, as: UTF8.self)
        case UInt8(ascii: "x"): try self.readRecords(content)
        default: break
        }
    }

    /// `LENGTH KEY=VALUE\n`, as pax has them.
    private mutating func readRecords(_ content: ArraySlice<UInt8>) throws(Malformed) {
        var rest = content
        while !rest.isEmpty {
            guard let space = rest.firstIndex(of: 0x20), space - rest.startIndex <= 7,
                let count = Int(String(decoding: rest[..<space], as: UTF8.self)), count > 0, count <= rest.count,
                rest.startIndex + count > space + 1
            else { throw Malformed(reason: "a pax record's length is wrong") }
            let record = rest[(space + 1)..<(rest.startIndex + count - 1)]
            rest = rest.dropFirst(count)
            guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = String(decoding: record[(equals + 1)...], as: UTF8.self)
            switch String(decoding: record[..<equals], as: UTF8.self) {
            case "path": self.longName = value
            case "size":
                guard let size = Int(value), size >= 0 else { throw Malformed(reason: "a pax size is no number") }
                self.longSize = size
            default: break
            }
        }
    }

    private static func kind(_ type: UInt8) -> Kind {
        switch type {
        case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): .file
        case UInt8(ascii: "5"): .folder
        case UInt8(ascii: "1"), UInt8(ascii: "2"): .link
        default: .other
        }
    }

    private static func field(_ header: ArraySlice<UInt8>, _ offset: Int, _ count: Int) -> ArraySlice<UInt8> {
        header[(header.startIndex + offset)..<(header.startIndex + offset + count)]
    }

    private static func name(_ header: ArraySlice<UInt8>) -> String {
        func text(_ offset: Int, _ count: Int) -> String {
            String(decoding: Self.field(header, offset, count).prefix { $0 != 0 }, as: UTF8.self)
        }
        let prefix = Self.field(header, 257, 6).elementsEqual([0x75, 0x73, 0x74, 0x61, 0x72, 0]) ? text(345, 155) : ""
        return prefix.isEmpty ? text(0, 100) : "\(prefix)/\(text(0, 100))"
    }

    /// Octal text, or GNU's big-endian number with the highest bit set.
    private static func size(_ field: ArraySlice<UInt8>) throws(Malformed) -> Int {
        if let first = field.first, first & 0x80 != 0 {
            guard first == 0x80, field.dropFirst().dropLast(7).allSatisfy({ $0 == 0 }) else {
                throw Malformed(reason: "a size is beyond any file")
            }
            return field.suffix(7).reduce(0) { $0 << 8 | Int($1) }
        }
        return try Self.octal(field)
    }

    private static func octal(_ field: ArraySlice<UInt8>) throws(Malformed) -> Int {
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        var number = 0
        for digit in digits {
            guard 0x30...0x37 ~= digit else { throw Malformed(reason: "a header's number is not octal") }
            number = number << 3 | Int(digit - 0x30)
        }
        return number
    }

    private static func hasRightSum(_ header: ArraySlice<UInt8>) -> Bool {
        guard let stated = try? Self.octal(Self.field(header, 148, 8)) else { return false }
        return stated == TarWriter.sum(Array(header))
    }
}
