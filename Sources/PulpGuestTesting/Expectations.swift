import PulpWire

// What a test compares itself. None of these returns when it does not hold: the host ends the test.

/// Expects a text.
public func expect(
    _ text: String, is expected: String, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
) {
    guard !text.utf8.elementsEqual(expected.utf8) else { return }
    fail(.string(expected), .string(text), Place(file, line, column))
}

/// Expects bytes.
public func expect(
    _ bytes: [UInt8], is expected: [UInt8], file: StaticString = #fileID, line: UInt32 = #line,
    column: UInt32 = #column
) {
    guard bytes != expected else { return }
    fail(.binary(expected), .binary(bytes), Place(file, line, column))
}

/// Expects a value, such as a number.
@_disfavoredOverload
public func expect<Value: Equatable & CustomStringConvertible>(
    _ value: Value, is expected: Value, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
) {
    guard value != expected else { return }
    fail(.array([.string(expected.description)]), .array([.string(value.description)]), Place(file, line, column))
}

/// Expects that something holds.
///
/// - `message`: What is wrong when it does not.
public func expect(
    _ condition: Bool, _ message: String = "what is expected does not hold", file: StaticString = #fileID,
    line: UInt32 = #line, column: UInt32 = #column
) {
    if !condition { fail(message, file: file, line: line, column: column) }
}

/// Takes the value out of an optional, and expects that there is one.
///
/// - `message`: What is wrong when there is none.
public func unwrap<Value>(
    _ value: Value?, _ message: String = "there is no value", file: StaticString = #fileID, line: UInt32 = #line,
    column: UInt32 = #column
) -> Value {
    if let value { return value }
    fail(message, file: file, line: line, column: column)
}

/// Ends the test as failed.
///
/// - `message`: What is wrong.
public func fail(
    _ message: String, file: StaticString = #fileID, line: UInt32 = #line, column: UInt32 = #column
) -> Never {
    end(["title": .string(message)], Place(file, line, column))
}

private func fail(_ expected: MessagePackValue, _ got: MessagePackValue, _ place: Place) -> Never {
    end(["expected": expected, "got": got], place)
}

private func end(_ mismatch: MessagePackValue, _ place: Place) -> Never {
    var record = Record(place)
    record["fail"] = mismatch
    send(record)
    preconditionFailure("a test that has failed goes on")
}
