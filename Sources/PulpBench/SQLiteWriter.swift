import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpSandbox

/// Writes rows through a guest for as long as the process lives, and says each one that was committed: the victim of the
/// test that kills it.
package enum SQLiteWriter {
    /// - Parameters:
    ///   - manifest: The fixture's.
    ///   - folder: The storage root.
    ///   - first: The first row's number; each row has the next one.
    package static func run(manifest: String, folder: String, first: Int64) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var logger = Logger(label: "pulp.bench")
        logger.logLevel = .warning
        let environment = try PulpEnvironment.shared(logger: logger, group: group)
        let spec = try Manifest.load(path: manifest, knownCapabilities: nil).spec
        let plugin = try await RunningPlugin.load(
            spec, registry: .builtins(listeners: nil, storage: StorageRoot(path: folder)), environment: environment)
        try await plugin.initialize(spec.config)
        let filler = MessagePackValue.binary([UInt8](repeating: 7, count: 300))
        try await SQLiteBenchmark.step(
            plugin, function: 0, "CREATE TABLE IF NOT EXISTS kept (n INTEGER PRIMARY KEY, filler BLOB)", [])
        var number = first
        while true {
            // Ignored is the one row that may have been committed, but not said, by the writer before.
            try await SQLiteBenchmark.step(
                plugin, function: 0, "INSERT OR IGNORE INTO kept VALUES (?, ?)", [.int(number), filler])
            // One write of the system for each line: what the reader sees was committed.
            FileHandle.standardOutput.write(Data("\(number)\n".utf8))
            number += 1
        }
    }
}
