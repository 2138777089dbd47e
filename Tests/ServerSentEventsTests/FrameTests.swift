import PulpTestSupport
import Testing

@testable import PulpServerSentEvents

@Suite("The frame of an event")
struct FrameTests {
    private func frame(
        _ data: String, id: String = "", event: String = "", limit: Int = 1 << 20
    ) throws -> EventFrame {
        let bytes = ServerSentEventRecord(path: "/", id: id, event: event, data: data).encodedBytes()
        return try EventFrame(ServerSentEventView(reading: bytes.wireBytes), limit: limit)
    }

    private func text(_ data: String, id: String = "", event: String = "") throws -> String {
        String(buffer: try self.frame(data, id: id, event: event).part.bytes)
    }

    @Test(
        "data is a line for each of its lines, which end with CR, LF or CR LF",
        arguments: [
            ("", "data: \n\n"), ("a", "data: a\n\n"), ("a\nb", "data: a\ndata: b\n\n"),
            ("a\r\nb", "data: a\ndata: b\n\n"), ("a\rb", "data: a\ndata: b\n\n"),
            ("a\n", "data: a\ndata: \n\n"), ("\r\n\r\n", "data: \ndata: \ndata: \n\n"),
            ("\n\r", "data: \ndata: \ndata: \n\n"), ("a\r", "data: a\ndata: \n\n"), (" a", "data:  a\n\n"),
            ("\u{2028}", "data: \u{2028}\n\n"), ("ä€", "data: ä€\n\n"),
        ])
    func data(data: String, expected: String) throws {
        #expect(try self.text(data) == expected)
    }

    @Test("id and event come first, in this order, and only when they are given")
    func fields() throws {
        #expect(try self.text("d", id: "7", event: "e") == "id: 7\nevent: e\ndata: d\n\n")
        #expect(try self.text("d", event: "e") == "event: e\ndata: d\n\n")
        #expect(try self.text("d", id: "7") == "id: 7\ndata: d\n\n")
    }

    @Test(
        "ext-http formatSSEFrame: CR, LF and NUL in id or event are refused, so that nothing can be injected",
        arguments: ["\r", "\n", "\0", "a\r\ndata: x", "7\n\nid: 8", "\r\n", "a\0"])
    func injection(text: String) throws {
        for (id, event) in [(text, ""), ("", text)] {
            let error = #expect(throws: CapabilityError.self) { try self.frame("d", id: id, event: event) }
            #expect(error?.status == .operationFailed)
            #expect(error?.message.contains(id.isEmpty ? "`event`" : "`id`") == true)
            #expect(error?.message.contains("data: x") == false)
        }
    }

    @Test("data cannot begin a field of its own, whatever lines it has")
    func dataInjection() throws {
        let text = try self.text("x\nid: 9\r\revent: evil\n\nretry: 1\0")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.suffix(2) == ["", ""])
        #expect(lines.dropLast(2).allSatisfy { $0.hasPrefix("data: ") })
        #expect(lines.count == 8)
    }

    @Test("an event beyond the limit is refused, its lines counted, and the message names the key")
    func limit() throws {
        #expect(try self.frame(String(repeating: "x", count: 1_016), limit: 1_024).part.byteCount == 1_024)
        for data in [String(repeating: "x", count: 1_017), String(repeating: "\n", count: 1_000)] {
            let error = #expect(throws: CapabilityError.self) { try self.frame(data, limit: 1_024) }
            #expect(error?.message.contains("event_bytes") == true)
        }
        let error = #expect(throws: CapabilityError.self) {
            try self.frame("", id: String(repeating: "i", count: EventFrame.maximumNameBytes + 1))
        }
        #expect(error?.status == .operationFailed)
    }

    @Test("an id is compared as a client sends it back")
    func ids() throws {
        #expect(try self.frame("", id: " a b\t").id == Array("a b".utf8))
        #expect(try self.frame("", id: " ").id.isEmpty)
        // id is two bytes of which the second is no UTF-8.
        let bytes: [UInt8] = [0x81, 0xA2, 0x69, 0x64, 0xA2, 0x61, 0xFF]
        let frame = try EventFrame(ServerSentEventView(reading: bytes.wireBytes), limit: 1_024)
        #expect(String(buffer: frame.part.bytes) == "id: a\u{FFFD}\ndata: \n\n")
        #expect(frame.id == Array("a\u{FFFD}".utf8))
    }
}
