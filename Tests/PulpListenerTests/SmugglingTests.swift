import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import PulpListener

/// One line of the table: bytes that two parsers could read differently, and the status that ends them.
struct Smuggled: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let status: Int

    init(_ name: String, _ text: String, _ status: Int = 400) {
        self.name = name
        self.text = text
        self.status = status
    }

    var testDescription: String { self.name }

    static let post = "POST / HTTP/1.1\r\nHost: h\r\n"
    static let next = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"

    static let table: [Smuggled] = [
        .init("CL and TE", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next),
        .init("TE and CL", post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" + next),
        .init("two lengths", post + "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabc" + next),
        .init("one length twice", post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc" + next),
        .init("length list", post + "Content-Length: 3, 3\r\n\r\nabc" + next),
        .init("signed length", post + "Content-Length: +3\r\n\r\nabc" + next),
        .init("negative length", post + "Content-Length: -3\r\n\r\nabc" + next),
        .init("hex length", post + "Content-Length: 0x3\r\n\r\nabc" + next),
        .init("empty length", post + "Content-Length:\r\n\r\nabc" + next),
        .init("length with a space in it", post + "Content-Length: 1 0\r\n\r\nabc" + next),
        .init("length that overflows", post + "Content-Length: 18446744073709551619\r\n\r\nabc" + next),
        .init("TE twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next),
        .init("TE chunked twice", post + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" + next, 501),
        .init("TE identity", post + "Transfer-Encoding: identity\r\n\r\n" + next, 501),
        .init("TE gzip, chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" + next, 501),
        .init("TE xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + next, 501),
        .init("TE with a vertical tab", post + "Transfer-Encoding: \u{B}chunked\r\n\r\n0\r\n\r\n" + next),
        .init("TE quoted", post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" + next, 501),
        .init("TE empty", post + "Transfer-Encoding:\r\n\r\n0\r\n\r\n" + next, 501),
        .init("TE on 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next),
        .init("space before the colon", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + next),
        .init("tab before the colon", post + "Content-Length\t: 3\r\n\r\nabc" + next),
        .init("folded line", post + "X: a\r\n Content-Length: 3\r\n\r\nabc" + next),
        .init("folded with tab", post + "X: a\r\n\tb\r\n\r\n" + next),
        .init("first line folded", "GET / HTTP/1.1\r\n Host: h\r\n\r\n" + next),
        .init("no colon", post + "Broken\r\n\r\n" + next),
        .init("empty name", post + ": x\r\n\r\n" + next),
        .init("name with a byte that is no token", post + "Bad(Name: x\r\n\r\n" + next),
        .init("NUL in a value", post + "X: a\u{0}b\r\n\r\n" + next),
        .init("NUL in a name", post + "X\u{0}: a\r\n\r\n" + next),
        .init("bare CR in a value", post + "X: a\rContent-Length: 3\r\n\r\nabc" + next),
        .init("bare LF ends a line", "GET / HTTP/1.1\nHost: h\r\n\r\n" + next),
        .init("bare LF ends a field", post + "X: a\nContent-Length: 3\r\n\r\nabc" + next),
        .init("bare LF ends the head", "GET / HTTP/1.1\r\nHost: h\r\n\n" + next),
        .init("missing Host", "GET / HTTP/1.1\r\n\r\n" + next),
        .init("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + next),
        .init("the same Host twice", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n" + next),
        .init("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n" + next),
        .init("Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n" + next),
        .init("Host with a space", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n" + next),
        .init("two spaces after the method", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("tab after the method", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("space after the version", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n" + next),
        .init("space before the method", " GET / HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("two empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("no version", "GET /\r\nHost: h\r\n\r\n" + next),
        .init("lower-case version", "GET / http/1.1\r\nHost: h\r\n\r\n" + next),
        .init("version 1.10", "GET / HTTP/1.10\r\nHost: h\r\n\r\n" + next),
        .init("version 2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n" + next, 505),
        .init("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        .init("version 0.9", "GET / HTTP/0.9\r\nHost: h\r\n\r\n" + next, 505),
        .init("method with a colon", "GE:T / HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("method of 40 bytes", String(repeating: "M", count: 40) + " / HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n" + next, 501),
        .init("target without a slash", "GET foo HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("target of another scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("target with a user", "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("asterisk for GET", "GET * HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("bad escape", "GET /a%2 HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("escape that is not hex", "GET /a%zz HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("escaped NUL", "GET /a%00 HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("escapes that are no UTF-8", "GET /a%ff HTTP/1.1\r\nHost: h\r\n\r\n" + next),
        .init("another expectation", post + "Expect: 200-maybe\r\nContent-Length: 3\r\n\r\nabc" + next, 417),
        .init("chunk size with 0x", chunked("0x3\r\nabc\r\n0\r\n\r\n")),
        .init("chunk size with a sign", chunked("+3\r\nabc\r\n0\r\n\r\n")),
        .init("chunk size with a space", chunked("3 \r\nabc\r\n0\r\n\r\n")),
        .init("empty chunk size", chunked("\r\nabc\r\n0\r\n\r\n")),
        .init("chunk size that overflows", chunked("ffffffffffffffff1\r\nabc\r\n0\r\n\r\n")),
        .init("chunk size ends in LF", chunked("3\nabc\r\n0\r\n\r\n")),
        .init("chunk longer than said", chunked("3\r\nabcd\r\n0\r\n\r\n")),
        .init("chunk data ends in LF", chunked("3\r\nabc\n0\r\n\r\n")),
        .init("LF in a chunk extension", chunked("3;a\nb\r\nabc\r\n0\r\n\r\n")),
        .init("NUL in a chunk extension", chunked("3;a\u{0}b\r\nabc\r\n0\r\n\r\n")),
        .init("trailer without a colon", chunked("0\r\nX\r\n\r\n")),
        .init("folded trailer", chunked("0\r\nX: a\r\n b\r\n\r\n")),
        .init("trailers end in LF", chunked("0\r\n\n")),
        .init("endless chunk extension", chunked("3;" + String(repeating: "a", count: 20_000))),
    ]

    private static func chunked(_ body: String) -> String {
        post + "Transfer-Encoding: chunked\r\n\r\n" + body + next
    }
}

@Suite struct SmugglingTests {
    @Test("a request that could be read in two ways is refused and ends the connection", arguments: Smuggled.table)
    func refused(_ line: Smuggled) throws {
        let owner = ClosureOwner()
        let connection = try EmbeddedConnection(owner)
        let answer = try connection.send(line.text)
        #expect(answer.hasPrefix("HTTP/1.1 \(line.status) "))
        #expect(answer.contains("Connection: close\r\n"))
        #expect(answer.components("\r\nDate: ") == 1, "exactly one answer")
        #expect(owner.servedCount == 0)
        #expect(try connection.send(Smuggled.next).isEmpty, "nothing after it is a request")
        try connection.finish()
    }

    @Test("the refusal is the same byte by byte", arguments: Smuggled.table)
    func refusedInPieces(_ line: Smuggled) throws {
        let owner = ClosureOwner()
        let connection = try EmbeddedConnection(owner)
        var answer = ""
        for byte in line.text.utf8 {
            try connection.channel.writeInbound(ByteBuffer(bytes: [byte]))
            answer += try connection.received()
        }
        #expect(answer.hasPrefix("HTTP/1.1 \(line.status) "))
        #expect(owner.servedCount == 0)
        try connection.finish()
    }

    /// Requests in forms that are unusual and allowed.
    static let unusual: [(String, String, String)] = [
        ("plain", "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", ""),
        ("one empty line first", "\r\nGET /a HTTP/1.1\r\nHost: h\r\n\r\n", ""),
        ("empty Host", "GET /a HTTP/1.1\r\nHost:\r\n\r\n", ""),
        ("no Host on 1.0", "GET /a HTTP/1.0\r\n\r\n", ""),
        ("no space after the colon", "GET /a HTTP/1.1\r\nHost:h\r\nX:y\r\n\r\n", ""),
        ("absolute form", "GET http://other:80/a HTTP/1.1\r\nHost: h\r\n\r\n", ""),
        ("length", "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", "abc"),
        ("length with zeros", "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 003\r\n\r\nabc", "abc"),
        (
            "chunks",
            "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
            "abc"
        ),
        (
            "trailers",
            "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n00A\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
            "0123456789"
        ),
    ]

    @Test("an unusual and valid request is served, and NIO's parser reads the same", arguments: Self.unusual)
    func accepted(name: String, text: String, body: String) throws {
        let owner = ClosureOwner()
        let connection = try EmbeddedConnection(owner)
        let answer = try connection.send(text)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.hasSuffix("\r\n\r\n" + body))
        try connection.finish()
        #expect(try Self.referenceBody(text) == body)
    }

    /// The body that NIO's own parser, llhttp, finds in one request.
    private static func referenceBody(_ text: String) throws -> String {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(HTTPRequestDecoder()))
        try channel.writeInbound(ByteBuffer(string: text))
        var body = ""
        while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
            if case .body(let bytes) = part { body += String(buffer: bytes) }
        }
        _ = try channel.finish(acceptAlreadyClosed: true)
        return body
    }

    @Test("no mutation of a request crashes the parser or is read longer than it is")
    func mutations() throws {
        var random = SplitMix(state: 42)
        let seeds = Smuggled.table.map(\.text) + Self.unusual.map(\.1)
        for round in 0..<20_000 {
            var bytes = Array(seeds[round % seeds.count].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: place)
                }
            }
            self.checkWhole(bytes)
        }
    }

    /// A head is read the same whole and in two pieces.
    private func checkWhole(_ bytes: [UInt8]) {
        var whole = HTTPHeadParser(limits: .init())
        var pieces = HTTPHeadParser(limits: .init())
        let half = Array(bytes.prefix(bytes.count / 2))
        var first = pieces.parse(half.span)
        if case .needsMore = first { first = pieces.parse(bytes.span) }
        switch (whole.parse(bytes.span), first) {
        case (.needsMore, .needsMore): break
        case (.complete(_, let one), .complete(_, let other)):
            #expect(one == other)
            #expect(one <= bytes.count)
        case (.malformed(let one), .malformed(let other)): #expect(one == other)
        default: Issue.record("read differently whole and in pieces")
        }
    }
}

/// A seeded generator: the mutations are the same on each run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var word = self.state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

extension String {
    /// How often `part` is in it.
    func components(_ part: String) -> Int { self.ranges(of: part).count }
}
