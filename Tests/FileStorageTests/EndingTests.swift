import Foundation
import NIOCore
import NIOPosix
import PulpCapability
import PulpFileStorage
import PulpTestSupport
import PulpTesting
import PulpWire
import Synchronization
import Testing

/// Workers that begin only when the test lets them.
private final class HeldWorkers: Sendable {
    private let works = Mutex<[@Sendable (Bool) -> Void]>([])

    var workers: FileWorkers { FileWorkers { work in self.works.withLock { $0.append(work) } } }
    var count: Int { self.works.withLock { $0.count } }

    func release(isRunning: Bool = true) {
        while true {
            guard let work = self.works.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return }
            work(isRunning)
        }
    }
}

private final class Flag: Sendable {
    private let flag = Atomic(false)
    var isSet: Bool { self.flag.load(ordering: .relaxed) }
    func set() { self.flag.store(true, ordering: .relaxed) }
}

@Suite("Sessions and calls that end")
struct EndingTests {
    /// Opens a harness whose workers are held, but for the opening itself.
    private static func held(
        _ limits: [String: Int64] = [:]
    ) async throws -> (FileHarness, HeldWorkers) {
        let held = HeldWorkers()
        async let harness = FileHarness(workers: held.workers, readsFromMemory: false, limits: limits)
        #expect(await eventually { held.count == 1 })
        held.release()
        return (try await harness, held)
    }

    private static func start(_ files: FileHarness, _ path: String, _ text: String) async throws
        -> PulpTesting.PendingCall
    {
        try await files.harness.withGuest { guest in
            guest.write(Array(path.utf8), at: 1_024)
            guest.write(Array(text.utf8), at: 2_048)
        }
        return try await files.harness.start(
            "fs_write", words: [1_024, UInt64(path.utf8.count), 2_048, UInt64(text.utf8.count)])
    }

    @Test("a guest that is dropped before its turn has nothing written for it")
    func abandoned() async throws {
        let (files, held) = try await Self.held()
        let call = try await Self.start(files, "late", "text")
        #expect(call.result == nil)
        try await files.harness.abandon()
        held.release()
        await #expect(throws: CancellationError.self) { try await call.value() }
        #expect(!files.folder.exists("test/late"))
    }

    @Test("closing waits for calls that are with a worker, and afterwards nothing happens in the folder")
    func closing() async throws {
        let (files, held) = try await Self.held()
        _ = try await Self.start(files, "before", "text")
        let closed = Flag()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                await files.harness.close()
                closed.set()
            }
            for _ in 0..<1_000 { await Task.yield() }
            #expect(!closed.isSet)
            held.release()
            try await tasks.waitForAll()
        }
        #expect(files.folder.text("test/before") == "text")
        #expect(try await files.write("after", "text") == 9)
        #expect(!files.folder.exists("test/after"))
    }

    @Test("more calls than may wait are 12, and the others are done")
    func calls() async throws {
        let (files, held) = try await Self.held(["max_calls": 3])
        var calls: [PulpTesting.PendingCall] = []
        for number in 0..<3 { calls.append(try await Self.start(files, "f\(number)", "text")) }
        #expect(try await Self.start(files, "f3", "text").value() == 12)
        held.release()
        await files.harness.advance(by: .zero)
        for call in calls { #expect(try await call.value() == 0) }
        #expect(files.folder.text("test/f2") == "text")
    }

    @Test("when the host's workers have stopped, a call says so")
    func stopped() async throws {
        let (files, held) = try await Self.held()
        let call = try await Self.start(files, "f", "text")
        held.release(isRunning: false)
        await files.harness.advance(by: .zero)
        #expect(try await call.value() == 10)
    }

    @Test("of one folder's work two pieces run at once at most, and one change")
    func turns() async throws {
        let (files, held) = try await Self.held()
        for number in 0..<4 { _ = try await Self.start(files, "f\(number)", "text") }
        #expect(held.count == 1)
        try await files.harness.withGuest { $0.write([0x66], at: 4_000) }
        for _ in 0..<4 { _ = try await files.harness.start("fs_read", words: [4_000, 1, 64, 68]) }
        #expect(held.count == 2)
        held.release()
    }

    @Test("many writers at once leave whole files and a right account")
    func writers() async throws {
        let folder = try TemporaryFolder()
        let capability = FileStorageCapability.make(in: folder, workers: .threads, readsFromMemory: false)
        var setting = PluginSetting()
        setting.settings.set("max_total_bytes", to: .integer(3_000), in: "limits.storage.fs")
        let loops = MultiThreadedEventLoopGroup.singleton
        let settings = setting
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for writer in 0..<8 {
                tasks.addTask { try await Self.write(UInt8(writer), Harness(capability, settings, on: loops.next())) }
            }
            try await tasks.waitForAll()
        }
        let size = try #require(folder.text("test/same")).utf8.count
        // The account knows that one file: exactly the rest fits.
        let harness = try await FileHarness(in: folder, limits: ["max_total_bytes": 3_000])
        #expect(try await harness.write("rest", [UInt8](repeating: 1, count: 3_001 - size)) == 12)
        #expect(try await harness.write("rest", [UInt8](repeating: 1, count: 3_000 - size)) == 0)
    }

    /// Writes one file over and over, and looks whether what is there is whole.
    private static func write(_ writer: UInt8, _ harness: Harness) async throws {
        let text = [UInt8](repeating: UInt8(ascii: "a") + writer, count: 100 + Int(writer))
        for _ in 0..<50 {
            try await harness.withGuest { guest in
                guest.reset()
                guest.write(Array("same".utf8), at: 1_024)
                guest.write(text, at: 2_048)
            }
            let written = try await harness.call("fs_write", 1_024, 4, 2_048, UInt64(text.count))
            #expect(written == 0)
            let read = try await harness.query("fs_read", Array("same".utf8)).bytes
            let first = try #require(read.first)
            #expect(read == [UInt8](repeating: first, count: 100 + Int(first - UInt8(ascii: "a"))))
        }
        await harness.close()
    }

    @Test("hostile.md: 1,000 sessions that open, work and close leave no descriptor, no thread and no account")
    func cycles() async {
        // In a process of its own: other suites run beside this one, and what is weighed is the process.
        await #expect(processExitsWith: .success) { try await Self.cyclesAlone() }
    }

    private static func cyclesAlone() async throws {
        let folder = try TemporaryFolder()
        let capability = FileStorageCapability.make(in: folder, workers: .threads)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        func cycle() async throws {
            let harness = try await Harness(capability, on: loop)
            try await harness.withGuest { $0.write(Array("fx".utf8), at: 128) }
            #expect(try await harness.call("fs_write", 128, 1, 129, 1) == 0)
            #expect(try await harness.query("fs_read", Array("f".utf8)).bytes == Array("x".utf8))
            #expect(try await harness.query("fs_list", Array(".".utf8)).status == 0)
            try await harness.endInstance()
            await harness.close()
        }
        for _ in 0..<10 { try await cycle() }
        let threads = try Self.threads()
        for _ in 0..<1_000 { try await cycle() }
        #expect(await eventually { (try? openDescriptors(below: folder.path)) == 0 })
        #expect(await eventually { ((try? Self.threads()) ?? .max) < threads + 10 })
    }

    private static func threads() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
    }
}
