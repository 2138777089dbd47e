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
        #if hasFeature(Embedded)
            return try self.header(
                MessagePackMarker.fixArray, MessagePackMarker.array16, bytesEach: 1, expecting: .array)
        #else
            let marker = try self.marker(expecting: .array)
            if marker & 0xf0 == MessagePackMarker.fixArray {
                self.position &+= 1
                return try self.bounded(UInt(marker & 0x0f), bytesEach: 1, expecting: .array)
            }
            return try self.readLongArrayHeader(marker)
        #endif
    }

    /// Reads a map's header; nil is 0.
    ///
    /// - Returns: How many pairs of a key and a value follow. Never more than half of the bytes left.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    public mutating func readMapHeader() throws(WireError) -> Int {
        #if hasFeature(Embedded)
            return try self.header(MessagePackMarker.fixMap, MessagePackMarker.map16, bytesEach: 2, expecting: .map)
        #else
            let marker = try self.marker(expecting: .map)
            if marker & 0xf0 == MessagePackMarker.fixMap {
                self.position &+= 1
                return try self.bounded(UInt(marker & 0x0f), bytesEach: 2, expecting: .map)
            }
            return try self.readLongMapHeader(marker)
        #endif
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
    #if hasFeature(Embedded)
        @inline(never)
    #endif
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
        case .extension: try self.skipExtension(marker)
        case .invalid: throw self.mismatch(.value, found: marker)
        }
        return 0
    }

    private mutating func skipExtension(_ marker: UInt8) throws(WireError) {
        #if hasFeature(Embedded)
            // Only passed over: what follows a marker of ext 8 to 32 is a length of as many bytes as for bin 8 to 32.
            if marker >= MessagePackMarker.fixExtension1 {
                self.position &+= 1
                _ = try self.take(1 + 1 << UInt(marker - MessagePackMarker.fixExtension1), expecting: .extension)
            } else {
                let binary = marker - MessagePackMarker.extension8 + MessagePackMarker.binary8
                _ = try self.readLongSpan(binary, expecting: .extension)
                _ = try self.take(1, expecting: .extension)
            }
        #else
            _ = try self.readExtension()
        #endif
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

#if hasFeature(Embedded)
    extension MessagePackReader {
        /// The header of an array or a map: small code for both.
        ///
        /// - Parameter long: The marker of the 16-bit form, which that of the 32-bit form follows.
        @usableFromInline
        @inline(never)
        mutating func header(
            _ short: UInt8, _ long: UInt8, bytesEach: UInt, expecting expected: WireError.Expectation
        ) throws(WireError) -> Int {
            let marker = try self.marker(expecting: expected)
            let count: UInt
            if marker & 0xf0 == short || marker == MessagePackMarker.nil {
                self.position &+= 1
                count = marker == MessagePackMarker.nil ? 0 : UInt(marker & 0x0f)
            } else if marker == long {
                count = UInt(try self.fixed(UInt16.self, expecting: expected))
            } else if marker == long + 1 {
                count = UInt(try self.fixed(UInt32.self, expecting: expected))
            } else {
                throw self.mismatch(expected, found: marker)
            }
            return try self.bounded(count, bytesEach: bytesEach, expecting: expected)
        }
    }
#endif
