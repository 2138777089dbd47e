import PulpWire

/// An open WebSocket: a number, to be kept wherever the plugin likes.
public struct WebSocket: Hashable, Sendable {
    /// Unique in the host's process, never 0.
    public let id: UInt64

    /// The connection of this number.
    public init(id: UInt64) {
        self.id = id
    }

    /// A whole message.
    public enum Message: Hashable, Sendable {
        case text(String)
        case binary([UInt8])
    }

    /// How a connection ended.
    public struct End: Hashable, Sendable {
        /// A code of RFC 6455; 1005 for a close frame without one, 65535 without a close frame.
        public let code: UInt16
        /// What the client said; may be empty.
        public let reason: String
    }

    /// Sends one text message.
    ///
    /// - Returns: False when the connection is gone, or its client takes too little of what was sent and is
    ///   disconnected.
    @discardableResult
    public func send(_ text: String) -> Bool {
        self.send(opcode: 1) { $0.writeText(text) }
    }

    /// Sends one binary message.
    ///
    /// - Returns: False when the connection is gone, or its client takes too little of what was sent and is
    ///   disconnected.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
        self.send(opcode: 2) { $0.writeBinary(bytes) }
    }

    /// Closes the connection, with a code of RFC 6455 and a reason of at most 123 bytes.
    ///
    /// - Returns: False when it was gone already.
    @discardableResult
    public func close(code: UInt16 = 1000, reason: String = "") -> Bool {
        let record = MessagePackWriter.encode { writer in
            writer.writeMapHeader(3)
            writer.writeKey(.connID)
            writer.writeUInt64(self.id)
            writer.writeKey(.code)
            writer.writeUInt16(code)
            writer.writeKey(.reason)
            writer.writeText(reason)
        }
        return unsafe record.lend(to: ws_close) == 0
    }

    /// Sends one text message to many connections, with one call of the host.
    ///
    /// - Returns: Whether every one of them took it.
    @discardableResult
    public static func send(_ text: String, to connections: [WebSocket]) -> Bool {
        Self.send(opcode: 1, to: connections) { $0.writeText(text) }
    }

    /// Sends one binary message to many connections, with one call of the host.
    ///
    /// - Returns: Whether every one of them took it.
    @discardableResult
    public static func send(_ bytes: [UInt8], to connections: [WebSocket]) -> Bool {
        Self.send(opcode: 2, to: connections) { $0.writeBinary(bytes) }
    }

    private func send(opcode: UInt8, _ payload: (inout MessagePackWriter) -> Void) -> Bool {
        let record = MessagePackWriter.encode { writer in
            writer.writeMapHeader(3)
            writer.writeKey(.connID)
            writer.writeUInt64(self.id)
            writer.writeKey(.opcode)
            writer.writeUInt8(opcode)
            writer.writeKey(.payload)
            payload(&writer)
        }
        return unsafe record.lend(to: ws_send) == 0
    }

    private static func send(
        opcode: UInt8, to connections: [WebSocket], _ payload: (inout MessagePackWriter) -> Void
    ) -> Bool {
        let record = MessagePackWriter.encode { writer in
            writer.writeMapHeader(3)
            writer.writeKey(.connIDs)
            writer.writeArrayHeader(connections.count)
            for connection in connections { writer.writeUInt64(connection.id) }
            writer.writeKey(.opcode)
            writer.writeUInt8(opcode)
            writer.writeKey(.payload)
            payload(&writer)
        }
        var block: UnsafeMutableRawPointer? = nil
        var length: UInt32 = 0
        let status = unsafe record.lend { unsafe ws_send_many($0, $1, &block, &length) }
        defer { unsafe pulp_free(block, length) }
        guard status == 0 else { return false }
        do throws(WireError) {
            // One key, `failed`: those that it did not go to.
            var reader = unsafe MessagePackReader(UnsafeRawBufferPointer(start: block, count: Int(length)).bytes)
            guard try reader.readMapHeader() > 0 else { return true }
            try reader.skipValue()
            return try reader.readArrayHeader() == 0
        } catch {
            return false
        }
    }
}
