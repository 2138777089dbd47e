import PulpWire

/// What a test looks at itself, for whatever an expectation cannot say. What has come so far, from the test's start.
extension TestHost {
    /// A line of the host's log, the plugin's own among them.
    public struct LogLine {
        /// Such as `info`.
        public let level: String
        public let message: String
    }

    /// The lines of the log.
    public func logs() -> [LogLine] {
        self.list("logs").map { LogLine(level: $0.text("level"), message: $0.text("message")) }
    }

    /// What the plugin has fetched.
    public struct Fetch {
        public let method: String
        public let url: String
        public let body: [UInt8]
    }

    /// The plugin's fetches.
    public func fetches() -> [Fetch] {
        self.list("fetches").map { value in
            Fetch(method: value.text("method"), url: value.text("url"), body: value.bytes("body"))
        }
    }

    /// An event of a stream.
    public struct Event {
        /// The stream's name.
        public let stream: String
        public let event: String
        public let data: String
    }

    /// The events of all streams.
    public func events() -> [Event] {
        self.list("events").map { value in
            Event(stream: value.text("stream"), event: value.text("event"), data: value.text("data"))
        }
    }

    /// A message of a WebSocket.
    public struct Message {
        /// The WebSocket's name.
        public let socket: String
        /// Empty for a binary message.
        public let text: String
        /// Empty for a text message.
        public let bytes: [UInt8]
    }

    /// The messages of all WebSockets.
    public func messages() -> [Message] {
        self.list("messages").map { value in
            Message(socket: value.text("on"), text: value.text("text"), bytes: value.bytes("bytes"))
        }
    }

    /// The bytes of a file below the plugin's folder; nil when there is none.
    public func file(
        _ name: String, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) -> [UInt8]? {
        var record = Record(Place(file, line, column))
        record["read"] = "file"
        record["name"] = .string(name)
        guard case .binary(let bytes) = self.step(record) else { return nil }
        return bytes
    }

    /// What a statement reads from the plugin's database: for each row the values in the order of their columns.
    public func rows(
        of sql: String, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) -> [[MessagePackValue]] {
        var record = Record(Place(file, line, column))
        record["sql"] = .string(sql)
        guard case .array(let rows) = self.step(record) else { return [] }
        return rows.map { row in
            guard case .array(let columns) = row else { return [] }
            return columns.map { column in
                guard case .array(let parts) = column, parts.count == 2 else { return .nil }
                return parts[1]
            }
        }
    }

    private func list(_ what: String) -> [MessagePackValue] {
        var record = Record()
        record["read"] = .string(what)
        guard case .array(let values) = self.step(record) else { return [] }
        return values
    }
}

extension MessagePackValue {
    fileprivate func text(_ key: String) -> String {
        if case .string(let text)? = self[key] { text } else { "" }
    }

    fileprivate func bytes(_ key: String) -> [UInt8] {
        if case .binary(let bytes)? = self[key] { bytes } else { [] }
    }
}
