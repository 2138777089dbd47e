extension ManifestSchema {
    /// The JSON Schema (draft 2020-12) of a manifest, for editors that check TOML while one types.
    ///
    /// The text is the same every time. Editors match keys exactly, so they are stricter than Pulp about case.
    ///
    /// - Parameter tables: Those of the capabilities.
    package static func jsonSchema(tables: [CapabilityTable] = []) -> String {
        let members: [(String, JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Pulp plugin manifest")),
            ("description", .string("pulp.plugin.toml, or the reference's pulp.cell.toml")),
        ]
        return JSONText.object(members + objectMembers(keys(with: tables))).pretty() + "\n"
    }

    /// The keys of the root, the capabilities' tables among them.
    private static func keys(with tables: [CapabilityTable]) -> [ManifestKey] {
        var own = keys
        for table in tables.filter({ !$0.name.hasPrefix("limits.") }) {
            if let index = own.firstIndex(where: { $0.name == table.name }), case .section(let inner) = own[index].kind
            {
                own[index] = ManifestKey(
                    table.name, .section(inner + table.keys), default: nil, example: "", summary: own[index].summary)
            } else {
                own.append(
                    ManifestKey(
                        table.name, .section(table.keys), default: nil, example: "",
                        summary: "What the capability of this table is told."))
            }
        }
        return own
    }

    private static func objectMembers(_ keys: [ManifestKey]) -> [(String, JSONText)] {
        var members: [(String, JSONText)] = [
            ("type", .string("object")), ("additionalProperties", .literal("false")),
        ]
        let required = keys.filter(\.isRequired).map { JSONText.string($0.name) }
        if !required.isEmpty {
            members.append(("required", .array(required)))
        }
        members.append(("properties", .object(keys.map { ($0.name, property($0)) })))
        return members
    }

    private static func property(_ key: ManifestKey) -> JSONText {
        var members: [(String, JSONText)] = [("description", .string(key.summary))]
        members += constraints(key)
        if let value = key.defaultValue {
            members.append(("default", .literal(value)))
        }
        if key.hasNoEffect {
            members.append(("deprecated", .literal("true")))
        }
        return .object(members)
    }

    private static func constraints(_ key: ManifestKey) -> [(String, JSONText)] {
        let text = ("type", JSONText.string("string"))
        let object = ("type", JSONText.string("object"))
        switch key.kind {
        case .string:
            return key.isRequired ? [text, ("pattern", .string("\\S"))] : [text]
        case .digest:
            return [text, ("pattern", .string("^[0-9A-Fa-f]{64}$"))]
        case .choice(let names):
            return [("enum", .array(names.map(JSONText.string)))]
        case .boolean:
            return [("type", .string("boolean"))]
        case .integer(let range):
            return integer(range)
        case .integerOrChoice(let range, let names):
            return [
                ("oneOf", .array([.object(integer(range)), .object([("enum", .array(names.map(JSONText.string)))])]))
            ]
        case .strings:
            return [("type", .string("array")), ("items", .object([text]))]
        case .stringTable:
            let names = JSONText.object([("pattern", .string("^[^=\\u0000]+$"))])
            return [object, ("propertyNames", names), ("additionalProperties", .object([text]))]
        case .section(let keys):
            let pairs = keys.contains(tlsKey) ? [("dependentRequired", tlsPair)] : []
            return objectMembers(keys) + pairs
        case .limits:
            return [object, ("additionalProperties", .object([object]))]
        case .anyTable:
            return [object]
        }
    }

    private static var tlsPair: JSONText {
        .object([
            (tlsCertificate.name, .array([.string(tlsKey.name)])),
            (tlsKey.name, .array([.string(tlsCertificate.name)])),
        ])
    }

    private static func integer(_ range: ClosedRange<Int64>) -> [(String, JSONText)] {
        [
            ("type", .string("integer")), ("minimum", .literal("\(range.lowerBound)")),
            ("maximum", .literal("\(range.upperBound)")),
        ]
    }
}

/// JSON whose members keep their order, which no dictionary does.
private indirect enum JSONText {
    case string(String)
    /// A number, a boolean, or a value that is JSON already.
    case literal(String)
    case array([JSONText])
    case object([(String, JSONText)])

    /// Objects on several lines, arrays on one.
    func pretty(indent: String = "") -> String {
        switch self {
        case .string(let text): return Self.quoted(text)
        case .literal(let text): return text
        case .array(let values): return "[" + values.map { $0.pretty(indent: indent) }.joined(separator: ", ") + "]"
        case .object(let members):
            let inner = indent + "  "
            let lines = members.map { "\(inner)\(Self.quoted($0.0)): \($0.1.pretty(indent: inner))" }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        }
    }

    /// Enough for texts of ours, which hold no control characters.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" {
                result += "\\"
            }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }
}
