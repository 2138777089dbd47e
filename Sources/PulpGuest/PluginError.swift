import PulpWire

/// Why something failed: the host's status and a sentence.
public struct PluginError: Error, Hashable, Sendable {
    /// 99 when the manifest does not grant the capability.
    public let status: Status
    /// One sentence for whoever reads the log.
    public let message: String

    public init(status: Status = .operationFailed, message: String) {
        self.status = status
        self.message = message
    }
}
