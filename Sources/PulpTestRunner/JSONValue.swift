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

    /// As it is sent: compact, with sorted keys.
    var encoded: String {
        switch self {
        case .null, .bool, .integer, .number: self.text
        case .string(let text): Self.encoded(text)
        case .array(let values): "[" + values.map(\.encoded).joined(separator: ",") + "]"
        case .object(let object):
            "{"
                + object.sorted { $0.key < $1.key }.map { "\(Self.encoded($0.key)):\($0.value.encoded)" }
                .joined(separator: ",") + "}"
        }
    }

    private static func encoded(_ text: String) -> String {
        var encoded = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": encoded += "\\\""
            case "\\": encoded += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                encoded += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: encoded.unicodeScalars.append(scalar)
            }
        }
        return encoded + "\""
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
