/// Writes JSON (RFC 8259): an object or an array, field by field.
///
/// ```swift
/// let text = JSONWriter.object { json in
///     json.field("id", note.id)
///     json.field("text", note.text)
///     json.array("tags") { tags in
///         for tag in note.tags { tags.value(tag) }
///     }
/// }
/// return .json(text)
/// ```
public struct JSONWriter {
    private var bytes: [UInt8] = []
    private var needsComma = false

    /// An object as text.
    public static func object(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.enclose(0x7b, 0x7d, body)
        return String(repairing: writer.bytes.wireBytes)
    }

    /// An array as text.
    public static func array(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        writer.enclose(0x5b, 0x5d, body)
        return String(repairing: writer.bytes.wireBytes)
    }

    /// Writes a field of an object.
    public mutating func field(_ name: String, _ value: String) {
        self.name(name)
        self.value(value)
    }

    /// Writes a field of an object.
    public mutating func field(_ name: String, _ value: Int64) {
        self.name(name)
        self.value(value)
    }

    /// Writes a field of an object.
    public mutating func field(_ name: String, _ value: Int) {
        self.field(name, Int64(value))
    }

    /// Writes a field of an object; what JSON has no number for becomes null.
    public mutating func field(_ name: String, _ value: Double) {
        self.name(name)
        self.value(value)
    }

    /// Writes a field of an object.
    public mutating func field(_ name: String, _ value: Bool) {
        self.name(name)
        self.value(value)
    }

    /// Writes a field that is null.
    public mutating func null(_ name: String) {
        self.name(name)
        self.separate("null")
    }

    /// Writes an object as a field of an object.
    public mutating func object(_ name: String, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        self.enclose(0x7b, 0x7d, body)
    }

    /// Writes an array as a field of an object.
    public mutating func array(_ name: String, _ body: (inout JSONWriter) -> Void) {
        self.name(name)
        self.enclose(0x5b, 0x5d, body)
    }

    /// Writes an object into an array.
    public mutating func object(_ body: (inout JSONWriter) -> Void) {
        self.enclose(0x7b, 0x7d, body)
    }

    /// Writes an array into an array.
    public mutating func array(_ body: (inout JSONWriter) -> Void) {
        self.enclose(0x5b, 0x5d, body)
    }

    /// Writes a value of an array.
    public mutating func value(_ value: String) {
        self.separate("\"")
        for byte in [UInt8](copying: value) { self.escape(byte) }
        self.bytes.append(0x22)
    }

    /// Writes a value of an array.
    public mutating func value(_ value: Int64) {
        self.separate("")
        self.bytes.append(decimal: value.magnitude, isNegative: value < 0)
    }

    /// Writes a value of an array.
    public mutating func value(_ value: Int) {
        self.value(Int64(value))
    }

    /// Writes a value of an array; what JSON has no number for becomes null.
    public mutating func value(_ value: Double) {
        self.separate("")
        self.bytes.append(contentsOf: [UInt8](copying: value.isFinite ? value.description : "null"))
    }

    /// Writes a value of an array.
    public mutating func value(_ value: Bool) {
        self.separate(value ? "true" : "false")
    }

    /// Writes what is JSON already: a value of an array.
    public mutating func raw(_ json: String) {
        self.separate("")
        self.bytes.append(contentsOf: [UInt8](copying: json))
    }

    private mutating func name(_ name: String) {
        self.value(name)
        self.bytes.append(0x3a)
        self.needsComma = false
    }

    private mutating func enclose(_ open: UInt8, _ close: UInt8, _ body: (inout JSONWriter) -> Void) {
        self.separate("")
        self.bytes.append(open)
        self.needsComma = false
        body(&self)
        self.bytes.append(close)
        self.needsComma = true
    }

    /// Writes what stands before a value, and its beginning.
    private mutating func separate(_ start: StaticString) {
        if self.needsComma { self.bytes.append(0x2c) }
        self.needsComma = true
        for offset in 0..<start.utf8CodeUnitCount { self.bytes.append(unsafe start.utf8Start[offset]) }
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5c:
            self.bytes.append(0x5c)
            self.bytes.append(byte)
        // Control characters, and `<`, which could end the script that the text stands in.
        case 0..<0x20, 0x3c:
            for character in "\\u00".utf8 { self.bytes.append(character) }
            self.bytes.append(hexadecimalDigit(byte >> 4))
            self.bytes.append(hexadecimalDigit(byte & 15))
        default: self.bytes.append(byte)
        }
    }
}

private func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 + value : 0x57 + value
}
