import Foundation
import PulpTestSupport
import Testing

@testable import PulpDocker

@Suite("Build context")
struct BuildContextTests {
    private func withFolder<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
        let folder = "/tmp/docker-context-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        for (path, content) in files {
            let file = URL(fileURLWithPath: "\(folder)/\(path)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try content.write(to: file, atomically: false, encoding: .utf8)
        }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    private func archive(_ folder: String, limit: Int = 1 << 20) throws -> [String: String] {
        let context = try BuildContext(folder, limit: limit)
        var bytes: [UInt8] = []
        while let part = try context.next() { bytes += part.readableBytesView }
        var reader = TarReader(bytes)
        var found: [String: String] = [:]
        while let entry = try reader.next() {
            found[entry.name] = entry.kind == .file ? text(Array(bytes[entry.content])) : "\(entry.kind)"
        }
        return found
    }

    @Test("files, folders and links are sent as they are; no link is followed")
    func walk() throws {
        let large = String(repeating: "0123456789", count: 20_000)
        try self.withFolder(["Dockerfile": "FROM x", "a/b/c": "deep", "large": large, "empty": ""]) { folder in
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/etc", withDestinationPath: "/etc")
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/a/loop", withDestinationPath: "..")
            #expect(
                try self.archive(folder) == [
                    "Dockerfile": "FROM x", "a/": "folder", "a/b/": "folder", "a/b/c": "deep", "large": large,
                    "empty": "",
                    "etc": "link", "a/loop": "link",
                ])
            #expect(throws: BuildContext.Failure.self) { try self.archive(folder, limit: 100_000) }
        }
    }

    @Test("what .dockerignore names is left out, the Dockerfile never")
    func ignored() throws {
        try self.withFolder([
            ".dockerignore": "# comment\n*.log\nsecret\n!secret/keep\n**/tmp\nDockerfile\n", "Dockerfile": "FROM x",
            "a.log": "", "b.txt": "", "d/a.log": "", "secret/key": "", "secret/keep": "kept", "d/tmp/x": "",
        ]) { folder in
            let names = Set(try self.archive(folder).keys)
            #expect(
                names == ["Dockerfile", ".dockerignore", "b.txt", "d/", "d/a.log", "secret/", "secret/keep", "d/tmp/"]
                    || names == ["Dockerfile", ".dockerignore", "b.txt", "d/", "d/a.log", "secret/", "secret/keep"])
            #expect(!names.contains("d/tmp/x") && !names.contains("secret/key"))
        }
    }

    @Test(
        "rules match as the engine's do",
        arguments: [
            ("*", "a", true), ("*", "a/b", true), ("a/*", "a/b", true), ("a/*", "a", false), ("a?", "ab", true),
            ("a?", "abc", false),
            ("**/x", "x", true), ("**/x", "a/b/x", true), ("a/**/z", "a/z", true), ("a/**/z", "a/b/c/z/y", true),
            ("/a", "a", true), ("./a", "a", true), ("a/", "a/b", true), ("a*c*e", "abcde", true),
            ("a*c*e", "abcd", false),
            ("#a", "#a", false), ("", "a", false), ("**", "a/b", true),
        ])
    func rules(_ rule: String, _ path: String, _ isOut: Bool) {
        #expect(IgnoreRules(rule).leavesOut(path) == isOut)
    }

    @Test("a pattern that is made to take long does not")
    func patience() {
        let rules = IgnoreRules(String(repeating: "**/", count: 200) + String(repeating: "a*", count: 100) + "b")
        #expect(!rules.leavesOut(String(repeating: "aaaaaaaa/", count: 100)))
    }

    @Test("a walk that is given up closes what it has opened")
    func closed() throws {
        try self.withFolder(["a/b/c/d": String(repeating: "x", count: 200_000)]) { folder in
            let before = descriptorCount()
            for _ in 0..<200 {
                let context = try BuildContext(folder, limit: 1 << 20)
                for _ in 0..<5 { _ = try context.next() }
            }
            #expect(descriptorCount() < before + 100)
        }
    }
}
