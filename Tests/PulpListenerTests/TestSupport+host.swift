import Foundation
import Logging
import NIOCore
import NIOPosix
import Synchronization

@testable import PulpListener

/// Collects what is logged.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    private let (stream, continuation) = AsyncStream.makeStream(of: String.self)

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    func count(_ text: String) -> Int { self.lines.withLock { $0.filter { $0.contains(text) }.count } }

    func wait(for text: String) async throws {
        for await line in self.stream where line.contains(text) { return }
        throw CancellationError()
    }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            self.lines.lines.withLock { $0.append("\(event.message)") }
            self.lines.continuation.yield("\(event.message)")
        }
    }
}

/// Uses up the file descriptors of this process.
final class Descriptors: Sendable {
    private let held: [CInt]
    private let limit: rlimit

    private init(held: [CInt], limit: rlimit) {
        self.held = held
        self.limit = limit
    }

    /// Runs `body` with `keeping` descriptors left, which it is expected to use up.
    static func exhausted<T: Sendable>(
        keeping: Int, _ body: () async throws -> T
    ) async throws -> (T, Descriptors) {
        var old = rlimit()
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &old)
        var low = old
        low.rlim_cur = 256
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &low)
        var held: [CInt] = []
        while true {
            let copy = dup(2)
            if copy < 0 { break }
            held.append(copy)
        }
        for _ in 0..<keeping { if let last = held.popLast() { close(last) } }
        return (try await body(), Descriptors(held: held, limit: old))
    }

    func release() {
        for descriptor in self.held { close(descriptor) }
        var limit = self.limit
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

/// A folder of this test run.
enum TemporaryFolder {
    private static let folder: URL = {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("listener-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }()

    static func path(_ name: String) -> String { self.folder.appendingPathComponent(name).path }

    static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }
}
