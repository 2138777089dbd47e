import PulpWire

/// An event stream that a test listens to.
public struct EventStream {
    let host: TestHost
    /// What failures call it: its path, and a number when there are several.
    public let name: String
    /// What the host answered; 200.
    public let answer: Answer

    /// Closes the stream.
    public func close(file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column) {
        self.host.close(self.name, 1000, Place(file, line, column))
    }
}

/// A WebSocket of a test's.
public struct Socket {
    let host: TestHost
    /// What failures call it: its path, and a number when there are several.
    public let name: String
    /// What the host answered to the handshake; 101.
    public let answer: Answer

    /// Sends a text message.
    public func send(
        _ text: String, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        self.send("send", .string(text), Place(file, line, column))
    }

    /// Sends a binary message.
    public func send(
        _ bytes: [UInt8], file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        self.send("send_base64", .binary(bytes), Place(file, line, column))
    }

    /// Closes the WebSocket.
    ///
    /// - `code`: 1000 to 4999.
    public func close(
        code: Int = 1000, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        self.host.close(self.name, code, Place(file, line, column))
    }

    /// Expects that the other side has closed it.
    ///
    /// - `code`: The code of the close; nil for any.
    public func expectClosed(
        code: Int? = nil, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        var closed: MessagePackValue = ["on": .string(self.name)]
        if let code { closed = ["on": .string(self.name), "code": .int(Int64(code))] }
        self.host.expect("closed", closed, Place(file, line, column))
    }

    private func send(_ key: String, _ message: MessagePackValue, _ place: Place) {
        var record = Record(place)
        record[key] = message
        record["on"] = .string(self.name)
        _ = self.host.step(record)
    }
}

extension TestHost {
    /// Opens an event stream. A refusal fails the test.
    ///
    /// - `path`: With its query.
    /// - `headers`: Names and values.
    @discardableResult
    public func subscribe(
        _ path: String, headers: Fields = [:], file: StaticString = #fileID, line: UInt32 = #line,
        column: UInt32 = #column
    ) -> EventStream {
        let name = self.name(path)
        let answer = self.open("subscribe", path, headers, name, nil, Place(file, line, column))
        return EventStream(host: self, name: name, answer: answer)
    }

    /// Opens a WebSocket. A refusal fails the test.
    ///
    /// - `path`: With its query.
    /// - `headers`: Names and values.
    @discardableResult
    public func connect(
        _ path: String, headers: Fields = [:], file: StaticString = #fileID, line: UInt32 = #line,
        column: UInt32 = #column
    ) -> Socket {
        let name = self.name(path)
        let answer = self.open("connect", path, headers, name, nil, Place(file, line, column))
        return Socket(host: self, name: name, answer: answer)
    }

    /// Expects that an event stream is refused with this status.
    public func expectNoStream(
        _ path: String, status: Int, headers: Fields = [:], file: StaticString = #fileID, line: UInt32 = #line,
        column: UInt32 = #column
    ) {
        _ = self.open("subscribe", path, headers, self.name(path), status, Place(file, line, column))
    }

    /// Expects that a WebSocket is refused with this status.
    public func expectNoSocket(
        _ path: String, status: Int, headers: Fields = [:], file: StaticString = #fileID, line: UInt32 = #line,
        column: UInt32 = #column
    ) {
        _ = self.open("connect", path, headers, self.name(path), status, Place(file, line, column))
    }

    private func open(
        _ key: String, _ path: String, _ headers: Fields, _ name: String, _ status: Int?, _ place: Place
    ) -> Answer {
        var record = Record(place)
        record[key] = .string(path)
        record["headers"] = headers.value
        record["as"] = .string(name)
        if let status { record["expect"] = ["status": .int(Int64(status))] }
        return Answer(self, self.step(record))
    }

    func close(_ name: String, _ code: Int, _ place: Place) {
        var record = Record(place)
        record["close"] = .string(name)
        record["code"] = .int(Int64(code))
        _ = self.step(record)
    }
}
