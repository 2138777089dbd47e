// Nil, booleans, numbers.
extension MessagePackReader {
    /// Reads nil if it is next.
    ///
    /// - Returns: Whether it was; the position does not move otherwise.
    @inlinable
    public mutating func readNil() -> Bool {
        guard !self.isAtEnd, self.byte(at: self.position) == MessagePackMarker.nil else { return false }
        self.position &+= 1
        return true
    }

    /// Reads a boolean; nil is false.
    public mutating func readBool() throws(WireError) -> Bool {
        let marker = try self.marker(expecting: .bool)
        switch marker {
        case MessagePackMarker.true: break
        case MessagePackMarker.false, MessagePackMarker.nil: break
        default: throw self.mismatch(.bool, found: marker)
        }
        self.position &+= 1
        return marker == MessagePackMarker.true
    }

    /// Reads an integer of any width that fits; nil is 0.
    public mutating func readInt64() throws(WireError) -> Int64 { try self.integer(as: Int64.self) }

    /// Reads an integer of any width that fits; nil is 0.
    public mutating func readInt32() throws(WireError) -> Int32 { try self.integer(as: Int32.self) }

    /// Reads an integer of any width that fits; nil is 0.
    public mutating func readUInt64() throws(WireError) -> UInt64 { try self.integer(as: UInt64.self) }

    /// Reads an integer of any width that fits; nil is 0.
    public mutating func readUInt32() throws(WireError) -> UInt32 { try self.integer(as: UInt32.self) }

    /// Reads an integer of any width that fits; nil is 0.
    public mutating func readUInt16() throws(WireError) -> UInt16 { try self.integer(as: UInt16.self) }

    /// Reads an integer of any width that fits; nil is 0.
    public mutating func readUInt8() throws(WireError) -> UInt8 { try self.integer(as: UInt8.self) }

    /// Reads a float of either width, or an integer (rounded to the nearest double); nil is 0.
    public mutating func readDouble() throws(WireError) -> Double {
        let marker = try self.marker(expecting: .number)
        switch marker {
        case MessagePackMarker.double:
            return Double(bitPattern: try self.fixed(UInt64.self, expecting: .number))
        case MessagePackMarker.float:
            return Double(Float(bitPattern: try self.fixed(UInt32.self, expecting: .number)))
        case MessagePackMarker.uint64:
            return Double(try self.fixed(UInt64.self, expecting: .number))
        default:
            guard MessagePackKind(marker: marker) == .integer || marker == MessagePackMarker.nil else {
                throw self.mismatch(.number, found: marker)
            }
            return Double(try self.integer(as: Int64.self))
        }
    }

    /// Reads a float of four bytes with its bits kept; nothing else is taken.
    mutating func readFloat() throws(WireError) -> Float {
        let marker = try self.marker(expecting: .number)
        guard marker == MessagePackMarker.float else { throw self.mismatch(.number, found: marker) }
        return Float(bitPattern: try self.fixed(UInt32.self, expecting: .number))
    }

    /// Reads an integer of any width and sign that `Number` can hold.
    ///
    /// - Throws: ``WireError/Code/outOfRange`` when it cannot, ``WireError/Code/typeMismatch`` for floats too, even
    ///   integral ones.
    @inline(__always)
    mutating func integer<Number: FixedWidthInteger>(as type: Number.Type) throws(WireError) -> Number {
        #if hasFeature(Embedded)
            return try self.narrowed()
        #else
            let start = self.position
            let marker = try self.marker(expecting: .integer)
            if marker < MessagePackMarker.fixMap {
                self.position &+= 1
                return Number(truncatingIfNeeded: marker)
            }
            let value: Number?
            switch marker {
            case MessagePackMarker.uint64: value = Number(exactly: try self.fixed(UInt64.self, expecting: .integer))
            case MessagePackMarker.uint32: value = Number(exactly: try self.fixed(UInt32.self, expecting: .integer))
            case MessagePackMarker.uint16: value = Number(exactly: try self.fixed(UInt16.self, expecting: .integer))
            case MessagePackMarker.uint8: value = Number(exactly: try self.fixed(UInt8.self, expecting: .integer))
            case MessagePackMarker.int64: value = Number(exactly: try self.fixed(Int64.self, expecting: .integer))
            case MessagePackMarker.int32: value = Number(exactly: try self.fixed(Int32.self, expecting: .integer))
            case MessagePackMarker.int16: value = Number(exactly: try self.fixed(Int16.self, expecting: .integer))
            case MessagePackMarker.int8: value = Number(exactly: try self.fixed(Int8.self, expecting: .integer))
            case MessagePackMarker.negativeFixInt...0xff:
                self.position &+= 1
                value = Number(exactly: Int8(bitPattern: marker))
            case MessagePackMarker.nil:
                self.position &+= 1
                value = 0
            default: throw self.mismatch(.integer, found: marker)
            }
            guard let value else { throw WireError(.outOfRange, at: start, expected: .integer, found: marker) }
            return value
        #endif
    }
}

#if hasFeature(Embedded)
    // In a guest small code counts more than fast code: one reader for every width.
    extension MessagePackReader {
        @inline(__always)
        private mutating func narrowed<Number: FixedWidthInteger>() throws(WireError) -> Number {
            let start = self.position
            let (bits, isNegative) = try self.wideInteger()
            let value = isNegative ? Number(exactly: Int64(bitPattern: bits)) : Number(exactly: bits)
            guard let value else { throw WireError(.outOfRange, at: start, expected: .integer) }
            return value
        }

        @inline(never)
        private mutating func wideInteger() throws(WireError) -> (bits: UInt64, isNegative: Bool) {
            let marker = try self.marker(expecting: .integer)
            guard MessagePackMarker.uint8...MessagePackMarker.int64 ~= marker else {
                let isNegative = marker >= MessagePackMarker.negativeFixInt
                guard isNegative || marker < MessagePackMarker.fixMap || marker == MessagePackMarker.nil else {
                    throw self.mismatch(.integer, found: marker)
                }
                self.position &+= 1
                let bits = UInt64(bitPattern: Int64(Int8(bitPattern: marker)))
                return (marker == MessagePackMarker.nil ? 0 : bits, isNegative)
            }
            let width = 1 &<< Int((marker &- MessagePackMarker.uint8) & 3)
            guard width < self.remaining else { throw self.truncated(.integer) }
            var bits: UInt64 = 0
            for offset in 1...width { bits = bits &<< 8 | UInt64(self.byte(at: self.position &+ offset)) }
            self.position &+= 1 &+ width
            guard marker >= MessagePackMarker.int8 else { return (bits, false) }
            let shift = 64 &- 8 &* width
            let signed = Int64(bitPattern: bits &<< shift) &>> shift
            return (UInt64(bitPattern: signed), signed < 0)
        }
    }
#endif
