/// What a client did that ends its connection: the close code of RFC 6455, 7.4.1, and why, without bytes of the client.
package struct WebSocketFault: Error, Hashable, Sendable {
    package let code: UInt16
    /// At most 123 bytes: it goes into the close frame.
    package let reason: String

    init(_ code: UInt16, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    static func protocolError(_ reason: String) -> WebSocketFault { WebSocketFault(1002, reason) }
}

/// The codes of RFC 6455, 7.4, and of the registry that it founded.
enum WebSocketCloseCode {
    static let normal: UInt16 = 1000
    static let goingAway: UInt16 = 1001
    /// Stands for a close frame without a code; never on the wire.
    static let none: UInt16 = 1005
    static let internalError: UInt16 = 1011
    static let serviceRestart: UInt16 = 1012
    static let tryAgainLater: UInt16 = 1013
    /// A close frame has 125 bytes, two of them the code.
    static let longestReason = 123

    /// Whether the code may stand in a close frame: registered and not reserved, or free for libraries and applications.
    static func isSendable(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
