import Foundation
import PulpTestSupport
import Testing

@testable import PulpDocker

/// Folders of the host that a container may, and may not, see: hostile.md, "Symlink escape".
@Suite("Binds")
struct BindTests {
    private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = "/tmp/docker-binds-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: "\(folder)/root/inside", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "\(folder)/rooted", withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    private func isAllowed(_ source: String, _ target: String = "/data", roots: [String], socket: String = "") -> Bool {
        (try? BindGuard(roots: roots, socketPath: socket).check(source, target)) != nil
    }

    @Test("hostile.md: only what lies below a granted folder may be bound, links followed")
    func roots() throws {
        try self.withFolder { folder in
            let roots = ["\(folder)/root"]
            #expect(self.isAllowed("\(folder)/root", roots: roots))
            #expect(self.isAllowed("\(folder)/root/inside", roots: roots))
            #expect(self.isAllowed("\(folder)/root/inside/../inside", roots: roots))
            #expect(!self.isAllowed("\(folder)/root/inside", roots: []))
            #expect(!self.isAllowed("\(folder)/rooted", roots: roots))
            #expect(!self.isAllowed("\(folder)", roots: roots))
            #expect(!self.isAllowed("\(folder)/root/../rooted", roots: roots))
            #expect(!self.isAllowed("\(folder)/root/missing", roots: roots))
            #expect(!self.isAllowed("root", roots: roots))
            #expect(!self.isAllowed("", roots: roots))
            for (name, target) in [("etc", "/etc"), ("up", ".."), ("all", "/"), ("sibling", "\(folder)/rooted")] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/root/\(name)", withDestinationPath: target)
                #expect(!self.isAllowed("\(folder)/root/\(name)", roots: roots), "\(name)")
            }
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/root/fine", withDestinationPath: "\(folder)/root/inside")
            let bind = try BindGuard(roots: roots, socketPath: "").check("\(folder)/root/fine", "/data:ro")
            #expect(bind == .init(source: "\(folder)/root/inside", target: "/data", isReadOnly: true))
        }
    }

    @Test(
        "what would hand over the machine is never bound, even when all of it is granted",
        arguments: [
            "/", "/etc", "/etc/passwd", "/proc", "/sys", "/dev", "/boot", "/root", "/run", "/var/run", "/var",
            "/proc/self/root",
        ])
    func denied(_ path: String) {
        #expect(!self.isAllowed(path, roots: ["/"]))
    }

    @Test("the engine's socket is never bound, nor a folder that holds it")
    func socket() throws {
        try self.withFolder { folder in
            let socket = "\(folder)/root/inside/docker.sock"
            _ = FileManager.default.createFile(atPath: socket, contents: nil)
            for path in [socket, "\(folder)/root/inside", "\(folder)/root", folder] {
                #expect(!self.isAllowed(path, roots: [folder], socket: socket), "\(path)")
            }
            #expect(self.isAllowed("\(folder)/rooted", roots: [folder], socket: socket))
        }
    }

    @Test(
        "a place in the container is an absolute path and nothing more",
        arguments: [
            "", "data", "/", "/a/../b", "/a:b", "/a:rw:ro", "/a\u{0}", ":ro",
        ])
    func targets(_ target: String) throws {
        try self.withFolder { folder in #expect(!self.isAllowed("\(folder)/root", target, roots: [folder])) }
    }
}
