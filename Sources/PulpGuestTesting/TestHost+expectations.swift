import PulpWire

/// What is expected of the plugin, seen from outside.
///
/// What may still be on its way is waited for, a moment with the fake host and longer with the real one.
extension TestHost {
    /// Expects the events that have come on all streams since this was last asked, all of them.
    public func expect(
        events: [EventMatch], file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        self.expect("events", .array(events.map { $0.value }), Place(file, line, column))
    }

    /// Expects the messages that have come on all WebSockets since this was last asked, all of them.
    public func expect(
        messages: [MessageMatch], file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        self.expect("messages", .array(messages.map { $0.value }), Place(file, line, column))
    }

    /// Expects these lines among those of the log since this was last asked, in this order.
    public func expect(
        logs: [LogMatch], file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        self.expect("logs", .array(logs.map { $0.value }), Place(file, line, column))
    }

    /// Expects that no line of the log since the last look at it contains one of these texts.
    public func expect(
        noLogs texts: [String], file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        self.expect("no_logs", .array(texts.map { .string($0) }), Place(file, line, column))
    }

    /// Expects what the plugin has fetched since this was last asked, all of it.
    public func expect(
        fetches: [FetchMatch], file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        self.expect("fetches", .array(fetches.map { $0.value }), Place(file, line, column))
    }

    /// Expects that these imports, such as `sqlite_query`, were refused for want of a grant.
    public func expect(
        denied imports: [String], file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        self.expect("denied", .array(imports.map { .string($0) }), Place(file, line, column))
    }

    /// Expects what is below the plugin's folder: names, and what is in each file or that it is absent.
    public func expect(
        files: Matches, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        self.expect("files", files.value, Place(file, line, column))
    }

    /// Expects what a statement reads from the plugin's database.
    ///
    /// - `rows`: Lists of values such as `[1, "Ada"]`, or maps by column such as `["name": "Ada"]`.
    /// - `sql`: One statement.
    public func expect(
        rows: [MessagePackValue], of sql: String, file: StaticString = #fileID, line: UInt32 = #line,
        column: UInt32 = #column
    ) {
        var record = Record(Place(file, line, column))
        record["sql"] = .string(sql)
        record["expect"] = ["rows": .array(rows)]
        _ = self.step(record)
    }
}

/// An event of a stream: the text of its `data`, or more of it.
public struct EventMatch: ExpressibleByStringInterpolation {
    let value: MessagePackValue

    /// An event with this data.
    public init(stringLiteral data: String) { self.value = .string(data) }

    /// An event; what is left out is not looked at.
    public init(data: Match? = nil, event: String? = nil, id: String? = nil, on stream: EventStream? = nil) {
        var record = Record()
        if let data { record["data"] = data.value }
        if let event { record["event"] = .string(event) }
        if let id { record["id"] = .string(id) }
        if let stream { record["stream"] = .string(stream.name) }
        self.value = record.value
    }
}

/// A message of a WebSocket: its text, or more of it.
public struct MessageMatch: ExpressibleByStringInterpolation {
    let value: MessagePackValue

    /// A text message.
    public init(stringLiteral text: String) { self.value = .string(text) }

    /// A text message.
    public init(_ text: Match? = nil, on socket: Socket? = nil) {
        var record = Record()
        if let text { record["text"] = text.value }
        if let socket { record["on"] = .string(socket.name) }
        self.value = record.value
    }

    /// A binary message.
    public init(bytes: [UInt8], on socket: Socket? = nil) {
        var record = Record()
        record["base64"] = .binary(bytes)
        if let socket { record["on"] = .string(socket.name) }
        self.value = record.value
    }
}

/// A line of the log: a text that it contains, or more of it.
public struct LogMatch: ExpressibleByStringInterpolation {
    let value: MessagePackValue

    /// A line that contains this text.
    public init(stringLiteral text: String) { self.value = .string(text) }

    /// A line; what is left out is not looked at.
    ///
    /// - `level`: Such as `warning`.
    public init(_ message: Match? = nil, level: String? = nil, fields: Matches? = nil) {
        var record = Record()
        if let message { record["message"] = message.value }
        if let level { record["level"] = .string(level) }
        if let fields { record["fields"] = fields.value }
        self.value = record.value
    }
}

/// A fetch of the plugin's: its method and URL as text, or more of it.
public struct FetchMatch: ExpressibleByStringInterpolation {
    let value: MessagePackValue

    /// A fetch such as `GET https://example.com/users/7`.
    public init(stringLiteral request: String) { self.value = .string(request) }

    /// A fetch; what is left out is not looked at.
    public init(method: String? = nil, url: Match? = nil, headers: Matches? = nil, body: Match? = nil) {
        var record = Record()
        if let method { record["method"] = .string(method) }
        if let url { record["url"] = url.value }
        if let headers { record["headers"] = headers.value }
        if let body { record["body"] = body.value }
        self.value = record.value
    }
}
