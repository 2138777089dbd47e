import PulpWire

/// What the plugin, or its host, answered to a request.
public struct Answer {
    private let host: TestHost
    private let value: MessagePackValue

    init(_ host: TestHost, _ value: MessagePackValue) {
        self.host = host
        self.value = value
    }

    /// The status, such as 200.
    public var status: Int {
        guard case .int(let status)? = self.value["status"] else { return 0 }
        return Int(status)
    }

    /// The body.
    public var body: [UInt8] {
        guard case .binary(let bytes)? = self.value["body"] else { return [] }
        return bytes
    }

    /// The body as text; what is not UTF-8 is replaced by U+FFFD.
    public var text: String { String(decoding: self.body, as: UTF8.self) }

    /// The value of a header, whatever the case of its name; of several the first, nil without.
    public func header(_ name: String) -> String? {
        guard case .array(let fields)? = self.value["headers"] else { return nil }
        for field in fields {
            guard case .array(let parts) = field, parts.count == 2, case .string(let found) = parts[0],
                case .string(let value) = parts[1], isEqualIgnoringCase(found, name)
            else { continue }
            return value
        }
        return nil
    }

    /// The body's JSON; fails the test when it is none. Objects have their keys sorted.
    public func json(
        file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) -> MessagePackValue {
        var record = Record(Place(file, line, column))
        record["read"] = "json"
        record["bytes"] = .binary(self.body)
        return self.host.step(record)
    }

    /// Expects what the answer is; what is left out is not looked at.
    ///
    /// - `status`: The status.
    /// - `text`: The body as text.
    /// - `json`: What the body's JSON holds: of objects the keys listed, everything else as a whole.
    /// - `bytes`: The body.
    /// - `headers`: Names and what each is; others may be there.
    /// - Returns: The answer.
    @discardableResult
    public func expect(
        status: Int? = nil, text: Match? = nil, json: MessagePackValue? = nil, bytes: [UInt8]? = nil,
        headers: Matches? = nil, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) -> Answer {
        var checks = Record()
        if let status { checks["status"] = .int(Int64(status)) }
        if let text { checks["body"] = text.value }
        if let json { checks["json"] = json }
        if let bytes { checks["bytes"] = .binary(bytes) }
        if let headers { checks["headers"] = headers.value }
        var record = Record(Place(file, line, column))
        record["given"] = self.value
        record["expect"] = checks.value
        _ = self.host.step(record)
        return self
    }
}

/// A request whose answer the plugin has put off.
public struct PendingRequest {
    let host: TestHost
    let name: String

    /// Waits for the answer.
    @discardableResult
    public func answer(file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column) -> Answer {
        var record = Record(Place(file, line, column))
        record["answer"] = .string(self.name)
        return Answer(self.host, self.host.step(record))
    }
}

private func isEqualIgnoringCase(_ left: String, _ right: String) -> Bool {
    func lower(_ byte: UInt8) -> UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte }
    return left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
}
