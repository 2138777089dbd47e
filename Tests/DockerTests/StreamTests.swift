import NIOCore
import PulpTesting
import PulpWire
import Testing

@testable import PulpDocker

@Suite("What containers write")
struct StreamTests {
    private static func frame(_ stream: UInt8, _ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return [stream, 0, 0, 0] + [0, 0, 0, UInt8(bytes.count)] + bytes
    }

    @Test("frames come out the same however they were cut")
    func cuts() throws {
        let bytes = Self.frame(1, "out") + Self.frame(2, "") + Self.frame(2, "error") + Self.frame(1, "more")
        for size in 1...bytes.count {
            var frames = StreamFrames()
            var texts: [StreamFrames.Stream: String] = [:]
            var starts = 0
            for start in stride(from: 0, to: bytes.count, by: size) {
                frames.append(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
                while let piece = try frames.next() {
                    texts[piece.stream, default: ""] += String(buffer: piece.bytes)
                    starts += piece.isStart ? 1 : 0
                }
            }
            #expect(frames.isComplete)
            #expect(texts == [.stdout: "outmore", .stderr: "error"])
            #expect(starts == 3)
        }
    }

    @Test("a log's moments are taken off, what looks like one is not, and old lines are left out")
    func logs() throws {
        let early = "2026-11-26T16:00:00.000000001Z", late = "2026-11-26T16:00:01Z"
        let bytes =
            Self.frame(1, "\(early) one\n") + Self.frame(2, "not a moment\n") + Self.frame(1, "\(late) two \(early)\n")
            + Self.frame(1, "\(late) ") + Self.frame(1, "short")
        for size in [1, 7, 1_000] {
            var reader = LogReader(limit: 1_000, after: 0, hasFrames: true)
            var newer = LogReader(limit: 1_000, after: Timestamp.nanoseconds(early) ?? 0, hasFrames: true)
            for start in stride(from: 0, to: bytes.count, by: size) {
                let part = ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])
                try reader.append(part)
                try newer.append(part)
            }
            let (all, new) = (try reader.finish(), try newer.finish())
            #expect(String(decoding: all.logs, as: UTF8.self) == "one\nnot a moment\ntwo \(early)\nshort")
            #expect(all.nextNanos == Timestamp.nanoseconds(late))
            #expect(String(decoding: new.logs, as: UTF8.self) == "not a moment\ntwo \(early)\nshort")
        }
    }

    @Test("a terminal's log has no frames")
    func terminal() throws {
        var reader = LogReader(limit: 1_000, after: 0, hasFrames: false)
        let moment = "2026-11-26T16:00:00.5Z"
        for part in ["\(moment) a\r\n\(moment)", " b", "\n"] { try reader.append(ByteBuffer(string: part)) }
        let read = try reader.finish()
        #expect(String(decoding: read.logs, as: UTF8.self) == "a\r\nb\n")
    }

    @Test("of too much the front or the end is kept, and that is said")
    func bounds() {
        var front = BoundedBytes(limit: 10, keeps: .front)
        var back = BoundedBytes(limit: 10, keeps: .back)
        for number in 0..<100 {
            front.append(ByteBuffer(bytes: [UInt8(number)]))
            back.append(ByteBuffer(bytes: [UInt8(number)]))
        }
        #expect(front.bytes == Array(0..<10) && front.isCut)
        #expect(back.bytes == Array(90..<100) && back.isCut)
        back.append(ByteBuffer(bytes: Array(0..<200)))
        #expect(back.bytes == Array(190..<200))
        var exact = BoundedBytes(limit: 10, keeps: .back)
        exact.append(ByteBuffer(bytes: Array(0..<10)))
        #expect(exact.bytes == Array(0..<10) && !exact.isCut)
    }

    @Test("moments are read to the nanosecond, and nothing else is one")
    func timestamps() {
        #expect(Timestamp.nanoseconds("1970-01-01T00:00:00Z") == 0)
        #expect(Timestamp.nanoseconds("1970-01-01T00:00:00.000000001Z") == 1)
        #expect(Timestamp.nanoseconds("2000-02-29T12:00:00.5Z") == 951_825_600_500_000_000)
        #expect(Timestamp.nanoseconds("2026-11-26T16:00:00.123456789Z") == 1_795_708_800_123_456_789)
        for text in [
            "", "Z", "2026-11-26 16:00:00Z", "2026-11-26T16:00:00", "2026-13-26T16:00:00Z", "2026-11-26T24:00:00Z",
            "2026-11-26T16:00:00.Z", "2026-11-26T16:00:00.1234567891Z", "9999-11-26T16:00:00Z", "2026-11-2éT16:00:00Z",
            "2026-11-26T16:00:00+01:00",
        ] {
            #expect(Timestamp.nanoseconds(text) == nil, "\(text)")
        }
        #expect(Timestamp.query(1_000_000_001) == "1.000000001")
        #expect(Timestamp.query(-5) == "0.000000000")
        #expect(Timestamp.query(.max) == "9223372036.854775807")
    }

    @Test("lines come out the same however they were cut, and one that is too long is an error")
    func lines() throws {
        var lines = Lines(longest: 10)
        var found: [String] = []
        for byte in "a\n\nbcd\r\nef".utf8 {
            lines.append(ByteBuffer(bytes: [byte]))
            while let line = try lines.next() { found.append(String(buffer: line)) }
        }
        #expect(found == ["a", "", "bcd\r"])
        #expect(String(buffer: lines.rest) == "ef")
        lines.append(ByteBuffer(string: "0123456789"))
        #expect(throws: EngineFault.self) { try lines.next() }
    }
}
