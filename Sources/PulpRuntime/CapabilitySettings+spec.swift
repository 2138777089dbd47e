import PulpCapability
import PulpManifest

extension CapabilitySettings {
    /// What a plugin's spec says to its capabilities.
    init(_ spec: PluginSpec) {
        self.init()
        for (table, settings) in spec.capabilitySections { self.add(settings, to: table) }
        for (capability, settings) in spec.capabilityLimits { self.add(settings, to: "limits.\(capability)") }
    }

    private mutating func add(_ settings: [CapabilitySetting], to table: String) {
        for setting in settings {
            let value: Value =
                switch setting.value {
                case .integer(let number): .integer(number)
                case .boolean(let flag): .boolean(flag)
                case .string(let text): .string(text)
                case .strings(let texts): .strings(texts)
                }
            self.set(setting.name, to: value, in: table)
        }
    }
}
