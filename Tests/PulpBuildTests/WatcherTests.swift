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

    @Test("a folder that is not there cannot be watched")
    func nowhere() {
        #expect(throws: BuildError.self) { try SourceWatcher(folder: "/nowhere/at/all") { _ in true } }
    }
}
