/// What went wrong with the engine, a module or an instance before or between calls; a guest's own fault is a ``Trap``.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: Hashable, Sendable {
        /// The library that was loaded is not the pinned version.
        case unsupportedLibrary
        /// The process may not reserve the address space that the pool needs.
        case addressSpace
        /// The bytes are not a valid core module.
        case invalidModule
        /// A module in the cache could not be used, or the cache could not be written.
        case cache
        /// An import is unknown or has another type.
        case link
        /// The instance could not be made: pool exhausted, limits, or a segment out of bounds.
        case instantiation
    }

    public let code: Code
    /// A sentence that says what happened and, where there is a remedy, what to do.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { self.message }
}
