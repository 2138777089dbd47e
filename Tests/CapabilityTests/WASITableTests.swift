import PulpCapability
import PulpTesting
import PulpWASI
import Testing

@Suite struct WASITableTests {
    /// Names, parameters (`i` 32 bits, `I` 64 bits), as wasi-libc imports them.
    private static let expected: [String: String] = [
        "args_get": "ii", "args_sizes_get": "ii", "environ_get": "ii", "environ_sizes_get": "ii",
        "clock_res_get": "ii", "clock_time_get": "iIi", "fd_advise": "iIIi", "fd_allocate": "iII", "fd_close": "i",
        "fd_datasync": "i", "fd_fdstat_get": "ii", "fd_fdstat_set_flags": "ii", "fd_fdstat_set_rights": "iII",
        "fd_filestat_get": "ii", "fd_filestat_set_size": "iI", "fd_filestat_set_times": "iIIi", "fd_pread": "iiiIi",
        "fd_prestat_get": "ii", "fd_prestat_dir_name": "iii", "fd_pwrite": "iiiIi", "fd_read": "iiii",
        "fd_readdir": "iiiIi", "fd_renumber": "ii", "fd_seek": "iIii", "fd_sync": "i", "fd_tell": "ii",
        "fd_write": "iiii", "path_create_directory": "iii", "path_filestat_get": "iiiii",
        "path_filestat_set_times": "iiiiIIi", "path_link": "iiiiiii", "path_open": "iiiiiIIii",
        "path_readlink": "iiiiii", "path_remove_directory": "iii", "path_rename": "iiiiii", "path_symlink": "iiiii",
        "path_unlink_file": "iii", "poll_oneoff": "iiii", "proc_exit": "i", "proc_raise": "i", "sched_yield": "",
        "random_get": "ii", "sock_accept": "iii", "sock_recv": "iiiiii", "sock_send": "iiiii", "sock_shutdown": "ii",
    ]

    @Test("all 46 functions are there, with the words that wasi-libc gives them")
    func table() {
        let signatures = WASICapability.imports.map(\.signature)
        #expect(signatures.count == 46)
        #expect(Self.expected.count == 46)
        for signature in signatures {
            let words = signature.parameters.map { $0.type == .i32 ? "i" : "I" }.joined()
            #expect(Self.expected[signature.name] == words, "\(signature.name)")
            #expect(signature.module == "wasi_snapshot_preview1")
            #expect(signature.result == (signature.name == "proc_exit" ? nil : .i32), "\(signature.name)")
        }
    }

    /// What each function on a descriptor says about one that is not there (3) and about standard output (1).
    private static let refusals: [(name: String, place: Int, onStream: Int32)] = [
        ("fd_advise", 0, 70), ("fd_allocate", 0, 70), ("fd_datasync", 0, 28), ("fd_filestat_set_size", 0, 28),
        ("fd_filestat_set_times", 0, 58), ("fd_pread", 0, 70), ("fd_pwrite", 0, 70), ("fd_readdir", 0, 54),
        ("fd_seek", 0, 70), ("fd_sync", 0, 28), ("fd_tell", 0, 70), ("path_create_directory", 0, 54),
        ("path_filestat_get", 0, 54), ("path_filestat_set_times", 0, 54), ("path_open", 0, 54),
        ("path_readlink", 0, 54), ("path_remove_directory", 0, 54), ("path_symlink", 2, 54),
        ("path_unlink_file", 0, 54), ("sock_accept", 0, 57), ("sock_recv", 0, 57), ("sock_send", 0, 57),
        ("sock_shutdown", 0, 57), ("fd_prestat_get", 0, 8), ("fd_prestat_dir_name", 0, 8), ("fd_read", 0, 8),
    ]

    @Test("nothing is granted: no files, no folders, no sockets", arguments: WASITableTests.refusals)
    func refusal(name: String, place: Int, onStream: Int32) async throws {
        let wasi = try await WASIHarness()
        for descriptor in [UInt64(3), 4, 100, 0x7fff_ffff, 0xffff_ffff] {
            var words = [UInt64](repeating: 0, count: 9)
            words[place] = descriptor
            #expect(try await wasi.harness.start(name, words: words).value() == 8)
        }
        var words = [UInt64](repeating: 0, count: 9)
        words[place] = 1
        #expect(try await wasi.harness.start(name, words: words).value() == onStream)
    }

    @Test("a path of two folders needs both", arguments: [("path_link", 4), ("path_rename", 3)])
    func twoFolders(name: String, place: Int) async throws {
        let wasi = try await WASIHarness()
        var words = [UInt64](repeating: 0, count: 7)
        words[place] = 3
        #expect(try await wasi.harness.start(name, words: words).value() == 8)
        words[place] = 1
        #expect(try await wasi.harness.start(name, words: words).value() == 54)
    }

    @Test("hostile words crash no function of the table")
    func conformance() async throws {
        var setting = PluginSetting()
        setting.environment = [("A", "1"), ("LONGER", "two words")]
        let report = try await CapabilityConformance.check(WASICapability.make(), setting)
        #expect(report.failures.isEmpty, "\(report.failures)")
        #expect(report.callCount > 15_000)
    }
}
