import Foundation
import PulpFileStorage
import PulpSandbox
import PulpTesting
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// hostile.md: "ext-fs resolve: check-then-open on path strings (symlink race)".
@Suite("Folders that become links while they are used")
struct RaceTests {
    private static let rounds = 150

    @Test("hostile.md: nothing outside is ever read or touched", arguments: SandboxDirectory.Resolution.allCases)
    func swap(resolution: SandboxDirectory.Resolution) async throws {
        let files = try await FileHarness(resolution: resolution) { folder in
            try folder.write("outside/file", "secret")
            try folder.write("outside/keep", "secret")
            try folder.write("test/mine", "mine")
            try folder.write("test/door/file", "inside")
        }
        let before = try files.folder.snapshot("outside")
        let swapper = Swapper(files.folder.path + "/test/door", to: "../outside")
        swapper.start()
        var (done, refused) = (0, 0)
        for _ in 0..<Self.rounds {
            for call in FileCall.allCases {
                for path in ["door/file", "door/new", "door"] {
                    let (status, bytes) = try await call.run(files, Array(path.utf8))
                    #expect(!String(decoding: bytes, as: UTF8.self).contains("secret"), "\(call) of \(path)")
                    if call == .list { #expect(!String(decoding: bytes, as: UTF8.self).contains("keep")) }
                    if status == 0 { done += 1 } else { refused += 1 }
                }
            }
            // What was moved or removed is put back, through the sandbox as well.
            _ = try await files.write("mine", "mine")
            _ = try await files.removeAll("moved")
            _ = try await files.write("door/file", "inside")
        }
        let swaps = swapper.stop()
        #expect(try files.folder.snapshot("outside") == before)
        // The race was one: both sides have won now and then.
        #expect(swaps > 100 && done > 100 && refused > 100, "\(swaps) swaps, \(done) done, \(refused) refused")
    }
}

/// Makes a folder a link and a folder again, as fast as it can.
private final class Swapper: Sendable {
    private let path: String
    private let target: String
    private let isStopped = Atomic(false)
    private let swaps = Atomic(0)
    private let ended = DispatchSemaphore(value: 0)

    init(_ path: String, to target: String) {
        self.path = path
        self.target = target
    }

    func start() {
        Thread.detachNewThread { [self] in
            let (aside, link) = (self.path + ".aside", self.path + ".link")
            while !self.isStopped.load(ordering: .relaxed) {
                _ = unsafe symlink(self.target, link)
                _ = unsafe rename(self.path, aside)
                _ = unsafe rename(link, self.path)
                _ = unsafe unlink(self.path)
                _ = unsafe rename(aside, self.path)
                self.swaps.wrappingAdd(1, ordering: .relaxed)
            }
            self.ended.signal()
        }
    }

    func stop() -> Int {
        self.isStopped.store(true, ordering: .relaxed)
        self.ended.wait()
        return self.swaps.load(ordering: .relaxed)
    }
}
