import PulpCapability
import PulpTesting
import PulpWire
import Testing

@testable import PulpWASI

@Suite struct LogTextTests {
    @Test("ordinary text is as it was, whatever its script")
    func ordinary() {
        for text in ["", "plain", "tab\tbed", "日本語 🎉 é", "שלום"] {
            #expect(LogText.printable(text, limit: 100) == text)
            #expect(LogText.printable(Array(text.utf8).wireBytes, limit: 100) == text)
        }
    }

    @Test("no control character survives, of whatever kind")
    func controls() {
        let hostile: [ClosedRange<UInt32>] = [
            0x00...0x08, 0x0a...0x1f, 0x7f...0x9f, 0x61c...0x61c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069,
        ]
        for scalar in hostile.joined().compactMap(Unicode.Scalar.init) {
            let text = LogText.printable("a\(scalar)b", limit: 100)
            #expect(!text.unicodeScalars.contains(scalar))
            #expect(text.hasPrefix("a\\") && text.hasSuffix("b"))
        }
    }

    @Test("text is cut at the limit, between scalars, and marked")
    func cut() {
        #expect(LogText.printable("abcdef", limit: 6) == "abcdef")
        #expect(LogText.printable("abcdefg", limit: 6) == "abcdef" + LogText.cutMark)
        #expect(LogText.printable("ééé", limit: 5) == "éé" + LogText.cutMark)
        #expect(LogText.printable(Array("🎉🎉🎉".utf8).wireBytes, limit: 9) == "🎉🎉" + LogText.cutMark)
        #expect(LogText.printable("\n\n\n", limit: 5) == "\\n\\n" + LogText.cutMark)
        #expect(LogText.printable("abc", limit: 6, isCut: true) == "abc" + LogText.cutMark)
        #expect(LogText.printable("", limit: 0) == "")
    }

    @Test("random bytes are always one clean line within the limit")
    func randomBytes() {
        var random = SeededRandom(seed: 11)
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let text = LogText.printable(bytes.wireBytes, limit: 200)
            #expect(text.utf8.count <= 200 + LogText.cutMark.utf8.count)
            #expect(text.unicodeScalars.allSatisfy { $0 == "\t" || ($0.value >= 0x20 && !(0x7f...0x9f ~= $0.value)) })
        }
    }

    @Test("lines do not depend on how the stream was cut into writes")
    func chunks() {
        var random = SeededRandom(seed: 5)
        let text = Array("first\nsecond\r\n\n\rthird \r\r\n".utf8) + [0x61] + Array("\nend".utf8)
        for _ in 0..<200 {
            var buffer = LineBuffer()
            var lines: [String] = []
            let emit: (RawSpan, Bool) -> Void = { bytes, _ in lines.append(String(repairing: bytes)) }
            var rest = text[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...7, using: &random)
                buffer.append(Array(rest.prefix(count)).wireBytes, emit)
                rest = rest.dropFirst(count)
            }
            #expect(lines == ["first", "second", "", "\rthird \r", "a"])
            buffer.flush(emit)
            #expect(lines.last == "end")
        }
    }
}
