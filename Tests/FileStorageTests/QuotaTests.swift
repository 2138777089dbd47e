import Foundation
import Logging
import PulpCapability
import PulpFileStorage
import PulpTesting
import PulpWire
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Limits of storage.fs")
struct QuotaTests {
    @Test("bytes of all files together: 12, and room again when one is removed")
    func totalBytes() async throws {
        let files = try await FileHarness(limits: ["max_total_bytes": 100])
        #expect(try await files.write("a", String(repeating: "a", count: 60)) == 0)
        #expect(try await files.write("b", String(repeating: "b", count: 41)) == 12)
        #expect(!files.folder.exists("test/b"))
        #expect(try await files.write("b", String(repeating: "b", count: 40)) == 0)
        #expect(try await files.writeAt("b", 40, "!") == 12)
        #expect(try await files.truncate("b", 41) == 12)
        // Replacing counts the difference, and becoming smaller is always allowed.
        #expect(try await files.write("a", String(repeating: "c", count: 60)) == 0)
        #expect(try await files.truncate("a", 10) == 0)
        #expect(try await files.write("c", String(repeating: "c", count: 50)) == 0)
        #expect(try await files.write("d", "d") == 12)
        #expect(try await files.rename("c", "b") == 0)
        #expect(try await files.write("d", String(repeating: "d", count: 40)) == 0)
        #expect(try await files.removeAll("d") == 0)
        #expect(try await files.delete("b") == 0)
        #expect(try await files.write("e", String(repeating: "e", count: 90)) == 0)
        let line = try #require(files.harness.logs.lines.first { $0.metadata["limit"] != nil })
        #expect(line.message.contains("max_total_bytes in [limits.storage.fs]"))
        #expect(line.level == .warning)
    }

    @Test("files and folders: 12, folders on the way counted")
    func count() async throws {
        let files = try await FileHarness(limits: ["max_files": 4])
        #expect(try await files.write("a/b/c", "1") == 0)
        #expect(try await files.write("d", "1") == 0)
        #expect(try await files.write("e", "1") == 12)
        #expect(try await files.makeFolders("f") == 12)
        #expect(try await files.temporary("fs_create_temp", "a", "").status == 12)
        #expect(try await files.temporary("fs_mkdir_temp", "a", "").status == 12)
        #expect(try await files.writeAt("e", 0, "1") == 12)
        #expect(try await files.rename("d", "x/d") == 12)
        #expect(try await files.write("d", "2") == 0)
        #expect(try await files.rename("d", "a/b/c") == 0)
        #expect(try await files.write("e", "1") == 0)
        #expect(try await files.removeAll("a") == 0)
        #expect(try await files.makeFolders("1/2/3/4") == 12)
        #expect(try await files.removeAll("1") == 0)
        #expect(try await files.makeFolders("1/2/3") == 0)
    }

    @Test("hostile.md: bytes of one file, of one call, and names of a list")
    func single() async throws {
        let files = try await FileHarness(
            limits: ["max_file_bytes": 50, "max_call_bytes": 20, "max_list_entries": 2])
        #expect(try await files.write("a", String(repeating: "a", count: 21)) == 12)
        #expect(try await files.write("a", String(repeating: "a", count: 20)) == 0)
        #expect(try await files.writeAt("a", 20, "more") == 0)
        #expect(try await files.read("a").status == 12)
        #expect(try await files.readAt("a", 0, 21).status == 12)
        #expect(try await files.readAt("a", 0, .max).status == 12)
        #expect(try await files.readAt("a", 4, 20).bytes.count == 20)
        #expect(try await files.writeAt("a", 49, "xy") == 12)
        #expect(try await files.truncate("a", 51) == 12)
        #expect(try await files.truncate("a", 50) == 0)
        #expect(try await files.write("b", "") == 0)
        #expect(try await files.list(".") == ["a", "b"])
        #expect(try await files.write("c", "") == 0)
        #expect(try await files.harness.query("fs_list", Array(".".utf8)).status == 12)
    }

    @Test("folders cannot be nested more deeply by moving them into each other")
    func depth() async throws {
        let files = try await FileHarness(limits: ["max_path_depth": 4])
        #expect(try await files.makeFolders("1/2/3/4") == 0)
        #expect(try await files.makeFolders("1/2/3/4/5") == 5)
        #expect(try await files.makeFolders("a/b") == 0)
        #expect(try await files.rename("1", "a/b/1") == 12)
        #expect(try await files.rename("1/2/3", "a/b/3") == 0)
        #expect(try await files.list("a/b/3") == ["4/"])
    }

    @Test("what a folder holds is counted anew when it is opened, and what was left unfinished is removed")
    func restart() async throws {
        let folder = try TemporaryFolder()
        try folder.write("test/old/file", String(repeating: "x", count: 80))
        try folder.write("test/old/.pulp-write-1234", "a file that a killed host did not finish")
        let files = try await FileHarness(in: folder, limits: ["max_total_bytes": 100, "max_files": 4])
        #expect(!folder.exists("test/old/.pulp-write-1234"))
        #expect(try await files.write("new", String(repeating: "y", count: 21)) == 12)
        #expect(try await files.write("new", String(repeating: "y", count: 20)) == 0)
        #expect(try await files.makeFolders("1") == 0)
        #expect(try await files.makeFolders("2") == 12)
    }

    @Test("two sessions on one folder, as when a plugin is replaced, share one account")
    func shared() async throws {
        let folder = try TemporaryFolder()
        let capability = FileStorageCapability.make(in: folder)
        var setting = PluginSetting()
        setting.settings.set("max_total_bytes", to: .integer(10), in: "limits.storage.fs")
        let (first, second) = (try await Harness(capability, setting), try await Harness(capability, setting))
        func write(_ harness: Harness, _ name: String) async throws -> Int32 {
            try await harness.withGuest { $0.write(Array(name.utf8) + Array("123456".utf8), at: 128) }
            return try await harness.call("fs_write", 128, 1, 129, 6)
        }
        #expect(try await write(first, "a") == 0)
        #expect(try await write(second, "b") == 12)
        await first.close()
        #expect(try await write(second, "b") == 12)
        #expect(try await second.command("fs_delete", Array("a".utf8)) == 0)
        #expect(try await write(second, "b") == 0)
        #expect(try await write(first, "c") == 9)
    }

    @Test("a number that counted wrongly is never below nothing, whoever else has a hand in the folder")
    func drift() async throws {
        let files = try await FileHarness(limits: ["max_total_bytes": 10])
        for round in 0..<5 {
            try files.folder.write("test/theirs", String(repeating: "x", count: 100))
            #expect(try await files.delete("theirs") == 0, "\(round)")
        }
        #expect(try await files.write("mine", String(repeating: "x", count: 11)) == 12)
        #expect(try await files.write("mine", String(repeating: "x", count: 10)) == 0)
    }

    @Test("a guest that runs into limits all the time fills no log")
    func logs() async throws {
        let files = try await FileHarness(limits: ["max_file_bytes": 1])
        for _ in 0..<500 { #expect(try await files.write("a", "12") == 12) }
        #expect(files.harness.logs.lines.count { $0.level == .warning } < 50)
    }

    #if os(Linux)
        @Test(
            "a full disk fails the call, says so, and leaves the old file whole",
            .enabled(if: getuid() == 0, "mounting a small file system takes root"))
        func fullDisk() async throws {
            let folder = try TemporaryFolder()
            try folder.makeFolder("test")
            let path = folder.path + "/test"
            try #require(unsafe mount("tmpfs", path, "tmpfs", 0, "size=128k") == 0)
            defer { _ = unsafe umount2(path, Int32(MNT_DETACH)) }
            let files = try await FileHarness(in: folder)
            #expect(try await files.write("state", "the last good state") == 0)
            let large = [UInt8](repeating: 0x61, count: 200_000)
            #expect(try await files.write("state", large) == 4)
            #expect(try await files.text("state") == "the last good state")
            #expect(try await files.list(".") == ["state"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["state"])
            #expect(files.harness.logs.messages.contains { $0.contains("No space left on device") })
            // In place a part may have been written: the status says that it went wrong, and the account is right.
            let request = FileWriteAtRequest(path: Array("log".utf8)).encodedBytes()
            #expect(try await files.call("fs_write_at", [request, large]) == 4)
            let size = try #require(try await files.stat("log").record?.size)
            #expect(size < 200_000)
            #expect(try await files.delete("log") == 0)
            #expect(try await files.write("state", "a newer state") == 0)
        }
    #endif
}
