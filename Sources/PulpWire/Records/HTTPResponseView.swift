/// An answer read in place: the hot path's form of ``HTTPResponseRecord``.
///
/// One pass checks everything and notes where the parts are; nothing is allocated. Iterating afterwards lends the
/// names, values and the body from the message. Text is as sent: the caller checks what HTTP allows.
public struct HTTPResponseView: ~Escapable {
    /// The request that this answers.
    public private(set) var id: UInt64 = 0
    /// 0 means 200.
    public private(set) var status: UInt32 = 0
    public private(set) var body: RawSpan
    private var headerMap: RawSpan
    private var headerPairs: RawSpan
    private var cookieArray: RawSpan

    /// Reads the answer at the front of `bytes`: unknown keys are skipped, what follows is ignored.
    ///
    /// A key that repeats has its last value.
    @_lifetime(copy bytes)
    public init(reading bytes: RawSpan) throws(WireError) {
        let empty = bytes.extracting(first: 0)
        self.body = empty
        self.headerMap = empty
        self.headerPairs = empty
        self.cookieArray = empty
        var reader = MessagePackReader(bytes)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readUInt64()
            case WireKey.status: self.status = try reader.readUInt32()
            case WireKey.headers: self.headerMap = try reader.readCheckedFieldMap()
            case WireKey.cookies: self.cookieArray = try reader.readCheckedStringArray()
            case WireKey.body: self.body = try reader.readBinary()
            case WireKey.headerList: self.headerPairs = try reader.readCheckedFieldPairs()
            default: try reader.skipValue()
            }
        }
    }

    /// The header fields: those of `header_list` when it has any, else those of `headers`.
    public var headers: HTTPFieldCursor {
        @_lifetime(copy self)
        get {
            let pairs = HTTPFieldCursor(self.headerPairs, form: .pairs)
            return pairs.count > 0 ? pairs : HTTPFieldCursor(self.headerMap, form: .map)
        }
    }

    /// The values of `Set-Cookie`, as the values of fields without a name.
    public var cookies: HTTPFieldCursor {
        @_lifetime(copy self)
        get { HTTPFieldCursor(self.cookieArray, form: .values) }
    }
}

/// Walks over fields that have been checked: `while cursor.next() { ... cursor.name, cursor.value ... }`.
public struct HTTPFieldCursor: ~Escapable {
    enum Form {
        case map, pairs, values
    }

    /// How many fields are still to come.
    public private(set) var count: Int
    /// The current field's name, as sent; empty for cookies.
    public private(set) var name: RawSpan
    /// The current field's value, as sent.
    public private(set) var value: RawSpan
    private var reader: MessagePackReader
    private let form: Form

    @_lifetime(copy bytes)
    init(_ bytes: RawSpan, form: Form) {
        self.reader = MessagePackReader(bytes)
        self.form = form
        self.name = bytes.extracting(first: 0)
        self.value = bytes.extracting(first: 0)
        self.count = 0
        // Nothing was sent when the bytes are empty: that is no field, not an error.
        do throws(WireError) {
            self.count = form == .map ? try self.reader.readMapHeader() : try self.reader.readArrayHeader()
        } catch {
            self.count = 0
        }
    }

    /// Moves to the next field.
    ///
    /// - Returns: Whether there is one; false for ever after the last.
    public mutating func next() -> Bool {
        guard self.count > 0 else { return false }
        do throws(WireError) {
            try self.advance()
            self.count -= 1
            return true
        } catch {
            // Unreachable after the check, but a cursor over a stranger's bytes ends rather than trusts that.
            self.count = 0
            return false
        }
    }

    private mutating func advance() throws(WireError) {
        let extra = self.form == .pairs ? try self.reader.readPairHeader() : 0
        if self.form != .values { self.name = try self.reader.readStringSpan() }
        self.value = try self.reader.readStringSpan()
        for _ in 0..<extra { try self.reader.skipValue() }
    }
}

extension MessagePackReader {
    /// Reads a map of text to text in place, checking each field.
    @_lifetime(copy self)
    fileprivate mutating func readCheckedFieldMap() throws(WireError) -> RawSpan {
        let start = self.position
        for _ in 0..<(try self.readMapHeader()) {
            _ = try self.readStringSpan()
            _ = try self.readStringSpan()
        }
        return self.bytes.extracting(start..<self.position)
    }

    /// Reads an array of `[name, value]` in place, checking each field.
    @_lifetime(copy self)
    fileprivate mutating func readCheckedFieldPairs() throws(WireError) -> RawSpan {
        let start = self.position
        for _ in 0..<(try self.readArrayHeader()) {
            let extra = try self.readPairHeader()
            _ = try self.readStringSpan()
            _ = try self.readStringSpan()
            for _ in 0..<extra { try self.skipValue() }
        }
        return self.bytes.extracting(start..<self.position)
    }

    /// Reads an array of text in place, checking each value.
    @_lifetime(copy self)
    fileprivate mutating func readCheckedStringArray() throws(WireError) -> RawSpan {
        let start = self.position
        for _ in 0..<(try self.readArrayHeader()) { _ = try self.readStringSpan() }
        return self.bytes.extracting(start..<self.position)
    }
}
