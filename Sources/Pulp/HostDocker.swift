import PulpCapability
import PulpDocker

/// What a program has to know of `spawn.docker` to stand in for it.
package enum HostDocker {
    package static var capability: CapabilityID { DockerCapability.id }
    /// The functions that guests import.
    package static var signatures: [ImportSignature] { DockerCapability.imports.map(\.signature) }
    package static var section: String? { DockerCapability.section }
    package static var settings: [SettingKey] { DockerCapability.settings }
    package static var limits: [SettingKey] { DockerCapability.limits }
}
