import PulpWire

/// Text as the bytes of its UTF-8, made by interpolation like a `String`, with less code than one.
///
/// ```swift
/// let line: Text = "Hello, \(name)! (\(visits))\n"
/// ```
/// `Response.text` takes one, so that a plugin which only answers needs nothing of what
/// `String` does to put itself together.
public struct Text: ExpressibleByStringInterpolation, Sendable {
    /// UTF-8.
    public let bytes: [UInt8]

    /// The text of a literal.
    public init(stringLiteral value: StaticString) {
        var interpolation = Interpolation(literalCapacity: value.utf8CodeUnitCount, interpolationCount: 0)
        interpolation.appendLiteral(value)
        self.bytes = interpolation.bytes
    }

    /// The text of a literal with values in it.
    public init(stringInterpolation: Interpolation) {
        self.bytes = stringInterpolation.bytes
    }

    /// Puts the literal together.
    public struct Interpolation: StringInterpolationProtocol {
        var bytes: [UInt8] = []

        public init(literalCapacity: Int, interpolationCount: Int) {
            self.bytes.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: StaticString) {
            self.appendInterpolation(literal)
        }

        /// Adds a literal.
        public mutating func appendInterpolation(_ value: StaticString) {
            for offset in 0..<value.utf8CodeUnitCount { self.bytes.append(unsafe value.utf8Start[offset]) }
        }

        /// Adds text.
        public mutating func appendInterpolation(_ value: String) {
            self.bytes.append(copying: unsafe value.utf8.span.bytes)
        }

        /// Adds text.
        public mutating func appendInterpolation(_ value: Text) {
            self.bytes.append(copying: value.bytes.wireBytes)
        }

        /// Adds a number in decimal digits.
        public mutating func appendInterpolation<Value: SignedInteger & FixedWidthInteger>(_ value: Value) {
            self.bytes.append(decimal: UInt64(value.magnitude), isNegative: value < 0)
        }

        /// Adds a number in decimal digits.
        public mutating func appendInterpolation<Value: UnsignedInteger & FixedWidthInteger>(_ value: Value) {
            self.bytes.append(decimal: UInt64(value), isNegative: false)
        }

        /// Adds anything that describes itself.
        @_disfavoredOverload
        public mutating func appendInterpolation<Value: CustomStringConvertible>(_ value: Value) {
            self.appendInterpolation(value.description)
        }
    }
}

extension String {
    /// The same text.
    public init(_ text: Text) {
        self.init(repairing: text.bytes.wireBytes)
    }
}

extension [UInt8] {
    /// Adds `bytes` at the end.
    mutating func append(copying bytes: RawSpan) {
        for offset in 0..<bytes.byteCount { self.append(bytes.byte(at: offset)) }
    }

    /// Adds a number in decimal digits.
    mutating func append(decimal magnitude: UInt64, isNegative: Bool) {
        if isNegative { self.append(UInt8(ascii: "-")) }
        var divisor: UInt64 = 1
        while magnitude / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            self.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude / divisor % 10))
            divisor /= 10
        }
    }
}
