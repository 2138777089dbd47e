/// Why an answer, or a part of it, was not accepted. Nothing of what was refused is sent.
package struct ResponseFault: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Code: Sendable {
        /// The status is not in 200...999.
        case status
        /// A header name is no token, or a value holds CR, LF, NUL or another control character.
        case header
        /// The header section is larger than ``HTTPResponseBuilder/maximumHeadBytes``.
        case tooLarge
        /// The exchange has its answer already, or the client is gone.
        case answered
        /// The connection cannot be taken over: HTTP/2, or other requests wait on it.
        case notUpgradable
    }

    package let code: Code
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { self.message }
}
