import NIOCore

extension HTTPExchange {
    /// Whether the request asks to go on as a WebSocket. Its handshake is its owner's to check.
    package var wantsWebSocket: Bool {
        guard self.wantsUpgrade else { return false }
        var isAsked = false
        self.head.forEachField { name, value in
            guard HTTPSyntax.equals(name, ByteRange(start: 0, end: name.count), "upgrade") else { return }
            if Self.lists("websocket", in: value) { isAsked = true }
        }
        return isAsked
    }

    /// What looks after the connection: whoever takes it over joins it, to be swept, drained and closed with the others.
    package var listenerLoop: ListenerLoop { self.transport.loop }

    /// Whether a list of RFC 9110, 5.6.1, has the member; letters are compared without case.
    private static func lists(_ lowercase: StaticString, in value: Span<UInt8>) -> Bool {
        var start = 0
        while start <= value.count {
            var end = start
            while end < value.count, value[end] != 0x2C { end += 1 }
            if HTTPSyntax.equals(value, FieldLine.trimmed(value, from: start, to: end), lowercase) { return true }
            start = end + 1
        }
        return false
    }
}
