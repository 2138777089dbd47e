import PulpWire

/// An HTTP request, read in place: what the handler does not ask for costs nothing.
///
/// Lent to the handler for the step; copy out what is to outlive it.
public struct Request: ~Escapable {
    /// Unique in the host's process.
    public private(set) var id: UInt64 = 0
    /// As sent, `GET`.
    public private(set) var method: RawSpan
    /// Decoded, without the query.
    public private(set) var path: RawSpan
    /// The body, lent.
    public private(set) var body: RawSpan
    private var params: RawSpan
    private var queries: RawSpan
    private var headers: RawSpan

    /// Reads the payload of an `http.request` event.
    @_lifetime(copy bytes)
    init(reading bytes: RawSpan) throws(WireError) {
        let empty = bytes.extracting(first: 0)
        self.method = empty
        self.path = empty
        self.body = empty
        self.params = empty
        self.queries = empty
        self.headers = empty
        var reader = MessagePackReader(bytes)
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readUInt64()
            case WireKey.method: self.method = try reader.readStringSpan()
            case WireKey.path: self.path = try reader.readStringSpan()
            case WireKey.params: self.params = try reader.readRawValue()
            case WireKey.query: self.queries = try reader.readRawValue()
            case WireKey.headers: self.headers = try reader.readRawValue()
            case WireKey.body: self.body = try reader.readBinary()
            default: try reader.skipValue()
            }
        }
    }

    /// What the route's pattern captured as `:name` or `*name`; empty when the pattern has no such part.
    public func param(_ name: StaticString) -> String {
        Self.value(of: name, in: self.params, ignoringCase: false) ?? ""
    }

    /// The first value of `name` in the query.
    public func query(_ name: StaticString) -> String? {
        Self.value(of: name, in: self.queries, ignoringCase: false)
    }

    /// The first value of the header `name`, compared without case.
    public func header(_ name: StaticString) -> String? {
        Self.value(of: name, in: self.headers, ignoringCase: true)
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    public var bodyText: String { String(repairing: self.body) }

    private static func value(of name: StaticString, in map: RawSpan, ignoringCase: Bool) -> String? {
        guard !map.isEmpty else { return nil }
        var reader = MessagePackReader(map)
        do throws(WireError) {
            for _ in 0..<(try reader.readMapHeader()) {
                let key = try reader.readKey()
                let value = try reader.readStringSpan()
                if Self.equal(key, name, ignoringCase: ignoringCase) { return String(repairing: value) }
            }
        } catch {
            return nil
        }
        return nil
    }

    private static func equal(_ bytes: RawSpan, _ text: StaticString, ignoringCase: Bool) -> Bool {
        guard bytes.byteCount == text.utf8CodeUnitCount else { return false }
        for offset in 0..<bytes.byteCount {
            var (left, right) = unsafe (bytes.byte(at: offset), text.utf8Start[offset])
            if ignoringCase { (left, right) = (lowercased(left), lowercased(right)) }
            if left != right { return false }
        }
        return true
    }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
}

extension RawSpan {
    /// The byte at `offset`, which must lie inside.
    func byte(at offset: Int) -> UInt8 {
        unsafe self.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
