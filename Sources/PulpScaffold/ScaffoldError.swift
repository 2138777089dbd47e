/// Why no plugin was made: one sentence that says what to do.
package struct ScaffoldError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String
    package var description: String { self.message }

    init(_ message: String) { self.message = message }
}
