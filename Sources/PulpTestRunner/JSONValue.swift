import Foundation
import PulpTOML

/// A JSON value, as a test expects it or a plugin has sent it.
indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// nil for what is no JSON.
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)) else { return nil }
        self = value
    }

    /// What a test file says; nil for dates, nan and inf, which JSON does not have.
    init?(_ value: TOMLValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .integer(let number): self = .integer(number)
        case .float(let number):
            guard number.isFinite else { return nil }
            self = .number(number)
        case .boolean(let flag): self = .bool(flag)
        case .array(let nodes):
            let values = nodes.compactMap { JSONValue($0.value) }
            guard values.count == nodes.count else { return nil }
            self = .array(values)
        case .table(let table):
            var object: [String: JSONValue] = [:]
            for entry in table.entries {
                guard let value = JSONValue(entry.node.value) else { return nil }
                object[entry.key.name] = value
            }
            self = .object(object)
        case .offsetDateTime, .localDateTime, .localDate, .localTime: return nil
        }
    }

    /// For people: with sorted keys, long texts cut, and nothing that a terminal obeys.
    var text: String {
        switch self {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .string(let text): Shown.text(text)
        case .array(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
        case .object(let object):
            "{"
                + object.sorted { $0.key < $1.key }.map { "\(Shown.text($0.key)): \($0.value.text)" }
                .joined(separator: ", ") + "}"
        }
    }

    /// JSON for a body; unlike ``text`` never cut.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        self.encode(into: &bytes)
        return bytes
    }

    private func encode(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += "\(flag)".utf8
        case .integer(let number): bytes += "\(number)".utf8
        // JSON has no infinity and no NaN.
        case .number(let number): bytes += (number.isFinite ? "\(number)" : "null").utf8
        case .string(let text): Self.encode(text, into: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                value.encode(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, pair) in object.sorted(by: { $0.key < $1.key }).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.encode(pair.key, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                pair.value.encode(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    private static func encode(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: bytes += ("\\u00" + (byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Where `found` first is not what this says, as a path and the two values: of objects only the keys that are
    /// listed here count.
    func difference(from found: JSONValue, at path: String = "") -> (path: String, expected: String, found: String)? {
        switch (self, found) {
        case (.object(let wanted), .object(let object)):
            for (key, value) in wanted.sorted(by: { $0.key < $1.key }) {
                let place = path.isEmpty ? key : "\(path).\(key)"
                guard let other = object[key] else { return (place, value.text, "no such key") }
                if let difference = value.difference(from: other, at: place) { return difference }
            }
            return nil
        case (.array(let wanted), .array(let values)):
            for (index, value) in wanted.enumerated() where index < values.count {
                if let difference = value.difference(from: values[index], at: "\(path)[\(index)]") { return difference }
            }
            guard wanted.count != values.count else { return nil }
            return (path, "\(wanted.count) elements", "\(values.count) elements: \(found.text)")
        case (.integer(let left), .number(let right)):
            return Double(left) == right ? nil : (path, self.text, found.text)
        case (.number(let left), .integer(let right)):
            return left == Double(right) ? nil : (path, self.text, found.text)
        default: return self == found ? nil : (path, self.text, found.text)
        }
    }
}

extension JSONValue: Decodable {
    init(from decoder: any Decoder) throws {
        if let object = try? decoder.container(keyedBy: Key.self) {
            var values: [String: JSONValue] = [:]
            for key in object.allKeys { values[key.stringValue] = try object.decode(JSONValue.self, forKey: key) }
            self = .object(values)
        } else if var list = try? decoder.unkeyedContainer() {
            var values: [JSONValue] = []
            while !list.isAtEnd { values.append(try list.decode(JSONValue.self)) }
            self = .array(values)
        } else {
            self = try Self.scalar(decoder.singleValueContainer())
        }
    }

    private static func scalar(_ value: any SingleValueDecodingContainer) throws -> JSONValue {
        if value.decodeNil() { return .null }
        if let flag = try? value.decode(Bool.self) { return .bool(flag) }
        if let number = try? value.decode(Int64.self) { return .integer(number) }
        if let number = try? value.decode(Double.self) { return .number(number) }
        return .string(try value.decode(String.self))
    }

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int?

        init?(stringValue: String) { (self.stringValue, self.intValue) = (stringValue, nil) }
        init?(intValue: Int) { (self.stringValue, self.intValue) = ("\(intValue)", intValue) }
    }
}
