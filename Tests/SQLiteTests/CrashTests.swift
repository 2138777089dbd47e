import Foundation
import PulpCapability
import PulpTestSupport
import PulpTesting
import PulpWire
import Synchronization
import Testing

@testable import PulpSQLite

#if os(Linux)
    @Suite("A host that is killed")
    struct CrashTests {
        private static let kills = 100

        @Test("under write load, 100 times, loses no committed row, and the database is whole")
        func killed() async throws {
            let folder = try Folder()
            let program = try Self.program()
            var last: Int64 = 0
            var random = SeededRandom(seed: 9)
            for number in 1...Self.kills {
                let rows = Int.random(in: 1...40, using: &random)
                let committed = try await Self.write(program, folder, from: last + 1, atLeast: rows)
                #expect(committed > last)
                last = committed
                if number % 10 == 0 { try await Self.check(folder, upTo: committed) }
            }
        }

        /// What this process reads is what the next one would find.
        private static func check(_ folder: Folder, upTo committed: Int64) async throws {
            try await Database.with(in: folder) { database async throws in
                #expect(try await database.rows("PRAGMA integrity_check") == [[.string("ok")]])
                let found = try await database.rows("SELECT count(*), max(n) FROM kept")
                guard case .int(let count)? = found.first?.first, case .int(let most)? = found.first?.last else {
                    Issue.record("no rows")
                    return
                }
                #expect(count == most && most >= committed)
            }
        }

        /// Runs the writer until it has said `count` rows, and kills it; the last row that it said.
        private static func write(
            _ program: URL, _ folder: Folder, from first: Int64, atLeast count: Int
        ) async throws -> Int64 {
            let process = Process()
            process.executableURL = program
            process.currentDirectoryURL = Fixture.root
            process.arguments = [
                "bench", "sqlite-writer", folder.path, "--first", "\(first)", "--manifest",
                Self.manifest(in: folder.path),
            ]
            let pipe = Pipe()
            process.standardOutput = pipe
            try process.run()
            return try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    var text = Data()
                    var isKilled = false
                    while case let part = pipe.fileHandleForReading.availableData, !part.isEmpty {
                        text += part
                        if !isKilled, text.count(where: { $0 == 0x0a }) >= count {
                            isKilled = true
                            kill(process.processIdentifier, SIGKILL)
                        }
                    }
                    process.waitUntilExit()
                    let lines = String(decoding: text, as: UTF8.self).split(
                        separator: "\n", omittingEmptySubsequences: false)
                    guard let last = lines.dropLast().last.flatMap({ Int64($0) }), isKilled else {
                        return continuation.resume(throwing: WriterEnded())
                    }
                    continuation.resume(returning: last)
                }
            }
        }

        /// The fixture under the name of the harness' plugin, so that both have one database.
        private static func manifest(in folder: String) -> String {
            let path = folder + "/pulp.plugin.toml"
            if !FileManager.default.fileExists(atPath: path) {
                let text = """
                    name = "test"
                    version = "1.0.0"
                    wasm = "\(Fixture.wasm("sqlite-caller"))"
                    capabilities = ["storage.sqlite"]
                    """
                try? Data(text.utf8).write(to: URL(filePath: path))
            }
            return path
        }

        /// The program beside the tests.
        private static func program() throws -> URL {
            let bundles = Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") }.map(\.bundleURL)
            let places = ProcessInfo.processInfo.arguments.prefix(1).map { URL(filePath: $0) } + bundles
            let candidates = places.map { $0.deletingLastPathComponent().appending(path: "pulp") }
            return try #require(candidates.first { FileManager.default.isExecutableFile(atPath: $0.path) })
        }

        private struct WriterEnded: Error {}
    }
#endif
