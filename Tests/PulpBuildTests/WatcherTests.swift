import Foundation
import PulpBuild
import PulpTestSupport
import Synchronization
import Testing

@Suite("Watching sources", .timeLimit(.minutes(5)))
struct WatcherTests {
    /// Everything that a watcher has told, gathered beside the test.
    private final class Told: Sendable {
        private let paths = Mutex<Set<String>>([])
        private let ended = Mutex(false)

        var isOver: Bool { self.ended.withLock { $0 } }
        func has(_ path: String) -> Bool { self.paths.withLock { $0.contains(path) } }
        func forget() { self.paths.withLock { $0 = [] } }

        func listen(to watcher: SourceWatcher) async {
            for await change in watcher { self.paths.withLock { $0.formUnion(change.paths) } }
            self.ended.withLock { $0 = true }
        }
    }

    private static let methods: [SourceWatcher.Method] = [.system, .polling(.milliseconds(5))]

    private static func watching(
        _ method: SourceWatcher.Method, _ files: [String: String],
        _ body: @escaping @Sendable (_ folder: String, _ told: Told, _ watcher: SourceWatcher) async throws -> Void
    ) async throws {
        try await Workbench.withPlugin(files) { folder in
            let watcher = try SourceWatcher(try Workbench.project(folder), method: method)
            let told = Told()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await told.listen(to: watcher) }
                try await body(folder, told, watcher)
                tasks.cancelAll()
            }
            #expect(told.isOver)
        }
    }

    @Test("a file that is saved, renamed over, new, deleted, or in a new folder is told", arguments: methods.indices)
    func changes(method: Int) async throws {
        try await Self.watching(Self.methods[method], ["a.c": "1", "src/b.c": "1"]) { folder, told, _ in
            try Workbench.write(["a.c": "22"], to: folder)
            #expect(await eventually { told.has("a.c") })
            told.forget()

            // As editors save: a file beside, renamed over the old one.
            for _ in 0..<2 {
                try Workbench.write(["src/.b.c.new": "333"], to: folder)
                let result = unsafe rename("\(folder)/src/.b.c.new", "\(folder)/src/b.c")
                #expect(result == 0)
                #expect(await eventually { told.has("src/b.c") })
                told.forget()
            }

            try Workbench.write(["new/deep/c.c": "1"], to: folder)
            #expect(await eventually { told.has("new/deep/c.c") })
            told.forget()
            try Workbench.write(["new/deep/c.c": "4444"], to: folder)
            #expect(await eventually { told.has("new/deep/c.c") })

            try FileManager.default.removeItem(atPath: "\(folder)/a.c")
            #expect(await eventually { told.has("a.c") })
            try Workbench.write(["pulp.plugin.toml": Workbench.manifest + "# more\n"], to: folder)
            #expect(await eventually { told.has("pulp.plugin.toml") })
        }
    }

    @Test("what is no source is not told", arguments: methods.indices)
    func others(method: Int) async throws {
        try await Self.watching(Self.methods[method], ["a.c": "1", "data/x": "", "tests/t": ""]) { folder, told, _ in
            let quiet = ["plugin.wasm", ".a.c.swp", "a.c~", "data/x", "tests/t", "target/debug/y.c"]
            for path in quiet { try Workbench.write([path: "222"], to: folder) }
            // Told after them, so that they would have been told by now.
            try Workbench.write(["a.c": "22"], to: folder)
            #expect(await eventually { told.has("a.c") })
            for path in quiet { #expect(!told.has(path), "\(path)") }
        }
    }

    @Test("a burst of more files than anybody reads is told within its bound")
    func burst() async throws {
        try await Workbench.withPlugin(["a.c": "1"]) { folder in
            let watcher = try SourceWatcher(try Workbench.project(folder))
            for index in 0..<600 { try Workbench.write(["f\(index).c": "x"], to: folder) }
            var changes = watcher.makeAsyncIterator()
            let first = await changes.next()
            #expect((1...SourceChange.largestCount).contains(first?.paths.count ?? 0))
        }
    }

    @Test("it ends when it is stopped, and when the folder is gone", arguments: methods.indices)
    func endings(method: Int) async throws {
        try await Self.watching(Self.methods[method], ["a.c": "1"]) { _, told, watcher in
            watcher.stop()
            #expect(await eventually { told.isOver })
        }
        try await Self.watching(Self.methods[method], ["a.c": "1"]) { folder, told, _ in
            try FileManager.default.removeItem(atPath: folder)
            #expect(await eventually { told.isOver })
        }
    }

    @Test("a folder that is never quiet is told of still", arguments: methods.indices)
    func storm(method: Int) async throws {
        try await Self.watching(Self.methods[method], ["a.c": "1", "b.c": "1"]) { folder, told, _ in
            let end = ContinuousClock.now + .seconds(60)
            var number = 0
            while !(told.has("a.c") && told.has("b.c")), ContinuousClock.now < end {
                number += 1
                try Workbench.write(["a.c": "\(number)", "b.c": "\(number)"], to: folder)
                await Task.yield()
            }
            #expect(told.has("a.c") && told.has("b.c"))
        }
    }

    @Test("a folder that is moved away is told, and what happens to it there is not", arguments: methods.indices)
    func movedAway(method: Int) async throws {
        try await withTemporaryFolder { elsewhere in
            try await Self.watching(Self.methods[method], ["a.c": "1", "src/b.c": "1"]) { folder, told, _ in
                try FileManager.default.moveItem(atPath: "\(folder)/src", toPath: "\(elsewhere)/src")
                #expect(await eventually { told.has("src") || told.has("src/b.c") })
                told.forget()
                try Workbench.write(["src/b.c": "22"], to: elsewhere)
                try Workbench.write(["a.c": "22"], to: folder)
                #expect(await eventually { told.has("a.c") })
                #expect(!told.has("src/b.c"))
                try FileManager.default.moveItem(atPath: "\(elsewhere)/src", toPath: "\(folder)/back")
                #expect(await eventually { told.has("back/b.c") })
                told.forget()
                try Workbench.write(["back/b.c": "333"], to: folder)
                #expect(await eventually { told.has("back/b.c") })
            }
        }
    }

    @Test("folders that come while the system loses events are watched, and everything is told")
    func overflow() async throws {
        let path = "/proc/sys/fs/inotify/max_queued_events"
        let text = (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .newlines)
        guard let limit = text.flatMap({ Int($0) }), limit <= 200_000 else {
            print("warning: skipped: a queue of inotify that overflows, which \(path) does not limit enough")
            return
        }
        try await Workbench.withPlugin(["a.c": "1"]) { folder in
            let (begun, gate) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
            let isFirst = Atomic(true)
            let watcher = try SourceWatcher(folder: folder) { _ in
                if isFirst.exchange(false, ordering: .relaxed) {
                    begun.signal()
                    // The watcher's own thread: nothing is read from the queue meanwhile.
                    gate.wait()
                }
                return true
            }
            let told = Told()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await told.listen(to: watcher) }
                try Workbench.write(["a.c": "2"], to: folder)
                #expect(await eventually { begun.wait(timeout: .now()) == .success })
                // Two names in turn, since the system joins events that are alike.
                for number in 0...limit / 2 {
                    for name in ["a.c", "b.c"] {
                        let descriptor = unsafe open("\(folder)/\(name)", O_WRONLY | O_CREAT, 0o600)
                        close(descriptor)
                    }
                    if number == 0 { try Workbench.write(["kept.c": "1"], to: folder) }
                }
                try Workbench.write(["late/c.c": "1"], to: folder)
                gate.signal()
                #expect(await eventually { told.has("late/c.c") })
                told.forget()
                try Workbench.write(["late/c.c": "22"], to: folder)
                #expect(await eventually { told.has("late/c.c") })
                tasks.cancelAll()
            }
        }
    }

    @Test("of more folders than the system may watch none is left out")
    func manyFolders() async throws {
        try await Workbench.withPlugin(["a.c": "1"]) { folder in
            for number in 0..<2_100 {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/d\(number)", withIntermediateDirectories: false)
            }
            let watcher = try SourceWatcher(try Workbench.project(folder))
            let told = Told()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await told.listen(to: watcher) }
                for number in 0..<2_100 { try Workbench.write(["d\(number)/x.c": "1"], to: folder) }
                // No more than 256 are told at a time: the last of all, again and again until it is.
                var number = 0
                #expect(
                    try await eventually {
                        number += 1
                        for name in ["d0/x.c", "d1050/x.c", "d2099/x.c"] where !told.has(name) {
                            try Workbench.write([name: "\(number)"], to: folder)
                        }
                        return ["d0/x.c", "d1050/x.c", "d2099/x.c"].allSatisfy(told.has)
                    })
                tasks.cancelAll()
            }
        }
    }

    @Test("where it is told to, it waits for a folder that is gone, and goes on", arguments: methods.indices)
    func comesBack(method: Int) async throws {
        try await withTemporaryFolder { outer in
            let folder = "\(outer)/plugin"
            try Workbench.write(["a.c": "1"], to: folder)
            let watcher = try SourceWatcher(folder: folder, method: Self.methods[method], outlivesFolder: true) { _ in
                true
            }
            let told = Told()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { await told.listen(to: watcher) }
                for round in 1...2 {
                    try FileManager.default.moveItem(atPath: folder, toPath: "\(outer)/away\(round)")
                    #expect(await eventually { told.has(".") || told.has("a.c") })
                    told.forget()
                    try Workbench.write(["a.c": "1", "src/b.c": "1"], to: folder)
                    #expect(await eventually { told.has("a.c") && told.has("src/b.c") })
                    told.forget()
                    try Workbench.write(["src/b.c": "\(round) more"], to: folder)
                    #expect(await eventually { told.has("src/b.c") })
                    told.forget()
                }
                #expect(!told.isOver)
                tasks.cancelAll()
            }
        }
    }

    @Test("folders of tools that the manifest names sources in are watched", arguments: methods.indices)
    func named(method: Int) async throws {
        let manifest = Workbench.manifest + "[build]\nsources = [\"build/made\", \"a.c\"]\n"
        let files = ["pulp.plugin.toml": manifest, "a.c": "1", "build/made/b.c": "1", "build/other/c.c": "1"]
        try await Self.watching(Self.methods[method], files) { folder, told, _ in
            try Workbench.write(["build/other/c.c": "22"], to: folder)
            try Workbench.write(["build/made/b.c": "22"], to: folder)
            #expect(await eventually { told.has("build/made/b.c") })
            #expect(!told.has("build/other/c.c"))
        }
    }

    @Test("a folder that is not there cannot be watched")
    func nowhere() {
        #expect(throws: BuildError.self) { try SourceWatcher(folder: "/nowhere/at/all") { _ in true } }
    }
}
