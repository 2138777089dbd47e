#if !hasFeature(Embedded)
    /// MessagePack as JSON text and back, for people: `pulp debug msgpack`, `pulp step`, test failures.
    ///
    /// What JSON has no form for is an object of one key that starts with `$`:
    /// `{"$bin": "base64"}`, `{"$ext": [type, "base64"]}`, `{"$time": [seconds, nanoseconds]}`,
    /// `{"$uint": "18446744073709551615"}` for integers beyond `Int64.max`, `{"$float": "1.5"}` for floats of four
    /// bytes, `{"$double": "nan"}` for what is no number, and `{"$map": [[key, value], ...]}` for maps that have
    /// a key that is no string or starts with `$`. A number with a point or an exponent is a double, any other an
    /// integer.
    public enum DiagnosticJSON {
        /// The value as one line of JSON.
        public static func text(of value: MessagePackValue) -> String {
            var text = ""
            Self.append(value, to: &text)
            return text
        }

        private static func append(_ value: MessagePackValue, to text: inout String) {
            switch value {
            case .nil: text += "null"
            case .bool(let value): text += value ? "true" : "false"
            case .int(let value): text += String(value)
            case .uint(let value): Self.appendTagged("$uint", String(value), to: &text)
            case .float(let value): Self.appendTagged("$float", Self.name(of: value), to: &text)
            case .double(let value) where value.isFinite: text += value.description
            case .double(let value): Self.appendTagged("$double", Self.name(of: value), to: &text)
            case .string(let value): Self.appendQuoted(value, to: &text)
            case .binary(let bytes): Self.appendTagged("$bin", Base64.encode(bytes), to: &text)
            case .array(let values):
                text += "["
                Self.appendList(values, to: &text) { Self.append($0, to: &$1) }
                text += "]"
            case .map(let pairs): Self.append(pairs, to: &text)
            case .timestamp(let seconds, let nanoseconds):
                text += "{\"$time\":[\(seconds),\(nanoseconds)]}"
            case .extension(let type, let bytes):
                text += "{\"$ext\":[\(type),\"\(Base64.encode(bytes))\"]}"
            }
        }

        private static func append(_ pairs: [MessagePackValue.Pair], to text: inout String) {
            let isPlain = pairs.allSatisfy { pair in
                guard case .string(let key) = pair.key else { return false }
                return key.utf8.first != UInt8(ascii: "$")
            }
            guard isPlain else {
                text += "{\"$map\":["
                Self.appendList(pairs, to: &text) { pair, text in
                    Self.append(.array([pair.key, pair.value]), to: &text)
                }
                text += "]}"
                return
            }
            text += "{"
            Self.appendList(pairs, to: &text) { pair, text in
                Self.append(pair.key, to: &text)
                text += ":"
                Self.append(pair.value, to: &text)
            }
            text += "}"
        }

        private static func appendList<Element>(
            _ elements: [Element],
            to text: inout String,
            _ body: (Element, inout String) -> Void
        ) {
            for (index, element) in elements.enumerated() {
                if index > 0 { text += "," }
                body(element, &text)
            }
        }

        private static func appendTagged(_ tag: String, _ value: String, to text: inout String) {
            text += "{\"\(tag)\":\"\(value)\"}"
        }

        /// The number's shortest text, or `nan`, `inf`, `-inf`; signs and payloads of NaN are lost.
        private static func name<Number: BinaryFloatingPoint & CustomStringConvertible>(of value: Number) -> String {
            value.isNaN ? "nan" : value.description
        }

        private static func appendQuoted(_ value: String, to text: inout String) {
            text += "\""
            for scalar in value.unicodeScalars {
                switch scalar {
                case "\"": text += "\\\""
                case "\\": text += "\\\\"
                case "\n": text += "\\n"
                case "\r": text += "\\r"
                case "\t": text += "\\t"
                // Control characters of either set would act on the terminal that this is printed to.
                case "\u{0}"..<" ", "\u{7f}"..."\u{9f}": text += "\\u00" + hexadecimal(UInt8(scalar.value))
                default: text.unicodeScalars.append(scalar)
                }
            }
            text += "\""
        }
    }

    /// Why text is not the JSON that ``DiagnosticJSON`` reads, and where.
    public struct DiagnosticJSONError: Error, Hashable, Sendable, CustomStringConvertible {
        /// Bytes of UTF-8 from the start of the text.
        public var offset: Int
        /// What was wanted or is wrong, in words.
        public var message: String

        /// A mistake at `offset`.
        public init(offset: Int, message: String) {
            self.offset = offset
            self.message = message
        }

        public var description: String { "byte \(self.offset): \(self.message)" }
    }
#endif
