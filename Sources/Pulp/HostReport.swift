import PulpCapability
import PulpManifest

/// What a host has started: for the block that the program prints, and for tests.
package struct HostReport: Sendable {
    package struct HTTP: Sendable {
        package let address: HostAddress
        package let isTLS: Bool
        /// Routes on the host's own listener as `METHOD pattern`, by the plugin that registered them.
        package let routes: [String: [String]]
    }

    package struct Admin: Sendable {
        package let address: HostAddress
        /// The preferred port was taken.
        package let isElsewhere: Bool
    }

    package struct PluginStatus: Sendable {
        package let name: String
        package let version: String
        package let availability: Availability
    }

    package let plugins: [HostPlugin]
    /// nil when no plugin was granted HTTP.
    package let http: HTTP?
    package let admin: Admin?
}

/// What putting a new version of a plugin in the place of another has come to.
package struct HostReplacement: Sendable {
    /// Routes of the new version on the host's own listener as `METHOD pattern`.
    package let routes: [String]
    /// What the manifest says now and has no effect before the host is started again.
    package let notes: [String]
    /// How long the new version took to load, and then to initialise.
    package let load: Duration
    package let initialization: Duration
    /// How long it took until what comes was the new version's.
    package let swap: Duration
}
