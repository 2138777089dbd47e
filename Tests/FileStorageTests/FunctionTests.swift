import PulpCapability
import PulpFileStorage
import PulpSandbox
import PulpTesting
import PulpWire
import Testing

@Suite("The functions of storage.fs")
struct FunctionTests {
    @Test("files are written and read as a whole, in folders that are made", arguments: [true, false])
    func wholeFiles(readsFromMemory: Bool) async throws {
        let files = try await FileHarness(readsFromMemory: readsFromMemory)
        #expect(try await files.write("a/b/c", "hello") == 0)
        #expect(try await files.text("a/b/c") == "hello")
        #expect(files.folder.text("test/a/b/c") == "hello")
        #expect(try await files.write("a/b/c", "hi") == 0)
        #expect(try await files.text("a/b/c") == "hi")
        #expect(try await files.write("a/b/c", "") == 0)
        let empty = try await files.read("a/b/c")
        #expect(empty.status == 0)
        #expect(empty.bytes.isEmpty)
        #expect(!empty.isPairUntouched)
        #expect(try await files.list("a/b") == ["c"])
    }

    @Test("an empty file's answer is the pair (0, 0)")
    func emptyPair() async throws {
        let files = try await FileHarness()
        #expect(try await files.write("empty", "") == 0)
        _ = try await files.read("empty")
        #expect(try await files.harness.withGuest { [$0.word(at: 64), $0.word(at: 68)] } == [0, 0])
    }

    @Test("the two dialects number a rejected path and a failed operation the other way round")
    func dialects() async throws {
        for (dialect, rejected, failed) in [(.cell, 5, 4), (.plugin, 4, 5)] as [(PluginScope.Dialect, Int32, Int32)] {
            let files = try await FileHarness(dialect)
            #expect(try await files.write("../x", "x") == rejected)
            #expect(try await files.read("/x").status == rejected)
            #expect(try await files.stat("a/../..").status == rejected)
            #expect(try await files.makeFolders("f") == 0)
            #expect(try await files.write("f", "x") == failed)
            #expect(try await files.read("f").status == failed)
            #expect(try await files.removeAll(".") == failed)
            #expect(try await files.read("none").status == 6)
            #expect(try await files.delete("none") == 6)
            #expect(try await files.write("mode", "x") == 0)
            let mode = try await files.stat("mode").record?.mode
            #expect(mode == (dialect == .cell ? 0o644 : 0o600))
        }
    }

    @Test("fs_write has two shapes under one name")
    func shapes() async throws {
        let files = try await FileHarness()
        #expect(try await files.call("fs_write", [Array("four".utf8), Array("4".utf8)]) == 0)
        #expect(try await files.write("six", "6", mode: 0o640) == 0)
        #expect(try await files.text("four") == "4")
        #expect(try await files.stat("six").record?.mode == 0o640)
        #expect(try await files.call("fs_write", [Array("six".utf8), [], [0xc1]]) == 3)
        #expect(try await files.harness.call("fs_write", 128, 1, 0xfffff, 2, 0, 0) == 2)
        #expect(try await files.harness.call("fs_write", 128, 1, 128, 1, 0xfffff, 2) == 2)
        #expect(try await files.harness.call("fs_write", 128, 0, 128, 1, 0, 0) == 1)
    }

    @Test("a file that is replaced keeps its permissions, and one that may not be written stays")
    func permissions() async throws {
        let files = try await FileHarness()
        #expect(try await files.write("f", "1", mode: 0o600) == 0)
        #expect(try await files.changeMode("f", 0o100_640) == 0)
        #expect(try await files.write("f", "2", mode: 0o777) == 0)
        #expect(try files.folder.permissions("test/f") == 0o640)
        #expect(try await files.text("f") == "2")
        #expect(try await files.makeFolders("d", mode: 0o500) == 0)
        // The owner's own bits stay set: the host must be able to count and remove what is in it.
        #expect(try files.folder.permissions("test/d") == 0o700)
        #expect(try await files.changeMode("d", 0) == 0)
        #expect(try files.folder.permissions("test/d") == 0o700)
        #expect(try await files.changeMode("none", 0o600) == 6)
    }

    @Test("fs_stat tells size, time, and Go's mode bits")
    func stat() async throws {
        let files = try await FileHarness()
        #expect(try await files.write("a/file", "12345") == 0)
        files.folder.makePipe("test/pipe")
        let file = try #require(try await files.stat("a/file").record)
        #expect(String(decoding: file.name, as: UTF8.self) == "file")
        #expect(file.size == 5)
        #expect(file.modified > 1_700_000_000_000_000_000)
        #expect(!file.isFolder)
        let folder = try #require(try await files.stat("a").record)
        #expect(folder.isFolder)
        #expect(folder.mode == 1 << 31 | 0o755)
        #expect(try await files.stat("pipe").record?.mode == 1 << 25 | 0o644)
        #expect(try await String(decoding: #require(files.stat(".").record).name, as: UTF8.self) == "test")
    }

    @Test("fs_stat's answer is the reference's, to the byte")
    func statBytes() async throws {
        let files = try await FileHarness()
        #expect(try await files.write("f", "12345") == 0)
        let bytes = try await files.harness.query("fs_stat", FileStatRequest(path: [0x66])).bytes
        #expect(bytes.prefix(8) == [0x85, 0xa4, 0x6e, 0x61, 0x6d, 0x65, 0xa1, 0x66])
        // size as an int64 of nine bytes.
        #expect(bytes[8..<22] == [0xa4, 0x73, 0x69, 0x7a, 0x65, 0xd3, 0, 0, 0, 0, 0, 0, 0, 5])
        #expect(bytes.suffix(8) == [0xa6, 0x69, 0x73, 0x5f, 0x64, 0x69, 0x72, 0xc2])
    }

    @Test("parts of files are read and written where they are")
    func parts() async throws {
        let files = try await FileHarness()
        #expect(try await files.writeAt("new/log", 0, "0123456789") == 0)
        #expect(try await files.writeAt("new/log", 12, "ab") == 0)
        #expect(try await files.read("new/log").bytes == Array("0123456789\0\0ab".utf8))
        #expect(try await files.readAt("new/log", 8, 4).bytes == Array("89\0\0".utf8))
        #expect(try await files.readAt("new/log", 12, 100).bytes == Array("ab".utf8))
        #expect(try await files.readAt("new/log", 14, 100).bytes.isEmpty)
        #expect(try await files.readAt("new/log", 1 << 50, 100).status == 0)
        #expect(try await files.truncate("new/log", 2) == 0)
        #expect(try await files.text("new/log") == "01")
        #expect(try await files.truncate("new/log", 4) == 0)
        #expect(try await files.read("new/log").bytes == [0x30, 0x31, 0, 0])
        #expect(try await files.truncate("none", 4) == 6)
        #expect(try await files.writeAt("new", 0, "x") == 4)
        #expect(try await files.writeAt("x", .max, "x") == 12)
        #expect(try await files.writeAt("x", UInt64(Int64.max), "x") == 12)
        #expect(try await files.readAt("x", .max, 1).status == 12)
        #expect(!files.folder.exists("test/x"))
    }

    @Test("names are listed in order, moved, and removed with all that is below")
    func names() async throws {
        let files = try await FileHarness()
        for name in ["b/2", "b/10", "b/1", "b/c/d"] { #expect(try await files.write(name, name) == 0) }
        #expect(try await files.list("b") == ["1", "10", "2", "c/"])
        #expect(try await files.list(".") == ["b/"])
        #expect(try await files.list("none") == nil)
        #expect(try await files.rename("b/1", "n/e/w") == 0)
        #expect(try await files.text("n/e/w") == "b/1")
        #expect(try await files.rename("b/2", "n/e/w") == 0)
        #expect(try await files.text("n/e/w") == "b/2")
        #expect(try await files.rename("b", "b/c/b") == 4)
        #expect(try await files.rename(".", "x") == 4)
        #expect(try await files.rename("b", ".") == 4)
        #expect(try await files.rename("none", "x") == 6)
        #expect(try await files.delete("b") == 4)
        #expect(try await files.delete(".") == 4)
        #expect(try await files.removeAll("b") == 0)
        #expect(try await files.removeAll("b") == 0)
        #expect(try await files.removeAll("n/e/w") == 0)
        #expect(try await files.removeAll(".") == 4)
        #expect(try await files.list(".") == ["n/"])
    }

    @Test("temporary names follow Go's patterns")
    func temporary() async throws {
        let files = try await FileHarness()
        let first = try await files.temporary("fs_create_temp", "", "up-*-*.txt")
        #expect(first.path.wholeMatch(of: /tmp\/up-\*-\d+\.txt/) != nil)
        let second = try await files.temporary("fs_create_temp", "x/y", "plain")
        #expect(second.path.wholeMatch(of: /x\/y\/plain\d+/) != nil)
        let third = try await files.temporary("fs_mkdir_temp", "x", "")
        #expect(third.path.wholeMatch(of: /x\/\d+/) != nil)
        #expect(try files.folder.permissions("test/" + first.path) == 0o600)
        #expect(try files.folder.permissions("test/" + third.path) == 0o700)
        #expect(try await files.temporary("fs_create_temp", "", "a/b").status == 5)
        #expect(try await files.temporary("fs_create_temp", "..", "").status == 5)
        #expect(try await files.temporary("fs_mkdir_temp", "", ".pulp-write-*").status == 5)
    }

    @Test("the environment may put a plugin's folder elsewhere")
    func override() async throws {
        let folder = try TemporaryFolder()
        let capability = FileStorageCapability.make(
            in: folder, environment: ["PULP_FS_ROOT_TEST": folder.path + "/else/where"])
        let harness = try await Harness(capability)
        #expect(try await harness.query("fs_read", Array("x".utf8)).status == 6)
        #expect(folder.exists("else/where"))
        #expect(!folder.exists("test"))
    }

    @Test("a folder that cannot be made fails the load, and says which")
    func unusable() async throws {
        let folder = try TemporaryFolder()
        try folder.write("test", "a file where the folder should be")
        await #expect { _ = try await Harness(FileStorageCapability.make(in: folder)) } throws: {
            "\($0)".contains(folder.path + "/test, cannot be used: Not a directory")
        }
    }

    @Test("every import stands every hostile guest")
    func conformance() async throws {
        let folder = try TemporaryFolder()
        try folder.write("test/read", "some text")
        for name in ["list/a", "cut", "gone", "old", "mode"] { try folder.write("test/\(name)", "x") }
        func path(_ text: String) -> [UInt8] { Array(text.utf8) }
        let report = try await CapabilityConformance.check(
            FileStorageCapability.make(in: folder),
            samples: [
                "fs_read": path("read"), "fs_list": path("list"), "fs_delete": path("gone"),
                "fs_remove_all": path("list"), "fs_stat": FileStatRequest(path: path("read")).encodedBytes(),
                "fs_read_at": FileReadAtRequest(path: path("read"), offset: 1, max: 4).encodedBytes(),
                "fs_truncate": FileTruncateRequest(path: path("cut"), size: 3).encodedBytes(),
                "fs_rename": FileRenameRequest(old: path("old"), new: path("new")).encodedBytes(),
                "fs_mkdir_all": FileModeRequest(path: path("made/here")).encodedBytes(),
                "fs_chmod": FileModeRequest(path: path("mode"), mode: 0o600).encodedBytes(),
                "fs_create_temp": FileTemporaryRequest().encodedBytes(),
                "fs_mkdir_temp": FileTemporaryRequest().encodedBytes(),
            ])
        #expect(report.failures.isEmpty, "\(report.failures.prefix(10))")
        #expect(report.callCount > 3_000)
    }
}
