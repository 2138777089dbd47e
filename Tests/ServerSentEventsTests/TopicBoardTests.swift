import NIOEmbedded
import PulpTestSupport
import Testing

@testable import PulpServerSentEvents

@Suite("What is kept for clients that come back")
struct TopicBoardTests {
    private let loop = ObjectIdentifier(EmbeddedEventLoop())

    private func board(
        replay: Int = 3, bytes: Int = 1 << 20, paths: Int = 10, subscribers: Int = 10, perPath: Int = 10
    ) -> TopicBoard {
        TopicBoard(
            .init(
                replay: replay, replayBytes: bytes, replayPaths: paths, subscribers: subscribers,
                subscribersPerPath: perPath))
    }

    private func frame(_ data: String, id: String = "") throws -> EventFrame {
        let bytes = ServerSentEventRecord(path: "/", id: id, data: data).encodedBytes()
        return try EventFrame(ServerSentEventView(reading: bytes.wireBytes), limit: 1 << 20)
    }

    private func data(_ joined: TopicBoard.Joined) -> [String] {
        joined.replay.map { part in
            let lines = String(buffer: part.bytes).split(separator: "\n")
            return String(lines.last?.dropFirst(6) ?? "")
        }
    }

    @Test("what came after the event that a client names is sent again, events without an id too")
    func after() throws {
        var board = self.board(replay: 5)
        let path = TopicPath("/p")
        for number in 1...4 {
            _ = board.publish(try self.frame("\(number)", id: number == 3 ? "" : "i\(number)"), at: path)
        }
        let joined = try board.join(path, on: self.loop, lastEventID: Array("i2".utf8))
        #expect(self.data(joined) == ["3", "4"])
        #expect(!joined.isMissing)
        #expect(self.data(try board.join(path, on: self.loop, lastEventID: Array("i4".utf8))).isEmpty)
        #expect(self.data(try board.join(path, on: self.loop, lastEventID: nil)).isEmpty)
    }

    @Test("a client whose event is older than what is kept gets all that is, and is told")
    func older() throws {
        var board = self.board(replay: 3)
        let path = TopicPath("/p")
        for number in 1...5 { _ = board.publish(try self.frame("\(number)", id: "\(number)"), at: path) }
        let old = try board.join(path, on: self.loop, lastEventID: Array("2".utf8))
        #expect(self.data(old) == ["3", "4", "5"])
        // Nothing between 2 and 3 is missing, but nobody can tell 2 from an id that never was.
        #expect(old.isMissing)
        #expect(try board.join(TopicPath("/other"), on: self.loop, lastEventID: [0x31]).isMissing)
    }

    @Test("an id that comes twice means the later one")
    func twice() throws {
        var board = self.board(replay: 5)
        let path = TopicPath("/p")
        for data in ["1", "2", "3"] { _ = board.publish(try self.frame(data, id: data == "3" ? "b" : "a"), at: path) }
        #expect(self.data(try board.join(path, on: self.loop, lastEventID: [0x61])) == ["3"])
    }

    @Test("nothing is kept with replay = 0, and nothing is said to be missing")
    func none() throws {
        var board = self.board(replay: 0)
        #expect(board.publish(try self.frame("1", id: "1"), at: TopicPath("/p")).loops.isEmpty)
        #expect(board.topics.isEmpty)
        #expect(try !board.join(TopicPath("/p"), on: self.loop, lastEventID: [0x30]).isMissing)
    }

    @Test("bytes and paths are bounded: the path that was silent longest goes first, one that is listened to stays")
    func bounds() throws {
        var board = self.board(replay: 100, bytes: 4_096, paths: 3)
        _ = try board.join(TopicPath("/0"), on: self.loop, lastEventID: nil)
        for number in 0..<5 { _ = board.publish(try self.frame("x", id: "1"), at: TopicPath("/\(number)")) }
        #expect(board.keptPaths == 3)
        #expect(Set(board.topics.keys.map(\.text)) == ["/0", "/2", "/3", "/4"])
        #expect(board.listenerCount(at: TopicPath("/0")) == 1)
        let large = try self.frame(String(repeating: "x", count: 3_500), id: "2")
        _ = board.publish(large, at: TopicPath("/2"))
        #expect(board.keptBytes <= 4_096)
        #expect(board.topics[TopicPath("/2")]?.kept.last?.id == [0x32])
        let tooLarge = try self.frame(String(repeating: "x", count: 5_000), id: "3")
        _ = board.publish(tooLarge, at: TopicPath("/9"))
        #expect(board.topics[TopicPath("/9")] == nil)
        #expect(board.keptBytes <= 4_096)
    }

    @Test("counts hold over many joins, leaves and events")
    func model() throws {
        var board = self.board(replay: 4, bytes: 2_000, paths: 4, subscribers: 1_000, perPath: 1_000)
        var random = SeededRandom(seed: 7)
        var model: [String: Int] = [:]
        for step in 0..<5_000 {
            let name = "/\(Int.random(in: 0..<12, using: &random))"
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                _ = try board.join(TopicPath(name), on: self.loop, lastEventID: step % 2 == 0 ? [0x31] : nil)
                model[name, default: 0] += 1
            case 1 where model[name, default: 0] > 0:
                board.leave(TopicPath(name), on: self.loop)
                board.release()
                model[name, default: 0] -= 1
            default: _ = board.publish(try self.frame("\(step)", id: "\(step % 9)"), at: TopicPath(name))
            }
            #expect(board.keptBytes == board.topics.values.reduce(0) { $0 + $1.keptBytes })
            #expect(board.keptPaths == board.topics.values.count { !$0.kept.isEmpty })
            #expect(board.keptBytes <= 2_000 && board.keptPaths <= 4)
        }
        for (name, count) in model { #expect(board.listenerCount(at: TopicPath(name)) == count) }
        #expect(board.subscriberCount == model.values.reduce(0, +))
    }

    @Test("subscribers are bounded, of the plugin and of a path")
    func full() throws {
        var board = self.board(subscribers: 3, perPath: 2)
        let (one, two) = (TopicPath("/1"), TopicPath("/2"))
        for _ in 0..<2 { _ = try board.join(one, on: self.loop, lastEventID: nil) }
        #expect(throws: TopicBoard.Full.path) { try board.join(one, on: self.loop, lastEventID: nil) }
        _ = try board.join(two, on: self.loop, lastEventID: nil)
        #expect(throws: TopicBoard.Full.plugin) { try board.join(two, on: self.loop, lastEventID: nil) }
        board.leave(one, on: self.loop)
        #expect(throws: TopicBoard.Full.plugin) { try board.join(two, on: self.loop, lastEventID: nil) }
        board.release()
        _ = try board.join(two, on: self.loop, lastEventID: nil)
    }

    @Test("two spellings of one letter in Unicode are two paths, as for routes")
    func spelling() {
        #expect(TopicPath("/\u{E9}") != TopicPath("/e\u{301}"))
    }
}
