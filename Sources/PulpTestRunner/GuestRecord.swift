import PulpTOML
import PulpWire

/// What a test module says, as the tables that a file of tests would hold: the same readers check both.
enum GuestRecord {
    /// Holds the place in the author's source: file, line and column.
    static let placeKey = "@"

    struct Problem: Error {
        let description: String

        init(_ description: String) { self.description = description }
    }

    /// Where the author wrote something.
    struct Place {
        /// The file's name, as the module says it.
        let file: String
        let position: SourcePosition
    }

    /// A value's own place; nil when it has none.
    static func place(of value: MessagePackValue) -> Place? {
        guard case .array(let parts)? = value[Self.placeKey], parts.count == 3, case .string(let file) = parts[0],
            case .int(let line) = parts[1], case .int(let column) = parts[2]
        else { return nil }
        let numbers = [line, column].map { Int(min(max($0, 1), 10_000_000)) }
        // `#fileID` has the module's name before the file's.
        let name = file.split(separator: "/").last.map(String.init) ?? ""
        return Place(file: name, position: SourcePosition(line: numbers[0], column: numbers[1], offset: 0))
    }

    /// A map as a table.
    ///
    /// - Parameters:
    ///   - keys: Those that are not for the table.
    ///   - position: The place of everything in it that has none of its own.
    static func table(
        _ value: MessagePackValue, without keys: Set<String> = [], at position: SourcePosition
    ) throws(Problem) -> TOMLTable {
        guard case .map(let pairs) = value else { throw Problem("a value that should be a map is none") }
        let position = Self.place(of: value)?.position ?? position
        var table = TOMLTable()
        for pair in pairs {
            guard case .string(let key) = pair.key else { throw Problem("a map has a key that is no text") }
            guard key != Self.placeKey, !keys.contains(key) else { continue }
            let isNew = table.append(
                TOMLKey(name: key, span: SourceSpan(at: position)), try Self.node(pair.value, at: position))
            guard isNew else { throw Problem("a map has the key \(Shown.text(key)) twice") }
        }
        return table
    }

    private static func node(_ value: MessagePackValue, at position: SourcePosition) throws(Problem) -> TOMLNode {
        let span = SourceSpan(at: Self.place(of: value)?.position ?? position)
        return TOMLNode(value: try Self.plain(value, at: span.start), span: span)
    }

    private static func plain(_ value: MessagePackValue, at position: SourcePosition) throws(Problem) -> TOMLValue {
        switch value {
        case .string(let text): return .string(text)
        case .int(let number): return .integer(number)
        case .float(let number): return .float(Double(number))
        case .double(let number): return .float(number)
        case .bool(let flag): return .boolean(flag)
        case .binary(let bytes): return .string(Base64Text.text(bytes))
        case .map: return .table(try Self.table(value, at: position))
        case .array(let values):
            var nodes: [TOMLNode] = []
            for value in values { nodes.append(try Self.node(value, at: position)) }
            return .array(nodes)
        case .nil: throw Problem("a value is nil, which a test cannot say")
        case .uint: throw Problem("a number is larger than \(Int64.max)")
        case .timestamp, .extension: throw Problem("a value is of a kind that a test cannot say")
        }
    }
}

extension JSONValue {
    /// nil for what JSON does not have.
    init?(_ value: MessagePackValue) {
        switch value {
        case .nil: self = .null
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .integer(number)
        case .uint(let number): self = .number(Double(number))
        case .float(let number): self = .number(Double(number))
        case .double(let number): self = .number(number)
        case .string(let text): self = .string(text)
        case .array(let values):
            let elements = values.compactMap { JSONValue($0) }
            guard elements.count == values.count else { return nil }
            self = .array(elements)
        case .map(let pairs):
            var object: [String: JSONValue] = [:]
            for pair in pairs {
                guard case .string(let key) = pair.key, let value = JSONValue(pair.value) else { return nil }
                object[key] = value
            }
            self = .object(object)
        case .binary, .timestamp, .extension: return nil
        }
    }
}

extension MessagePackValue {
    init(_ answer: TestAnswer) {
        self = [
            "status": .int(Int64(answer.status)), "headers": Self.fields(answer.headers), "body": .binary(answer.body),
        ]
    }

    init(_ value: JSONValue) {
        switch value {
        case .null: self = .nil
        case .bool(let flag): self = .bool(flag)
        case .integer(let number): self = .int(number)
        case .number(let number): self = .double(number)
        case .string(let text): self = .string(text)
        case .array(let values): self = .array(values.map { MessagePackValue($0) })
        case .object(let object):
            self = .map(
                object.sorted { $0.key < $1.key }.map { Pair(key: .string($0.key), value: MessagePackValue($0.value)) })
        }
    }

    /// Names and values, each a list of two.
    static func fields(_ headers: [TestHeader]) -> MessagePackValue {
        .array(headers.map { .array([.string($0.name), .string($0.value)]) })
    }
}

extension TestAnswer {
    /// An answer as a test gives it back.
    init?(_ value: MessagePackValue) {
        guard case .int(let status)? = value["status"], case .array(let fields)? = value["headers"],
            case .binary(let body)? = value["body"]
        else { return nil }
        self.init(status: Int(truncatingIfNeeded: status))
        self.body = body
        self.headers = fields.compactMap { field in
            guard case .array(let parts) = field, parts.count == 2, case .string(let name) = parts[0],
                case .string(let value) = parts[1]
            else { return nil }
            return TestHeader(name: name, value: value)
        }
    }
}
