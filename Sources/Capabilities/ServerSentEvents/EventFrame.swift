import NIOCore
import PulpCapability
import PulpListener
import PulpWire

/// An event as it goes to clients, written once for all of them.
struct EventFrame: Sendable {
    /// As a client names it in `Last-Event-ID`; empty for none.
    let id: [UInt8]
    let part: StreamPart

    /// No header that a client could send back is longer.
    static let maximumNameBytes = 4_096

    /// Optional `id` and `event`, a `data` line for each line of the data, and an empty line.
    ///
    /// - Throws: ``CapabilityError`` when `id` or `event` would end its line, or the whole is larger than `limit` bytes.
    init(_ event: borrowing ServerSentEventView, limit: Int) throws(CapabilityError) {
        let (id, name, data) = (event.id, event.event, event.data)
        try Self.check(id, "id")
        try Self.check(name, "event")
        // Looked at before the lines are counted: a step is not to be spent on what is refused.
        guard data.byteCount <= limit else { throw Self.tooLarge(limit) }
        // A client would name replaced bytes, so that they are what is compared.
        let idText = [UInt8](String(repairing: id).utf8)
        let count =
            Self.lineBytes("id: ", idText.count) + Self.lineBytes("event: ", name.byteCount)
            + Self.dataBytes(data) + 1
        guard count <= limit else { throw Self.tooLarge(limit) }
        self.id = Self.trimmed(idText)
        self.part = StreamPart(byteCount: count) { buffer in
            if !idText.isEmpty { Self.write("id: ", idText.wireBytes, to: &buffer) }
            if !name.isEmpty { Self.write("event: ", name, to: &buffer) }
            Self.forEachLine(of: data) { Self.write("data: ", data.extracting($0), to: &buffer) }
            buffer.writeInteger(UInt8(ascii: "\n"))
        }
    }

    /// A comment, which clients ignore.
    static func comment(_ text: StaticString) -> StreamPart { Self.fixed("\(text)\n\n") }

    /// How long clients wait before they connect again.
    static func retry(_ milliseconds: Int) -> StreamPart { Self.fixed("retry: \(milliseconds)\n\n") }

    /// Tells a client that came back that events after the one it named are not there any more.
    static let missed = Self.fixed("event: pulp.missed\ndata: events are missing here\n\n")

    private static func fixed(_ text: String) -> StreamPart {
        StreamPart(byteCount: text.utf8.count) { $0.writeString(text) }
    }

    /// Without the white space around it that a header field would lose.
    static func trimmed(_ id: [UInt8]) -> [UInt8] {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        let end = id.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? 0
        return Array(id[..<end].drop(while: isSpace))
    }

    private static func check(_ text: RawSpan, _ key: StaticString) throws(CapabilityError) {
        guard text.byteCount <= Self.maximumNameBytes else {
            throw CapabilityError(.operationFailed, "`\(key)` is longer than \(Self.maximumNameBytes) bytes")
        }
        let bytes = Span<UInt8>(_bytes: text)
        for position in 0..<bytes.count where bytes[position] == 13 || bytes[position] == 10 || bytes[position] == 0 {
            throw CapabilityError(
                .operationFailed, "`\(key)` holds CR, LF or NUL, which would begin another field")
        }
    }

    private static func tooLarge(_ limit: Int) -> CapabilityError {
        CapabilityError(
            .operationFailed,
            "the event is larger than \(limit) bytes; [limits.transport.sse] event_bytes raises that")
    }

    // MARK: Lines

    private static func lineBytes(_ name: StaticString, _ count: Int) -> Int {
        count == 0 ? 0 : name.utf8CodeUnitCount + count + 1
    }

    private static func dataBytes(_ data: RawSpan) -> Int {
        var count = 0
        Self.forEachLine(of: data) { count += 7 + $0.count }
        return count
    }

    private static func write(_ name: StaticString, _ value: RawSpan, to buffer: inout ByteBuffer) {
        buffer.writeStaticString(name)
        buffer.writeBytes(value)
        buffer.writeInteger(UInt8(ascii: "\n"))
    }

    /// Lines end with CR, LF, or CR LF, as for the client's parser; what is empty is one empty line.
    private static func forEachLine(of data: RawSpan, _ body: (Range<Int>) -> Void) {
        let bytes = Span<UInt8>(_bytes: data)
        var start = 0
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 13 || byte == 10 else {
                position += 1
                continue
            }
            body(start..<position)
            position += byte == 13 && position + 1 < bytes.count && bytes[position + 1] == 10 ? 2 : 1
            start = position
        }
        body(start..<bytes.count)
    }
}
