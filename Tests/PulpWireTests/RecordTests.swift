import PulpWire
import Testing

/// The hexadecimal of a short string: its header and its text.
private func str(_ text: String) -> String {
    hex([0xa0 | UInt8(text.utf8.count)]) + hex(utf8: text)
}

/// Checks both directions: what is written to the byte, and what is read from it.
private func expect<Record: WireEncodable & WireDecodable & Equatable>(
    _ record: Record,
    is golden: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let message = bytes(hex: golden)
    #expect(hex(record.encodedBytes()) == hex(message), sourceLocation: sourceLocation)
    #expect(record.encodedByteCount == message.count, sourceLocation: sourceLocation)
    #expect(try Record(decoding: message) == record, sourceLocation: sourceLocation)
    #expect(try Record(decoding: message + [0xc1, 0xff]) == record, "with trailing bytes")
    #expect(throws: WireError.self, sourceLocation: sourceLocation) { try Record(decoding: []) }
    for count in 0..<message.count {
        #expect(throws: WireError.self, "cut at \(count)", sourceLocation: sourceLocation) {
            try Record(decoding: [UInt8](message[..<count]))
        }
    }
}

@Suite("Records to the byte")
struct RecordTests {
    @Test("entropy asks for n as four bytes and answers bin")
    func entropy() throws {
        try expect(EntropyRequest(count: 32), is: "81" + str("n") + "ce00000020")
        try expect(EntropyResponse(bytes: [1, 2]), is: "81" + str("bytes") + "c4020102")
    }

    @Test("listening and registering are maps of strings")
    func routes() throws {
        try expect(HTTPListenRequest(addr: ":0"), is: "81" + str("addr") + str(":0"))
        try expect(
            HTTPRegisterRequest(method: "GET", path: "/a/:b"),
            is: "82" + str("method") + str("GET") + str("path") + str("/a/:b"))
    }

    @Test("a request without extras has the reference's seven keys in its order")
    func plainRequest() throws {
        try expect(
            HTTPRequestRecord(id: 1, method: "GET", path: "/"),
            is: "87" + str("id") + "cf0000000000000001" + str("method") + str("GET") + str("path") + str("/")
                + str("params") + "80" + str("query") + "80" + str("headers") + "80" + str("body") + "c400")
    }

    @Test("a request's extras follow the reference's keys, lists only where a name repeats")
    func fullRequest() throws {
        let request = HTTPRequestRecord(
            id: .max, method: "POST", path: "/p", params: ["name": "x"], query: ["a": "1", "b": "2", "a": "3"],
            headers: ["Accept": "x", "accept": "y", "B": "z"], body: [0xff], remoteAddr: "1.2.3.4:5", host: "h")
        let start =
            "8b" + str("id") + "cfffffffffffffffff" + str("method") + str("POST") + str("path") + str("/p")
            + str("params") + "81" + str("name") + str("x")
        let maps =
            str("query") + "82" + str("a") + str("1") + str("b") + str("2")
            + str("headers") + "82" + str("Accept") + str("x") + str("B") + str("z") + str("body") + "c401ff"
        let ours =
            str("remote_addr") + str("1.2.3.4:5") + str("host") + str("h")
            + str("header_list") + "93 92" + str("Accept") + str("x") + "92" + str("accept") + str("y") + "92"
            + str("B") + str("z") + str("query_list") + "93 92" + str("a") + str("1") + "92" + str("b") + str("2")
            + "92" + str("a") + str("3")
        try expect(request, is: start + maps + ours)
    }

    @Test("a host that writes a request from its own types starts it the same way")
    func requestStart() {
        let optional: HTTPRequestRecord.OptionalKeys = [.remoteAddr, .queryList]
        let written = MessagePackWriter.encode { HTTPRequestRecord.writeStart(id: 5, optional: optional, into: &$0) }
        #expect(hex(written) == "89" + str("id") + "cf0000000000000005")
    }

    @Test("an answer leaves out cookies and the list when they say nothing")
    func response() throws {
        try expect(
            HTTPResponseRecord(id: 2, status: 201, headers: ["A": "b"], body: [7]),
            is: "84" + str("id") + "cf0000000000000002" + str("status") + "ce000000c9" + str("headers") + "81"
                + str("A") + str("b") + str("body") + "c40107")
        try expect(
            HTTPResponseRecord(id: 2, status: 0, headers: ["A": "b", "a": "c"], cookies: ["x=1", "y=2"]),
            is: "86" + str("id") + "cf0000000000000002" + str("status") + "ce00000000" + str("headers") + "81"
                + str("A") + str("b") + str("cookies") + "92" + str("x=1") + str("y=2") + str("body") + "c400"
                + str("header_list") + "92 92" + str("A") + str("b") + "92" + str("a") + str("c"))
    }

    @Test("a log line leaves out fields when there are none")
    func log() throws {
        try expect(
            LogRecord(level: .notice, message: "m"), is: "82" + str("level") + "cc03" + str("message") + str("m"))
        try expect(
            LogRecord(level: .trace, message: "", fields: ["k": "v"]),
            is: "83" + str("level") + "cc00" + str("message") + str("") + str("fields") + "81" + str("k") + str("v"))
    }
}

@Suite("Records are read leniently")
struct LenientRecordTests {
    @Test("an empty map and nil read as zero values", arguments: ["80", "c0"])
    func zeroes(golden: String) throws {
        let message = bytes(hex: golden)
        #expect(try EntropyRequest(decoding: message).count == 0)
        #expect(try EntropyResponse(decoding: message).bytes.isEmpty)
        #expect(try HTTPListenRequest(decoding: message).addr.isEmpty)
        #expect(try HTTPRegisterRequest(decoding: message) == HTTPRegisterRequest(method: "", path: ""))
        #expect(try HTTPRequestRecord(decoding: message) == HTTPRequestRecord(id: 0, method: "", path: ""))
        #expect(try HTTPResponseRecord(decoding: message) == HTTPResponseRecord(id: 0, status: 0))
        #expect(try LogRecord(decoding: message) == LogRecord(level: .info, message: ""))
    }

    @Test("nil fields read as zero values")
    func nilFields() throws {
        let keys = ["id", "status", "headers", "cookies", "body", "header_list"]
        let message = bytes(hex: "86" + keys.map { str($0) + "c0" }.joined())
        #expect(try HTTPResponseRecord(decoding: message) == HTTPResponseRecord(id: 0, status: 0))
        let view = try HTTPResponseView(reading: message.wireBytes)
        let counts = (view.headers.count, view.cookies.count, view.body.byteCount)
        #expect(counts == (0, 0, 0))
    }

    @Test(
        "any integer width and sign that fits is taken",
        arguments: [
            "07", "cc07", "cd0007", "d007", "d10007",
            "d200000007", "d30000000000000007", "cf0000000000000007",
        ])
    func widths(number: String) throws {
        #expect(try EntropyRequest(decoding: bytes(hex: "81a16e" + number)).count == 7)
    }

    @Test(
        "an integer that does not fit is out of range",
        arguments: [
            "ff", "d0ff", "cf0000000100000000",
            "d30000000100000000",
        ])
    func outOfRange(number: String) {
        let message = bytes(hex: "81a16e" + number)
        #expect(throws: WireError(.outOfRange, at: 3, expected: .integer, found: message[3])) {
            try EntropyRequest(decoding: message)
        }
    }

    @Test("a float is no integer, even an integral one")
    func floatIsNoInteger() {
        #expect(throws: WireError(.typeMismatch, at: 3, expected: .integer, found: 0xca)) {
            try EntropyRequest(decoding: bytes(hex: "81a16eca40e00000"))
        }
    }

    @Test("unknown keys are skipped with all that they hold")
    func unknownKeys() throws {
        let message = bytes(
            hex: "83" + str("x") + "93 81a161c0 c403010203 d6ff00000000" + str("n") + "05" + str("y") + "a0")
        #expect(try EntropyRequest(decoding: message).count == 5)
    }

    @Test("the last of a key that repeats is taken")
    func duplicates() throws {
        #expect(try EntropyRequest(decoding: bytes(hex: "82a16e01a16e02")).count == 2)
        let headers = bytes(
            hex: "81" + str("headers") + "83" + str("a") + str("1") + str("b") + str("2") + str("a") + str("3"))
        #expect(try HTTPResponseRecord(decoding: headers).headers == ["b": "2", "a": "3"])
    }

    @Test("text that is not UTF-8 is repaired, bytes are kept")
    func repair() throws {
        #expect(try HTTPListenRequest(decoding: bytes(hex: "81" + str("addr") + "a261ff")).addr == "a\u{fffd}")
        #expect(try EntropyResponse(decoding: bytes(hex: "81" + str("bytes") + "a261ff")).bytes == [0x61, 0xff])
    }

    @Test("a log level is a number or a name", arguments: LogLevel.allCases)
    func levels(level: LogLevel) throws {
        let byNumber = bytes(hex: "81" + str("level") + hex([level.rawValue]))
        let byName = bytes(hex: "81" + str("level") + str(level.name.description))
        #expect(try LogRecord(decoding: byNumber).level == level)
        #expect(try LogRecord(decoding: byName).level == level)
    }

    @Test("a log level outside the set is out of range", arguments: ["07", "cdffff", "a3666f6f", "ff"])
    func unknownLevel(level: String) {
        #expect(throws: WireError.self) { try LogRecord(decoding: bytes(hex: "81" + str("level") + level)) }
    }

    @Test("log fields become text, and what is no scalar is named by its kind")
    func logFields() throws {
        let fields = "86 a161 2a a162 c3 a163 cb3ff8000000000000 a164 cfffffffffffffffff a165 9101 a166 c0"
        let record = try LogRecord(decoding: bytes(hex: "81" + str("fields") + fields))
        #expect(
            record.fields == [
                "a": "42", "b": "true", "c": "1.5", "d": "18446744073709551615", "e": "(array)", "f": "nil",
            ])
    }

    @Test("log fields beyond the limit are skipped, and the line is kept")
    func manyLogFields() throws {
        let fields = (0..<100).map { FieldList.Field(name: "f\($0)", value: "v") }
        let record = LogRecord(level: .info, message: "m", fields: FieldList(fields))
        let read = try LogRecord(decoding: record.encodedBytes())
        #expect(read.fields.count == LogRecord.maxFields)
        #expect(read.message == "m")
    }
}
