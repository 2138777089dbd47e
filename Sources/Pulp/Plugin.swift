import Foundation
import Logging
import NIOCore
import PulpCapability
import PulpEngine
import PulpManifest
import PulpRuntime
import PulpWire

/// A loaded plugin, to be initialised, stepped and shut down by an application.
///
/// All calls may come from any task. Calls and events of one instance run one after the other, in the order of their
/// arrival; cancelling the caller's task does not disturb the instance. Between ``initialize(_:)`` and ``close()`` the
/// plugin's capabilities deliver events of their own, and an instance that crashes is replaced as the spec's restart
/// policy says.
///
/// ```swift
/// var registry = Registry.standard()
/// registry.gated(Greeting())
/// let loaded = try Manifest.load(path: "pulp.plugin.toml", knownCapabilities: nil)
/// let plugin = try await Plugin.load(loaded.spec, registry: registry)
/// try await plugin.initialize(loaded.spec.config)
/// let handle = try await plugin.step(StepEnvelope(callNumber: 0, wallTime: 0))
/// try await plugin.shutdown()
/// await plugin.close()
/// ```
public final class Plugin: Sendable {
    private let running: RunningPlugin

    private init(_ running: RunningPlugin) {
        self.running = running
    }

    /// Reads the module, binds the capabilities, instantiates and runs the start function.
    ///
    /// - Parameters:
    ///   - spec: From a manifest (`Manifest.load(path:knownCapabilities:)`) or made in code.
    ///   - registry: What may be granted; nil gives the plugin WASI alone, which is useful in tests.
    ///   - logger: Carries the plugin's name as metadata; a logger labelled `pulp` by default.
    /// - Throws: `PluginError`; missing and wrong exports, and imports that nobody provides, all at once.
    public static func load(_ spec: PluginSpec, registry: Registry?, logger: Logger? = nil) async throws -> Plugin {
        let environment = try PulpEnvironment.shared(logger: logger ?? Logger(label: "pulp"))
        let running = try await RunningPlugin.load(
            spec, registry: registry ?? .wasiOnly(), environment: environment)
        return Plugin(running)
    }

    /// The spec's name.
    public var name: String { self.running.spec.name }

    /// Whether the plugin takes events and calls now, or why not.
    public var availability: Availability { self.running.availability }

    /// Runs `pulp_init` in every instance. Once.
    ///
    /// - Parameter config: MessagePack, as the spec's `config` has it; no bytes are passed as (0, 0).
    /// - Throws: `PluginError`, code `initialization`, with the guest's code and diagnostic.
    public func initialize(_ config: [UInt8]) async throws {
        try await self.running.initialize(config)
    }

    /// Runs `pulp_step` with an envelope.
    ///
    /// - Returns: The output handle: what the guest returned. It is not a failure when it is not 0.
    /// - Throws: `PluginError` when the guest trapped or took too long, or the envelope could not be handed over.
    @discardableResult
    public func step(_ envelope: StepEnvelope) async throws -> Int32 {
        Int32(truncatingIfNeeded: try await self.running.call(.stepping(envelope), bytes: envelope.encodedBytes()))
    }

    /// Runs `pulp_shutdown` once in every instance, after what waits.
    ///
    /// - Returns: The first code that is not 0.
    @discardableResult
    public func shutdown() async throws -> Int32 {
        Int32(truncatingIfNeeded: try await self.running.shutdown())
    }

    /// Ends every instance and tears the capabilities down. Idempotent.
    public func close() async {
        await self.running.close()
    }

    /// What `probe_config_marker` returns; nil when the module does not export it.
    public func probeConfigMarker() async throws -> Int64? {
        guard self.running.hasExport("probe_config_marker") else { return nil }
        return try await self.running.call(.probeConfigMarker)
    }

    /// What `probe_last_call` returns; nil when the module does not export it.
    public func probeLastCall() async throws -> Int64? {
        guard self.running.hasExport("probe_last_call") else { return nil }
        return try await self.running.call(.probeLastCall)
    }

    /// Bytes of linear memory that the plugin's instances have now.
    public func memoryByteCount() async -> Int {
        await self.running.memoryByteCount()
    }
}

extension ResidentFiber.Operation {
    static func stepping(_ envelope: StepEnvelope) -> Self { .step(byteCount: envelope.byteCount) }
}
