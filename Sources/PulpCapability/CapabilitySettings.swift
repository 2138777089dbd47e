/// What a plugin's manifest says to its capabilities, by table and key.
///
/// A key that is absent, or whose value is of another kind than its ``SettingKey`` says, has its default; a number
/// outside its range, which only a spec made in code can hold, counts as the nearest one inside.
public struct CapabilitySettings: Sendable {
    /// A value as the manifest has it.
    public enum Value: Hashable, Sendable {
        case integer(Int64)
        case boolean(Bool)
        case string(String)
        case strings([String])
    }

    private var tables: [String: [String: Value]]

    /// - Parameter tables: By the table's name, `sqlite` or `limits.storage.sqlite`, the values by their keys.
    public init(_ tables: [String: [String: Value]] = [:]) {
        self.tables = tables
    }

    /// Sets one value: for tests, and for applications that make their plugins' settings in code.
    public mutating func set(_ key: String, to value: Value, in table: String) {
        self.tables[table, default: [:]][key] = value
    }

    /// The table of a capability's limits.
    public static func limits(of id: CapabilityID) -> String { "limits.\(id.rawValue)" }

    public func integer(_ key: SettingKey, in table: String) -> Int {
        guard case .integer(let range, let absent) = key.kind else {
            preconditionFailure("\(key.name) holds no integer")
        }
        guard case .integer(let value)? = self.tables[table]?[key.name] else { return Int(absent) }
        return Int(min(max(value, range.lowerBound), range.upperBound))
    }

    public func boolean(_ key: SettingKey, in table: String) -> Bool {
        guard case .boolean(let absent) = key.kind else { preconditionFailure("\(key.name) holds no boolean") }
        guard case .boolean(let value)? = self.tables[table]?[key.name] else { return absent }
        return value
    }

    /// The value of a choice that the manifest makes; nil when it makes none, for defaults that depend on more.
    public func choice(_ key: SettingKey, in table: String) -> String? {
        guard case .choice(let names, _) = key.kind else { preconditionFailure("\(key.name) is no choice") }
        guard case .string(let value)? = self.tables[table]?[key.name], names.contains(value) else { return nil }
        return value
    }

    public func string(_ key: SettingKey, in table: String) -> String? {
        guard case .string(let value)? = self.tables[table]?[key.name] else { return nil }
        return value
    }

    public func strings(_ key: SettingKey, in table: String) -> [String] {
        guard case .strings(let values)? = self.tables[table]?[key.name] else { return [] }
        return values
    }
}

extension PluginScope {
    /// A limit that `[limits.NAME]` may set for the capability `id`.
    public func limit(_ key: SettingKey, of id: CapabilityID) -> Int {
        self.settings.integer(key, in: CapabilitySettings.limits(of: id))
    }
}
