import PulpWire
import Testing

/// What a view holds, copied out so that it can be compared.
private struct Seen: Equatable {
    var id: UInt64
    var status: UInt32
    var headers: [String]
    var cookies: [String]
    var body: [UInt8]

    init(_ message: [UInt8]) throws(WireError) {
        let view = try HTTPResponseView(reading: message.wireBytes)
        self.id = view.id
        self.status = view.status
        self.body = [UInt8](copying: view.body)
        self.headers = []
        self.cookies = []
        var headers = view.headers
        while headers.next() {
            self.headers.append(String(repairing: headers.name) + ": " + String(repairing: headers.value))
        }
        var cookies = view.cookies
        while cookies.next() { self.cookies.append(String(repairing: cookies.value)) }
    }
}

@Suite("An answer read in place")
struct ResponseViewTests {
    @Test("it holds what the record holds")
    func sameAsRecord() throws {
        let record = HTTPResponseRecord(
            id: 9, status: 404, headers: ["A": "1", "B": "2"], cookies: ["x=1", "y=2"], body: [1, 2, 3])
        let seen = try Seen(record.encodedBytes())
        #expect(seen.id == 9)
        #expect(seen.status == 404)
        #expect(seen.headers == ["A: 1", "B: 2"])
        #expect(seen.cookies == ["x=1", "y=2"])
        #expect(seen.body == [1, 2, 3])
    }

    @Test("the list stands for the map when a name repeats")
    func repeatedNames() throws {
        let record = HTTPResponseRecord(id: 9, headers: ["A": "1", "a": "2", "B": "3"])
        #expect(try Seen(record.encodedBytes()).headers == ["A: 1", "a: 2", "B: 3"])
    }

    @Test("what follows a pair's name and value is skipped")
    func longPair() throws {
        let message = bytes(hex: "81ab" + hex(utf8: "header_list") + "92 94a161a16291c0c2 92a163a164")
        #expect(try Seen(message).headers == ["a: b", "c: d"])
    }

    @Test("a pair without a value is an error with its place")
    func shortPair() throws {
        let message = bytes(hex: "81ab" + hex(utf8: "header_list") + "9191a161")
        #expect(throws: WireError(.typeMismatch, at: 14, expected: .pair)) { try Seen(message) }
        #expect(throws: WireError(.typeMismatch, at: 14, expected: .pair)) { try HTTPResponseRecord(decoding: message) }
    }

    @Test("every truncation is an error")
    func truncated() {
        let whole = HTTPResponseRecord(id: 1, headers: ["A": "1", "a": "2"], cookies: ["c"], body: [1]).encodedBytes()
        for count in 0..<whole.count {
            #expect(throws: WireError.self) { try Seen([UInt8](whole[..<count])) }
        }
    }

    @Test("a header that is no text is an error", arguments: ["81a161 01", "8101a161", "81a161 91c0", "01"])
    func wrongTypes(headers: String) {
        #expect(throws: WireError.self) { try Seen(bytes(hex: "81a7" + hex(utf8: "headers") + headers)) }
    }
}
