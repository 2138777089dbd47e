import Logging
import PulpCapability
import PulpFileStorage
import PulpSandbox
import PulpTesting
import PulpWire
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// hostile.md: "Permission lost on another path", "Symlink escape", "ext-fs resolve". Every operation against every
/// kind of path and grant; generated, so that a new import cannot be forgotten.
@Suite("Every operation against every kind of path")
struct MatrixTests {
    @Test("the operations are all of the table's imports")
    func complete() {
        let names = Set(FileStorageCapability.imports.map(\.signature.name))
        #expect(Set(FileCall.allCases.map(\.importName)) == names)
        #expect(names.count == 14)
        #expect(FileStorageCapability.imports.count == 15)
    }

    @Test("hostile.md: without the grant each is 99")
    func notGranted() {
        for row in FileStorageCapability.imports {
            #expect(row.signature.stubStatus == 99)
            #expect(row.signature.statuses[99] != nil)
        }
    }

    private static func prepared(
        _ resolution: SandboxDirectory.Resolution = .preferred, _ dialect: PluginScope.Dialect = .cell,
        grants: Set<CapabilityID> = []
    ) async throws -> FileHarness {
        try await FileHarness(dialect, resolution: resolution, limits: ["max_path_depth": 8], grants: grants) {
            folder in
            try folder.write("outside/secret", "secret")
            try folder.write("outside/folder/secret", "secret")
            try folder.write("test/mine", "mine")
            try folder.write("test/in/file", "inside")
            for (name, target) in [
                ("out", "../outside"), ("outFile", "../outside/secret"), ("in/out", "../../outside"),
                ("absolute", folder.path + "/outside"), ("proc", "/proc/self/cwd"), ("link", "in"),
                ("fileLink", "in/file"),
            ] { try folder.link("test/\(name)", to: target) }
            for name in ["data.db", "data.db-wal", "data.db-shm", "data.db-journal"] {
                try folder.write("test/\(name)", "database")
            }
        }
    }

    /// Rejected whatever is there.
    private static let never: [String] = [
        "..", "../outside", "../outside/secret", "in/../../outside/secret", "/etc/passwd", "/", "\\x", "a\0b", "\0",
        "1/2/3/4/5/6/7/8/9", String(repeating: "x", count: 2_000), String(repeating: "x", count: 300),
        "in/" + String(repeating: "y", count: 256), ".pulp-write-1", "in/.pulp-write-1",
        "out/secret", "out/folder/secret", "outFile", "in/out/secret", "absolute/secret", "proc/x", "link/out/secret",
        "out", "absolute", "link/out",
    ]

    @Test(
        "hostile.md: one that leads out, or is none, is rejected by all, and nothing outside is touched",
        arguments: SandboxDirectory.Resolution.allCases, [PluginScope.Dialect.cell, .plugin])
    func rejected(resolution: SandboxDirectory.Resolution, dialect: PluginScope.Dialect) async throws {
        let files = try await Self.prepared(resolution, dialect)
        let before = try files.folder.snapshot(".")
        for call in FileCall.allCases {
            for path in Self.never {
                let (status, bytes) = try await call.run(files, Array(path.utf8))
                #expect(status == (dialect == .cell ? 5 : 4), "\(call) of \(path.prefix(40))")
                #expect(bytes.isEmpty)
            }
            // In fs_create_temp and fs_mkdir_temp no folder stands for tmp.
            if call != .createTemporary, call != .makeTemporaryFolder {
                let empty: Int32 = call.isRaw ? 1 : dialect == .cell ? 5 : 4
                #expect(try await call.run(files, []).status == empty, "\(call) of nothing")
            }
        }
        #expect(try files.folder.snapshot(".") == before)
    }

    @Test("the plugin's database is no file of its own, whatever the way", arguments: FileCall.allCases)
    func database(call: FileCall) async throws {
        let files = try await Self.prepared(grants: ["storage.sqlite"])
        let before = try files.folder.snapshot(".")
        // With links even `link/../data.db` and `here/data.db` would lead there: none is followed.
        try files.folder.link("test/here", to: ".")
        for name in ["data.db", "data.db-wal", "data.db-shm", "data.db-journal"] {
            for path in [name, "./\(name)", "in/../\(name)", "here/\(name)", "\(name)/x"] {
                #expect(try await call.run(files, Array(path.utf8)).status == 5, "\(call) of \(path)")
            }
        }
        #expect(try await files.list(".")?.contains("data.db") == false)
        #expect(try await files.removeAll("here") == 5)
        #expect(try files.folder.snapshot(".").filter { !$0.hasPrefix("test/here") } == before)
        // In a folder of another name it is a file like any other.
        #expect(try await files.write("in/data.db", "mine") == 0)
    }

    @Test("without a database its names are files like others")
    func noDatabase() async throws {
        let files = try await Self.prepared()
        #expect(try await files.write("data.db", "mine") == 0)
        #expect(try await files.text("data.db-wal") == "database")
    }

    @Test("links that stay inside lead where they say", arguments: SandboxDirectory.Resolution.allCases)
    func inside(resolution: SandboxDirectory.Resolution) async throws {
        let files = try await Self.prepared(resolution)
        #expect(try await files.text("link/file") == "inside")
        #expect(try await files.write("fileLink", "through") == 0)
        #expect(try await files.text("in/file") == "through")
        #expect(try await files.write("link/new", "new") == 0)
        #expect(try await files.list("link") == ["file", "new", "out"])
        #expect(try await files.changeMode("fileLink", 0o600) == 0)
        #expect(try files.folder.permissions("test/in/file") == 0o600)
        #expect(try await files.writeAt("fileLink", 0, "T") == 0)
        // Removing and moving is of the link itself.
        #expect(try await files.rename("fileLink", "renamed") == 0)
        #expect(try await files.text("renamed") == "Through")
        #expect(try await files.delete("renamed") == 0)
        #expect(try await files.removeAll("link") == 0)
        #expect(try await files.text("in/file") == "Through")
    }

    @Test("a file with other names elsewhere is read and replaced, but not changed where it is")
    func hardLinks() async throws {
        for call in FileCall.allCases {
            let files = try await Self.prepared()
            try files.folder.hardLink("test/hard", to: "outside/secret")
            let before = try files.folder.snapshot("outside")
            let (status, bytes) = try await call.run(files, Array("hard".utf8))
            switch call {
            case .list, .makeFolders, .createTemporary, .makeTemporaryFolder: #expect(status == 4, "\(call)")
            default: #expect(status == (call.isInPlace ? 4 : 0), "\(call)")
            }
            if call == .read || call == .readAt { #expect(bytes == Array("secret".utf8)) }
            #expect(try files.folder.snapshot("outside") == before, "\(call)")
        }
    }

    @Test("a pipe is neither read nor written, waited for by nobody, and can be removed")
    func pipes() async throws {
        for call in FileCall.allCases {
            let files = try await Self.prepared()
            files.folder.makePipe("test/pipe")
            let status = try await call.run(files, Array("pipe".utf8)).status
            switch call {
            case .stat, .delete, .renameFrom, .renameTo, .removeAll: #expect(status == 0, "\(call)")
            default: #expect(status == 4, "\(call)")
            }
        }
    }

    @Test("names that are not UTF-8 are names like others")
    func bytes() async throws {
        for call in FileCall.allCases {
            let files = try await Self.prepared()
            let name: [UInt8] = [0xff, 0x80, 0x20]
            #expect(try await files.call("fs_write", [name, Array("x".utf8)]) == 0)
            let status = try await call.run(files, name).status
            switch call {
            case .list, .makeFolders, .createTemporary, .makeTemporaryFolder: #expect(status == 4, "\(call)")
            default: #expect(status == 0, "\(call)")
            }
        }
        let files = try await FileHarness()
        #expect(try await files.call("fs_write", [[0xff, 0x80], []]) == 0)
        let listing = try await files.harness.query("fs_list", [0x2e]).decoded(as: FileListing.self)
        #expect(listing.entries.map(\.name) == [[0xff, 0x80]])
    }

    #if os(Linux)
        @Test(
            "on a read-only disk all reading works, and no change does",
            .enabled(if: getuid() == 0, "mounting a read-only file system takes root"))
        func readOnly() async throws {
            let files = try await Self.prepared()
            let path = files.folder.path
            let bind = UInt(MS_BIND)
            try #require(unsafe mount(path, path, nil, bind, nil) == 0)
            defer { _ = unsafe umount2(path, Int32(MNT_DETACH)) }
            try #require(unsafe mount(nil, path, nil, bind | UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)
            // Opened anew, since the first session's root lies beneath the mount.
            let below = try await FileHarness(in: files.folder)
            for call in FileCall.allCases {
                let target = call == .list ? "in" : "mine"
                let status = try await call.run(below, Array(target.utf8)).status
                #expect(status == (call.isChange ? 4 : 0), "\(call)")
            }
            #expect(try await below.text("mine") == "mine")
            #expect(below.harness.logs.messages.contains { $0.contains("Read-only file system") })
        }
    #endif
}
