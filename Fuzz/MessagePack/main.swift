/// The fuzzer's entry: every input is read in every way, and what reads must be written back the same.
///
/// Compiled together with the sources of `PulpWire`, as one module, so that the whole reader is instrumented.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzMessagePack(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    checkValue(input)
    checkRecord(EntropyRequest.self, input)
    checkRecord(EntropyResponse.self, input)
    checkRecord(HTTPListenRequest.self, input)
    checkRecord(HTTPRegisterRequest.self, input)
    checkRecord(HTTPRequestRecord.self, input)
    checkRecord(HTTPResponseRecord.self, input)
    checkRecord(LogRecord.self, input)
    checkEnvelope(input)
    checkViews(input)
    checkText(input)
    return 0
}

/// What reads as a value is written, reads again, and is written the same; its JSON text reads as the same value.
private func checkValue(_ input: [UInt8]) {
    guard let value = try? MessagePackValue(decoding: input) else { return }
    let written = value.encodedBytes()
    guard let again = try? MessagePackValue(exactly: written.wireBytes) else { fatalError("written, not read") }
    guard again.encodedBytes() == written else { fatalError("written differently the second time") }
    guard written.count <= 3 * input.count else { fatalError("longer than the repair of text explains") }
    // A value that is no number is not equal to itself, and its text forgets its bits.
    guard value == again else { return }
    do throws(DiagnosticJSONError) {
        let read = try DiagnosticJSON.value(of: DiagnosticJSON.text(of: value), maxDepth: 1000)
        guard read == value else { fatalError("the text reads as another value") }
    } catch {
        fatalError("the text does not read: \(error)")
    }
}

/// Repair of text aside, a record survives being written and read.
private func checkRecord<Record: WireEncodable & WireDecodable & Equatable>(_ type: Record.Type, _ input: [UInt8]) {
    guard let record = try? Record(decoding: input) else { return }
    let written = record.encodedBytes()
    guard written.count == record.encodedByteCount else { fatalError("the sizes of two passes differ") }
    guard let again = try? Record(decoding: written) else { fatalError("written, not read") }
    guard again.encodedBytes() == written else { fatalError("written differently the second time") }
}

private func checkEnvelope(_ input: [UInt8]) {
    guard let envelope = try? StepEnvelope(reading: input.wireBytes) else { return }
    guard input.starts(with: envelope.encodedBytes()) else { fatalError("an envelope changed") }
}

private func checkViews(_ input: [UInt8]) {
    do throws(WireError) {
        var reader = MessagePackReader(input.wireBytes)
        let raw = try reader.readRawValue()
        guard raw.byteCount == reader.offset, raw.byteCount > 0 else { fatalError("skipped something else") }
        _ = try StepEventView(reading: input.wireBytes)
    } catch {
        guard 0...input.count ~= error.offset else { fatalError("an error outside the input") }
    }
    do throws(WireError) {
        let view = try HTTPResponseView(reading: input.wireBytes)
        var cursors = 0
        var headers = view.headers
        let announced = headers.count
        while headers.next() { cursors += 1 }
        guard cursors == announced else { fatalError("a field that was checked could not be read") }
        var cookies = view.cookies
        while cookies.next() {}
    } catch {
        guard 0...input.count ~= error.offset else { fatalError("an error outside the input") }
    }
}

/// The reader of JSON is total too.
private func checkText(_ input: [UInt8]) {
    guard let value = try? DiagnosticJSON.value(of: String(decoding: input, as: UTF8.self)) else { return }
    let text = DiagnosticJSON.text(of: value)
    guard let again = try? DiagnosticJSON.value(of: text, maxDepth: 1000) else { fatalError("text does not read") }
    guard DiagnosticJSON.text(of: again) == text else { fatalError("text is not stable") }
}
