import PulpWire

/// Why a handler refuses: the status that the guest gets, and a sentence for the plugin's log.
public struct CapabilityError: Error, Hashable, Sendable, CustomStringConvertible {
    public let status: Status
    /// What is wrong and what to do; without payload bytes. Empty: the refusal is not worth a line of the log.
    public let message: String

    public init(_ status: Status, _ message: String) {
        self.status = status
        self.message = message
    }

    /// A status that is special to one function.
    public init(code: Int32, _ message: String) {
        self.init(Status(rawValue: code), message)
    }

    public var description: String { self.message }
}
