import NIOCore
import PulpCapability
import PulpEgress
import PulpHTTPOutbound
import PulpWASI

/// What the host's capabilities find outside of them: clocks, randomness, the network. A test has its own.
package struct RegistryParts: Sendable {
    let clocks: WASIClocks
    let random: RandomSource
    /// What ends late answers; nil for the listener's clock.
    let deferrals: (any PluginTimers)?
    let resolver: any HostResolver
    let egressRules: String
    let detour: FetchDetour?

    /// The machine's.
    package static var system: RegistryParts {
        RegistryParts(
            clocks: .system, random: .system, deferrals: nil, resolver: SystemResolver(),
            egressRules: PulpEnvironment.egressRules, detour: nil)
    }

    /// As ``system``, but what plugins fetch is asked of a server at `socketPath`, and every name leads to an address
    /// that `resolver` knows.
    package static func detoured(to socketPath: String, resolver: any HostResolver) -> RegistryParts {
        RegistryParts(
            clocks: .system, random: .system, deferrals: nil, resolver: resolver, egressRules: "",
            detour: FetchDetour(socketPath: socketPath))
    }

    /// As ``detoured(to:resolver:)``, with a clock and randomness that a test controls.
    ///
    /// - Parameters:
    ///   - wall: Nanoseconds since 1970 UTC.
    ///   - sleeps: What wakes guests that sleep in WASI; its clock is the monotonic one.
    ///   - timers: What ends answers that are put off.
    package static func controlled(
        wall: @escaping @Sendable () -> UInt64, sleeps: any PluginTimers, timers: any PluginTimers,
        random: RandomSource, fetches socketPath: String, resolver: any HostResolver
    ) -> RegistryParts {
        RegistryParts(
            clocks: WASIClocks(wall: wall, monotonic: { max(sleeps.now.uptimeNanoseconds, 1) }, timers: sleeps),
            random: random, deferrals: timers, resolver: resolver, egressRules: "",
            detour: FetchDetour(socketPath: socketPath))
    }
}

/// The header by which the server of a test knows what was meant.
package enum FetchDetourHeader {
    package static let url = FetchDetour.urlHeader
}
