import PulpWire

/// The host of the plugin under test, as a test drives it: clients of the plugin, its clock, and what can be seen of it
/// from outside.
///
/// Every call returns when it is done and the plugin has nothing more to do but to wait for time to pass. Time stands
/// still until ``advance(_:file:line:column:)``.
///
/// The parameters `file`, `line` and `column` are for failures, which name the place of the call: leave them out.
public final class TestHost {
    private var opened: [String] = []
    /// Whether the plugin may crash in what is done now.
    private var mayCrash = false

    init() {}

    // MARK: Requests

    /// Sends a request, and waits for the answer.
    ///
    /// - `method`: Such as `GET`.
    /// - `path`: With its query.
    /// - `content`: The body.
    /// - `headers`: Names and values.
    @discardableResult
    public func request(
        _ method: String, _ path: String, _ content: Content? = nil, headers: Fields = [:],
        file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) -> Answer {
        Answer(self, self.step(Self.request(method, path, content, headers, Place(file, line, column))))
    }

    /// Sends a request that the plugin puts off (`http_defer`), and fails when it does not.
    ///
    /// - Returns: The request; ``PendingRequest/answer(file:line:column:)`` waits for its answer.
    public func pending(
        _ method: String, _ path: String, _ content: Content? = nil, headers: Fields = [:],
        file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) -> PendingRequest {
        var record = Self.request(method, path, content, headers, Place(file, line, column))
        let name = self.name(path)
        record["as"] = .string(name)
        record["expect"] = ["pending": true]
        _ = self.step(record)
        return PendingRequest(host: self, name: name)
    }

    private static func request(
        _ method: String, _ path: String, _ content: Content?, _ headers: Fields, _ place: Place
    ) -> Record {
        var record = Record(place)
        record["request"] = .string("\(method) \(path)")
        record["headers"] = headers.value
        if let content { record[content.key] = content.value }
        return record
    }

    // MARK: Time and life

    /// Lets time pass: ticks, sleeps and restarts that are due happen, in their order.
    public func advance(
        _ time: Duration, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
    ) {
        var record = Record(Place(file, line, column))
        record["advance"] = .string(time.words)
        _ = self.step(record)
    }

    /// Stops the plugin and starts it again, with what it has stored. What is open is closed.
    public func restart(file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column) {
        var record = Record(Place(file, line, column))
        record["restart"] = true
        _ = self.step(record)
    }

    /// Hands the plugin an event.
    ///
    /// - `kind`: Such as `ws.open`.
    /// - `payload`: Any value.
    /// - Returns: What `pulp_step` returned; nil when the plugin crashed.
    @discardableResult
    public func event(
        _ kind: String, payload: MessagePackValue? = nil, file: StaticString = #fileID, line: UInt32 = #line,
        column: UInt32 = #column
    ) -> Int? {
        var record = Record(Place(file, line, column))
        record["event"] = .string(kind)
        if let payload { record["payload"] = payload }
        guard case .int(let result) = self.step(record) else { return nil }
        return Int(result)
    }

    /// Expects the plugin to crash while `body` runs. A crash that nobody expects fails the test.
    ///
    /// - `message`: What the trap's message is, or a text that it contains.
    public func expectCrash(
        _ message: Match? = nil, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column,
        while body: () -> Void
    ) {
        let outside = self.mayCrash
        self.mayCrash = true
        body()
        self.expect("crash", message?.value ?? true, Place(file, line, column))
        self.mayCrash = outside
    }

    // MARK: The way to the host

    /// A name that nothing else in the test has.
    func name(_ path: String) -> String {
        var (name, number) = (path, 1)
        while self.opened.contains(where: { $0.utf8.elementsEqual(name.utf8) }) {
            number += 1
            name = "\(path) (\(number))"
        }
        self.opened.append(name)
        return name
    }

    func expect(_ key: String, _ value: MessagePackValue, _ place: Place) {
        var record = Record(place)
        record["expect"] = .map([MessagePackValue.Pair(key: .string(key), value: value)])
        _ = self.step(record)
    }

    /// Has a step done. Does not return when something is not as expected: the host ends the test then.
    func step(_ record: Record) -> MessagePackValue {
        var record = record
        if self.mayCrash { record["may_crash"] = true }
        return send(record)
    }
}

/// Sends a record to the host, and waits for what came of it.
@discardableResult
func send(_ record: Record) -> MessagePackValue {
    let bytes = record.value.encodedBytes()
    var block: UnsafeMutableRawPointer? = nil
    var count: UInt32 = 0
    let status = unsafe bytes.withUnsafeBytes {
        unsafe pulp_test_step($0.baseAddress, UInt32($0.count), &block, &count)
    }
    defer { unsafe pulp_free(block, count) }
    guard status == 0 else { preconditionFailure("the test's host has no room for the call or its answer") }
    let answer = unsafe UnsafeRawBufferPointer(start: block, count: Int(count)).bytes
    guard let value = try? MessagePackValue(exactly: answer, maxValues: .max) else {
        preconditionFailure("the test's host gave an answer that is none")
    }
    return value
}
