import PulpCapability
import PulpEngine
import PulpManifest

/// Why a plugin could not be loaded, started or stepped.
public struct PluginError: Error, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The module's file cannot be read, is no module, or differs from the manifest's digest.
        case module
        /// The module lacks exports, or they have other types.
        case exports
        /// An import that nobody provides, or with another type.
        case imports
        /// A declared capability that nobody provides, two that provide one import, or one that failed to set up.
        case capabilities
        /// The instance could not be made, or its start function failed.
        case instantiation
        /// `pulp_init` returned a code other than 0.
        case initialization
        /// The guest trapped, exited, or took too long.
        case crashed
        /// The call cannot be made in the plugin's state.
        case unavailable
        /// The bytes are larger than the plugin takes, or its allocator gave no room; or what it answered is not in its
        /// memory, or too large.
        case refused
        /// A function of the plugin's returned a status other than 0.
        case function
    }

    public let code: Code
    /// The plugin's name.
    public let plugin: String
    /// A sentence, and what to do.
    public let message: String
    /// The trap behind it, with its backtrace.
    public let trap: Trap?

    public init(_ code: Code, plugin: String, _ message: String, trap: Trap? = nil) {
        self.code = code
        self.plugin = plugin
        self.message = message
        self.trap = trap
    }

    public var description: String {
        let stack = self.trap.map { "\n\($0)" } ?? ""
        return "plugin \"\(self.plugin)\": \(self.message)\(stack)"
    }
}
