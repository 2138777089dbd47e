/// An answer of the plugin.
struct TestAnswer: Hashable, Sendable {
    var status: Int
    var headers: [TestHeader] = []
    var body: [UInt8] = []

    func header(_ name: String) -> String? {
        let values = self.headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The head at the front of `bytes`, and how long it is; nil while it is not all there.
    static func head(_ bytes: [UInt8]) -> (answer: TestAnswer, count: Int)? {
        guard let end = Self.endOfHead(bytes) else { return nil }
        let text = String(decoding: bytes[..<end], as: UTF8.self)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: true)
        let words = lines.first?.split(separator: " ") ?? []
        var answer = TestAnswer(status: words.count > 1 ? Int(words[1]) ?? 0 : 0)
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            answer.headers.append(TestHeader(name: String(line[..<colon]), value: String(value)))
        }
        return (answer, end)
    }

    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 3..<bytes.count where bytes[index] == 0x0A {
            if bytes[index - 1] == 0x0D, bytes[index - 2] == 0x0A, bytes[index - 3] == 0x0D { return index + 1 }
        }
        return nil
    }

    var isChunked: Bool { self.header("Transfer-Encoding")?.lowercased() == "chunked" }
}

/// Reads one answer as its bytes come.
struct AnswerReader {
    private let method: String
    private var pending: [UInt8] = []
    private var chunks: ChunkReader?
    /// How long the body is; nil when its end is that of the connection, or of the chunks.
    private var length: Int?
    /// The head once it is there, with as much of the body as has come.
    private(set) var soFar: TestAnswer?
    private(set) var isWhole = false

    /// - Parameter method: The request's.
    init(to method: String) {
        self.method = method
    }

    /// - Parameter isLast: Nothing more will come.
    mutating func read(_ bytes: [UInt8], isLast: Bool) {
        guard !self.isWhole else { return }
        self.pending += bytes
        while self.soFar == nil, let (head, count) = TestAnswer.head(self.pending) {
            self.pending.removeFirst(count)
            // 100 and its like come before the answer.
            if head.status == 101 || !(100...199 ~= head.status) { self.begin(head) }
        }
        if self.soFar != nil, !self.isWhole { self.readBody(isLast: isLast) }
    }

    private mutating func begin(_ head: TestAnswer) {
        self.soFar = head
        self.isWhole = self.method == "HEAD" || [101, 204, 304].contains(head.status)
        if head.isChunked {
            self.chunks = ChunkReader()
        } else {
            self.length = head.header("Content-Length").flatMap(Int.init).map { max($0, 0) }
        }
    }

    private mutating func readBody(isLast: Bool) {
        if self.chunks != nil {
            self.soFar?.body += self.chunks?.read(self.pending) ?? []
            self.isWhole = self.chunks?.isAtEnd ?? false
        } else {
            let missing = self.length.map { $0 - (self.soFar?.body.count ?? 0) }
            self.soFar?.body += self.pending.prefix(missing ?? .max)
            self.isWhole = missing.map { $0 <= self.pending.count } ?? isLast
        }
        self.pending = []
    }
}

/// A body that comes in chunks.
struct ChunkReader {
    private var pending: [UInt8] = []
    private(set) var isAtEnd = false

    /// The bytes of the body in what has come; none after what is no chunk.
    mutating func read(_ bytes: [UInt8]) -> [UInt8] {
        self.pending += bytes
        var body: [UInt8] = []
        var start = 0
        while !self.isAtEnd, let lineEnd = self.pending[start...].firstIndex(of: 0x0A) {
            let digits = self.pending[start..<lineEnd].prefix { $0 != 0x0D && $0 != 0x3B }
            guard let count = Int(String(decoding: digits, as: UTF8.self), radix: 16),
                0...ClientConnection.mostBytes ~= count, self.pending.count >= lineEnd + 1 + count + 2
            else { break }
            body += self.pending[lineEnd + 1..<lineEnd + 1 + count]
            start = lineEnd + 1 + count + 2
            self.isAtEnd = count == 0
        }
        self.pending.removeFirst(start)
        return body
    }
}

/// One event of a stream.
struct TestEvent: Hashable, Sendable {
    var stream = ""
    var event = "message"
    var id: String?
    var data = ""

    var words: String {
        var parts = ["data = \(Shown.text(self.data))"]
        if self.event != "message" { parts.append("event = \(Shown.text(self.event))") }
        if let id { parts.append("id = \(Shown.text(id))") }
        return "{ \(parts.joined(separator: ", ")) } on \(Shown.text(self.stream))"
    }
}

/// Reads events as an `EventSource` does.
struct EventReader {
    private var line: [UInt8] = []
    private var data: [String] = []
    private var event = TestEvent()

    mutating func read(_ bytes: [UInt8]) -> [TestEvent] {
        var events: [TestEvent] = []
        for byte in bytes where byte != 0x0D {
            guard byte == 0x0A else {
                self.line.append(byte)
                continue
            }
            if let event = self.take(String(decoding: self.line, as: UTF8.self)) { events.append(event) }
            self.line = []
        }
        return events
    }

    private mutating func take(_ line: String) -> TestEvent? {
        guard !line.isEmpty else {
            defer { (self.data, self.event) = ([], TestEvent(id: self.event.id)) }
            guard !self.data.isEmpty else { return nil }
            self.event.data = self.data.joined(separator: "\n")
            return self.event
        }
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let value = parts.count > 1 ? String(parts[1].hasPrefix(" ") ? parts[1].dropFirst() : parts[1]) : ""
        switch parts[0] {
        case "data": self.data.append(value)
        case "event": self.event.event = value
        case "id": self.event.id = value
        default: break
        }
        return nil
    }
}
