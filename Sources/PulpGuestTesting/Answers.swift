import PulpWire

/// The content of a request or an answer: text as a literal, or one of the others.
public struct Content: ExpressibleByStringInterpolation {
    let key: String
    let value: MessagePackValue

    private init(_ key: String, _ value: MessagePackValue) {
        self.key = key
        self.value = value
    }

    /// Text.
    public init(stringLiteral text: String) { self.init("body", .string(text)) }

    /// Text.
    public static func text(_ text: String) -> Content { Content("body", .string(text)) }

    /// A value as JSON; with its `Content-Type` unless the headers have one.
    public static func json(_ value: MessagePackValue) -> Content { Content("json", value) }

    /// Any bytes.
    public static func bytes(_ bytes: [UInt8]) -> Content { Content("base64", .binary(bytes)) }

    /// The bytes of a file below the folder `tests`.
    public static func file(_ name: String) -> Content { Content("file", .string(name)) }
}

/// What answers a fetch of the plugin's.
public struct FetchAnswer {
    let value: MessagePackValue

    /// An answer.
    ///
    /// - Parameters:
    ///   - request: Method and URL, such as `GET https://example.com/*`; `*` stands for any characters.
    ///   - status: 200 to 599.
    ///   - headers: Names and values.
    ///   - content: The body.
    ///   - times: How often this answers; nil for always.
    public init(
        _ request: String, status: Int = 200, headers: Fields = [:], _ content: Content = "", times: Int? = nil
    ) {
        var record = Record()
        record["request"] = .string(request)
        record["status"] = .int(Int64(status))
        record["headers"] = headers.value
        record[content.key] = content.value
        if let times { record["times"] = .int(Int64(times)) }
        self.value = record.value
    }

    private init(_ value: MessagePackValue) { self.value = value }

    /// A connection that breaks.
    public static func failure(_ request: String, times: Int? = nil) -> FetchAnswer {
        var record = Record()
        record["request"] = .string(request)
        record["fails"] = true
        if let times { record["times"] = .int(Int64(times)) }
        return FetchAnswer(record.value)
    }
}

/// What answers a function of `spawn.docker`.
public struct DockerAnswer {
    let value: MessagePackValue

    /// An answer, key by key as `docs/abi.md` has the function's record.
    public init(_ function: String, _ answer: MessagePackValue) {
        var record = Record()
        record["call"] = .string(function)
        record["answer"] = answer
        self.value = record.value
    }

    /// A refusal with a status, 1 to 99.
    public init(_ function: String, status: Int) {
        var record = Record()
        record["call"] = .string(function)
        record["status"] = .int(Int64(status))
        self.value = record.value
    }
}

/// Names and values, in their order: `["Accept": "text/html"]`.
public struct Fields: ExpressibleByDictionaryLiteral {
    let value: MessagePackValue

    /// Names and values.
    public init(dictionaryLiteral elements: (String, String)...) {
        self.value = .map(elements.map { MessagePackValue.Pair(key: .string($0.0), value: .string($0.1)) })
    }
}
