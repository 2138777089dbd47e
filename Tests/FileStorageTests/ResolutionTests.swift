import Foundation
import PulpSandbox
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// One table for both ways of looking paths up.
@Suite("Looking paths up, by the kernel and part by part")
struct ResolutionTests {
    /// A root `root` with links of every sort, and things beside it that nobody may reach.
    private static func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write("outside/secret", "secret")
        try folder.write("root/file", "file")
        try folder.write("root/a/file", "a/file")
        try folder.write("root/a/b/file", "a/b/file")
        for (name, target) in [
            ("in", "file"), ("a/up", "../file"), ("folder", "a"), ("a/b/top", "../.."), ("chain", "in"),
            ("out", "../outside/secret"), ("outFolder", "../outside"), ("a/out", "../../outside"),
            ("absolute", folder.path + "/root/file"), ("loop", "loop"), ("ping", "pong"), ("pong", "ping"),
            ("nowhere", "none"), ("upAndDown", "../root/file"), ("dots", "a/./b/../file"), ("self", "."),
            ("proc", "/proc/self/root"), ("toOut", "outFolder"),
        ] { try folder.link("root/\(name)", to: target) }
        return folder
    }

    private static let found: [(String, String)] = [
        ("file", "file"), ("a/file", "a/file"), ("a/b/file", "a/b/file"), ("in", "file"), ("a/up", "file"),
        ("folder/file", "a/file"), ("folder/b/file", "a/b/file"), ("a/b/top/file", "file"), ("chain", "file"),
        ("dots", "a/file"), ("self/self/file", "file"), ("folder/b/top/folder/up", "file"),
    ]

    private static let refused: [(String, SandboxError)] = [
        ("out", .outside), ("outFolder/secret", .outside), ("a/out/secret", .outside), ("absolute", .outside),
        ("loop", .outside), ("ping", .outside), ("upAndDown", .outside), ("proc/etc", .outside),
        ("toOut/secret", .outside), ("nowhere", .notFound), ("none", .notFound), ("none/none", .notFound),
        ("file/x", .system(ENOTDIR)), ("a", .system(EISDIR)), ("loop/x", .outside), ("out/x", .outside),
    ]

    @Test("finds what is inside, by whatever links", arguments: SandboxDirectory.Resolution.allCases, Self.found)
    func inside(resolution: SandboxDirectory.Resolution, row: (path: String, text: String)) throws {
        let folder = try Self.folder()
        let root = try SandboxDirectory(path: folder.path + "/root", resolution: resolution)
        let file = try root.openFile(SandboxPath(Array(row.path.utf8)), for: .reading)
        #expect(String(decoding: try file.read(at: 0, count: 100), as: UTF8.self) == row.text)
        #expect(try root.status(of: SandboxPath(Array(row.path.utf8))).size == Int64(row.text.utf8.count))
    }

    @Test("hostile.md: refuses what is not", arguments: SandboxDirectory.Resolution.allCases, Self.refused)
    func outside(resolution: SandboxDirectory.Resolution, row: (path: String, error: SandboxError)) throws {
        let folder = try Self.folder()
        let before = try folder.snapshot("outside")
        let root = try SandboxDirectory(path: folder.path + "/root", resolution: resolution)
        let path = try SandboxPath(Array(row.path.utf8))
        #expect(throws: row.error) { _ = try root.openFile(path, for: .reading).status }
        if row.error != .notFound {
            #expect(throws: row.error) { _ = try root.openFile(path, for: .creating(0o644)).status }
        }
        if row.error == .outside {
            #expect(throws: row.error) { _ = try root.status(of: path) }
            #expect(throws: row.error) { _ = try root.place(of: path, followsLink: true).name }
            #expect(throws: row.error) { _ = try root.place(of: path, followsLink: false).name }
            #expect(throws: row.error) { _ = try root.changePermissions(of: path) { _ in 0o777 } }
        }
        #expect(try folder.snapshot("outside") == before)
    }

    @Test("follows no link at all where none is allowed", arguments: SandboxDirectory.Resolution.allCases)
    func noLinks(resolution: SandboxDirectory.Resolution) throws {
        let folder = try Self.folder()
        let root = try SandboxDirectory(path: folder.path + "/root", resolution: resolution, followsLinks: false)
        for path in ["in", "folder/file", "a/up", "self/file"] {
            let path = try SandboxPath(Array(path.utf8))
            #expect(throws: SandboxError.outside) { _ = try root.openFile(path, for: .reading).status }
            #expect(throws: SandboxError.outside) { _ = try root.place(of: path, followsLink: true).name }
        }
        #expect(try root.openFile(SandboxPath(Array("a/b/file".utf8)), for: .reading).status.size == 8)
    }

    @Test("waits for nobody at a pipe or a device", arguments: SandboxDirectory.Resolution.allCases)
    func special(resolution: SandboxDirectory.Resolution) throws {
        let folder = try Self.folder()
        folder.makePipe("root/pipe")
        let root = try SandboxDirectory(path: folder.path + "/root", resolution: resolution)
        let path = try SandboxPath(Array("pipe".utf8))
        for access in [.reading, .writing, .creating(0o644)] as [SandboxDirectory.Access] {
            #expect(throws: SandboxError.special) { _ = try root.openFile(path, for: access).status }
        }
        #expect(try root.status(of: path).kind == .pipe)
    }

    @Test(
        "a link to a folder far away costs a bounded number of steps", arguments: SandboxDirectory.Resolution.allCases)
    func linkBomb(resolution: SandboxDirectory.Resolution) throws {
        let folder = try TemporaryFolder()
        try folder.makeFolder("root")
        // Each link names the one before many times over: without a cap 10^20 steps.
        try folder.link("root/l0", to: ".")
        for level in 1...20 {
            try folder.link("root/l\(level)", to: Array(repeating: "l\(level - 1)", count: 10).joined(separator: "/"))
        }
        let root = try SandboxDirectory(path: folder.path + "/root", resolution: resolution)
        #expect(throws: SandboxError.outside) { _ = try root.status(of: SandboxPath(Array("l20/x".utf8))) }
    }

    @Test("leaves no descriptor behind, however it ends", arguments: SandboxDirectory.Resolution.allCases)
    func descriptors(resolution: SandboxDirectory.Resolution) throws {
        let folder = try Self.folder()
        let before = try openDescriptors(below: folder.path)
        do {
            let root = try SandboxDirectory(path: folder.path + "/root", resolution: resolution)
            for _ in 0..<200 {
                for path in (Self.found.map(\.0) + Self.refused.map(\.0)) {
                    let path = try SandboxPath(Array(path.utf8))
                    _ = try? root.openFile(path, for: .reading).status
                    _ = try? root.place(of: path, followsLink: true).status()
                    _ = try? root.forEachEntry(of: path) { _, _ in false }
                }
            }
            #expect(try openDescriptors(below: folder.path) == before + 1)
        }
        #expect(try openDescriptors(below: folder.path) == before)
    }
}

/// This process's descriptors of what lies below `path`: other tests' do not count.
func openDescriptors(below path: String) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count { number in
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(number)"))?.hasPrefix(path) == true
    }
}
