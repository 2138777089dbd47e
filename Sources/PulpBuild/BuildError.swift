/// Why a plugin was not built.
package struct BuildError: Error, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The manifest is wrong; its mistakes are in the message, each with its place.
        case manifest
        /// There is nothing to build, a manifest least of all, or it is not clear what.
        case sources
        /// The SDK or a compiler is not there; the message has the command that mends it.
        case toolchain
        /// The compiler refused the sources; what it said is in ``BuildError/compilerOutput``.
        case compiler
        /// A file could not be read or written.
        case files
        case cancelled
    }

    package let code: Code
    /// A sentence that says what to do.
    package let message: String
    /// What the compiler said, as it said it; empty when none ran.
    package let compilerOutput: String

    package init(_ code: Code, _ message: String, compilerOutput: String = "") {
        self.code = code
        self.message = message
        self.compilerOutput = compilerOutput
    }

    package var description: String {
        self.compilerOutput.isEmpty ? self.message : "\(self.compilerOutput)\n\(self.message)"
    }
}
