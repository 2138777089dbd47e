import PulpSandbox
import Testing

@Suite("Paths below a root")
struct SandboxPathTests {
    @Test(
        "are cleaned as text",
        arguments: [
            ("a", "a", 1), ("a/b", "a/b", 2), ("a//b/", "a/b", 2), ("./a/./b", "a/b", 2), ("a/../b", "b", 1),
            ("a/b/../../c", "c", 1), (".", ".", 0), ("a/..", ".", 0), ("./.", ".", 0), ("...", "...", 1),
            ("..a/b..", "..a/b..", 2), ("a\\b", "a\\b", 1), (" ", " ", 1), ("a/\n", "a/\n", 2),
        ])
    func clean(text: String, expected: String, depth: Int) throws {
        let path = try SandboxPath(Array(text.utf8))
        #expect(String(decoding: path.bytes, as: UTF8.self) == expected)
        #expect(path.depth == depth)
        #expect(path.parts.count == depth)
    }

    @Test(
        "that are none are refused",
        arguments: [
            ("", .empty), ("/", .absolute), ("/etc/passwd", .absolute), ("\\windows", .absolute), ("..", .outside),
            ("a/../..", .outside), ("a/../../a", .outside), ("../a", .outside), ("a\0b", .nul), ("\0", .nul),
            ("1/2/3/4/5", .tooDeep), ("0123456789abcdefg", .tooLong),
        ] as [(String, SandboxPath.Flaw)])
    func flaws(text: String, flaw: SandboxPath.Flaw) {
        #expect(throws: flaw) { try SandboxPath(Array(text.utf8), maximumBytes: 16, maximumDepth: 4) }
    }

    @Test("need not be UTF-8, and keep their bytes")
    func bytes() throws {
        let path = try SandboxPath([0xff, 0xfe, 0x2f, 0x80])
        #expect(Array(path.bytes) == [0xff, 0xfe, 0x2f, 0x80])
        #expect(Array(path.name.bytes) == [0x80])
        #expect(Array(path.parent.bytes) == [0xff, 0xfe])
    }

    @Test("have a parent and a name, and the root is its own parent")
    func parents() throws {
        let path = try SandboxPath(Array("a/b/c".utf8))
        #expect(path.parent == (try SandboxPath(Array("a/b".utf8))))
        #expect(path.prefix(1) == (try SandboxPath(Array("a".utf8))))
        #expect(path.prefix(0).isRoot)
        #expect(path.parent.parent.parent.parent.isRoot)
        #expect(path.parent.appending(path.name) == path)
        #expect(path.prefix(0).appending(path.name) == (try SandboxPath(Array("c".utf8))))
    }

    @Test("of any bytes are a path or a flaw, and a path leads nowhere up")
    func totality() {
        var state: UInt64 = 1
        let alphabet: [UInt8] = [0x2e, 0x2e, 0x2f, 0x61, 0x5c, 0x00, 0xff]
        for _ in 0..<50_000 {
            var bytes: [UInt8] = []
            for _ in 0..<12 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(state >> 33) % alphabet.count])
            }
            guard let path = try? SandboxPath(Array(bytes.prefix(Int(state >> 40) % 13))) else { continue }
            #expect(!path.parts.contains { $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) || $0.isEmpty })
        }
    }
}
