// Arrays, maps, keys, and skipping.
extension MessagePackReader {
    /// Reads an array's header; nil is 0.
    ///
    /// - Returns: How many values follow. Never more than there are bytes left, so a loop over it is bounded.
    @inlinable
    #if hasFeature(Embedded)
    @inline(never)
    #endif
    public mutating func readArrayHeader() throws(WireError) -> Int {
        let marker = try self.marker(expecting: .array)
        if marker & 0xf0 == MessagePackMarker.fixArray {
            self.position &+= 1
            return try self.bounded(UInt(marker & 0x0f), bytesEach: 1, expecting: .array)
        }
        return try self.readLongArrayHeader(marker)
    }

    /// Reads a map's header; nil is 0.
    ///
    /// - Returns: How many pairs of a key and a value follow. Never more than half of the bytes left.
    @inlinable
    #if hasFeature(Embedded)
    @inline(never)
    #endif
    public mutating func readMapHeader() throws(WireError) -> Int {
        let marker = try self.marker(expecting: .map)
        if marker & 0xf0 == MessagePackMarker.fixMap {
            self.position &+= 1
            return try self.bounded(UInt(marker & 0x0f), bytesEach: 2, expecting: .map)
        }
        return try self.readLongMapHeader(marker)
    }

    /// Reads a map's key without copying; compare it with `switch` and ``WireKey``.
    @inlinable
    @_lifetime(copy self)
    public mutating func readKey() throws(WireError) -> RawSpan {
        try self.readStringSpan()
    }

    /// Moves past the next value, whatever it is and however deep it nests; no stack is needed for it.
    public mutating func skipValue() throws(WireError) {
        var pending: UInt = 1
        while pending > 0 {
            pending -= 1
            pending += try self.skipHead()
            // Each value that is still to come takes a byte at least: a length that lies is found here, not later.
            guard pending <= UInt(self.remaining) else { throw self.truncated(.value) }
        }
    }

    /// Moves past the next value and returns its bytes, which `writeRaw` can embed.
    @_lifetime(copy self)
    public mutating func readRawValue() throws(WireError) -> RawSpan {
        let start = self.position
        try self.skipValue()
        return unsafe self.bytes.extracting(unchecked: start..<self.position)
    }

    /// Moves past one value but for what it contains.
    ///
    /// - Returns: How many values it contains.
    private mutating func skipHead() throws(WireError) -> UInt {
        let marker = try self.marker(expecting: .value)
        switch MessagePackKind(marker: marker) {
        case .nil, .bool: self.position &+= 1
        case .integer, .float: try self.skipNumber(marker)
        case .string, .binary: _ = try self.readStringSpan()
        case .array: return UInt(try self.readArrayHeader())
        case .map: return UInt(try self.readMapHeader()) * 2
        case .extension: _ = try self.readExtension()
        case .invalid: throw self.mismatch(.value, found: marker)
        }
        return 0
    }

    private mutating func skipNumber(_ marker: UInt8) throws(WireError) {
        let byteCount: Int
        switch marker {
        case MessagePackMarker.uint8, MessagePackMarker.int8: byteCount = 2
        case MessagePackMarker.uint16, MessagePackMarker.int16: byteCount = 3
        case MessagePackMarker.uint32, MessagePackMarker.int32, MessagePackMarker.float: byteCount = 5
        case MessagePackMarker.uint64, MessagePackMarker.int64, MessagePackMarker.double: byteCount = 9
        default: byteCount = 1
        }
        guard byteCount <= self.remaining else { throw self.truncated(.number) }
        self.position &+= byteCount
    }

    @usableFromInline
    mutating func readLongArrayHeader(_ marker: UInt8) throws(WireError) -> Int {
        let count: UInt
        switch marker {
        case MessagePackMarker.array16: count = UInt(try self.fixed(UInt16.self, expecting: .array))
        case MessagePackMarker.array32: count = UInt(try self.fixed(UInt32.self, expecting: .array))
        case MessagePackMarker.nil:
            self.position &+= 1
            count = 0
        default: throw self.mismatch(.array, found: marker)
        }
        return try self.bounded(count, bytesEach: 1, expecting: .array)
    }

    @usableFromInline
    mutating func readLongMapHeader(_ marker: UInt8) throws(WireError) -> Int {
        let count: UInt
        switch marker {
        case MessagePackMarker.map16: count = UInt(try self.fixed(UInt16.self, expecting: .map))
        case MessagePackMarker.map32: count = UInt(try self.fixed(UInt32.self, expecting: .map))
        case MessagePackMarker.nil:
            self.position &+= 1
            count = 0
        default: throw self.mismatch(.map, found: marker)
        }
        return try self.bounded(count, bytesEach: 2, expecting: .map)
    }

    /// A declared count, refused when the bytes left cannot hold that many values.
    @inlinable
    @inline(__always)
    func bounded(
        _ count: UInt,
        bytesEach: UInt,
        expecting expected: WireError.Expectation
    ) throws(WireError) -> Int {
        guard count <= UInt(self.remaining) / bytesEach else { throw self.truncated(expected) }
        return Int(count)
    }
}
