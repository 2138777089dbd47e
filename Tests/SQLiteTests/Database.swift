import Foundation
import NIOCore
import NIOPosix
import PulpCapability
import PulpSandbox
import PulpTesting
import PulpWire
import Testing

@testable import PulpSQLite

/// A folder that is removed at the end.
final class Folder: Sendable {
    let path: String

    init() throws {
        self.path = NSTemporaryDirectory() + "pulp-sqlite-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: self.path)
    }

    var storage: StorageRoot { StorageRoot(path: self.path) }
    /// The database of the plugin `name`.
    func database(of name: String = "test") -> String { "\(self.path)/\(name)/data.db" }
}

/// The capability as a guest sees it, with the guest's memory in the test's hands.
struct Database {
    let harness: Harness
    let folder: Folder

    static let memoryBytes = 2 << 20
    /// Where requests are put: above what the allocator gives.
    static let requests: UInt64 = 1 << 20

    /// Opens the database of a plugin, hands it to `body`, and closes it.
    static func with<Result: Sendable>(
        _ dialect: PluginScope.Dialect = .cell, in folder: Folder? = nil, limits: [SettingKey: Int64] = [:],
        transactions: String? = nil, instance: UInt64 = 1, callTimeout: Duration = .seconds(30),
        _ body: (Database) async throws -> Result
    ) async throws -> Result {
        let folder = try folder ?? Folder()
        var setting = PluginSetting()
        setting.dialect = dialect
        setting.memoryBytes = Self.memoryBytes
        setting.instance = instance
        setting.callTimeout = callTimeout
        for (key, value) in limits {
            setting.settings.set(key.name, to: .integer(value), in: "limits.storage.sqlite")
        }
        if let transactions {
            setting.settings.set("transactions", to: .string(transactions), in: "sqlite")
        }
        let harness = try await Harness(
            SQLiteCapability(storage: folder.storage), setting, on: MultiThreadedEventLoopGroup.singleton.any())
        try await harness.withGuest { $0.allocator = .sameAddress }
        do {
            let result = try await body(Database(harness: harness, folder: folder))
            await harness.close()
            return result
        } catch {
            await harness.close()
            throw error
        }
    }

    /// What a call left in the out-pair, and its status.
    struct Answer {
        let status: Int32
        let bytes: [UInt8]
        let isPairUntouched: Bool

        func exec() throws -> SQLiteExecResult { try SQLiteExecResult(decoding: self.bytes) }
        func query() throws -> SQLiteQueryResult { try SQLiteQueryResult(decoding: self.bytes) }
        func batch() throws -> SQLiteBatchResult { try SQLiteBatchResult(decoding: self.bytes) }
    }

    /// Calls an import whose first words are pieces of memory, then `words`, then an out-pair.
    func call(
        _ name: String, _ pieces: [[UInt8]], _ words: [UInt64] = [], hasPair: Bool = true
    ) async throws -> Answer {
        try await self.start(name, pieces, words, hasPair: hasPair)()
    }

    /// Begins a call; the closure waits for its end.
    func start(
        _ name: String, _ pieces: [[UInt8]], _ words: [UInt64] = [], hasPair: Bool = true
    ) async throws -> () async throws -> Answer {
        var all: [UInt64] = []
        var place = Self.requests
        for piece in pieces {
            all += [place, UInt64(piece.count)]
            let start = Int(place)
            try await self.harness.withGuest { $0.write(piece, at: start) }
            place += UInt64(piece.count + 16)
        }
        try await self.harness.withGuest { $0.write([UInt8](repeating: 0xa5, count: 8), at: 64) }
        let pending = try await self.harness.start(name, words: all + words + (hasPair ? [64, 68] : []))
        return {
            let status = try await pending.value()
            return try await self.harness.withGuest { guest in
                let (pointer, count) = (guest.word(at: 64), guest.word(at: 68))
                let isUntouched = pointer == 0xa5a5_a5a5 && count == 0xa5a5_a5a5
                return Answer(
                    status: status, bytes: isUntouched ? [] : guest.read(Int(count), at: Int(pointer)),
                    isPairUntouched: isUntouched)
            }
        }
    }

    static func parameters(_ values: [MessagePackValue]) -> [UInt8] {
        values.isEmpty ? [] : MessagePackValue.array(values).encodedBytes()
    }

    func exec(_ sql: String, _ values: [MessagePackValue] = []) async throws -> Answer {
        try await self.call("sqlite_exec", [[UInt8](sql.utf8), Self.parameters(values)])
    }

    func query(_ sql: String, _ values: [MessagePackValue] = []) async throws -> Answer {
        try await self.call("sqlite_query", [[UInt8](sql.utf8), Self.parameters(values)])
    }

    func batch(_ statements: [SQLiteBatchRequest.Statement]) async throws -> Answer {
        try await self.call("sqlite_batch", [SQLiteBatchRequest(statements: statements).encodedBytes()])
    }

    func stream(_ sql: String, _ values: [MessagePackValue] = [], rows: UInt64 = 0) async throws -> Answer {
        try await self.call("sqlite_query_stream", [[UInt8](sql.utf8), Self.parameters(values)], [rows])
    }

    func next(_ cursor: UInt64, rows: UInt64 = 0) async throws -> Answer {
        try await self.call("sqlite_query_stream_next", [], [cursor & 0xffff_ffff, cursor >> 32, rows])
    }

    func endStream(_ cursor: UInt64) async throws -> Int32 {
        try await self.call("sqlite_query_stream_close", [], [cursor & 0xffff_ffff, cursor >> 32], hasPair: false)
            .status
    }

    /// Runs SQL that must work.
    func must(_ sql: String, _ values: [MessagePackValue] = []) async throws {
        let answer = try await self.exec(sql, values)
        try #require(answer.status == 0, "\(sql): \((try? answer.exec().error) ?? "")")
    }

    /// The rows of a query that must work.
    func rows(_ sql: String, _ values: [MessagePackValue] = []) async throws -> [[MessagePackValue]] {
        let answer = try await self.query(sql, values)
        try #require(answer.status == 0, "\(sql): \((try? answer.query().error) ?? "")")
        return try answer.query().rows ?? []
    }

    func isLogged(_ text: String) -> Bool { self.harness.logs.messages.contains { $0.contains(text) } }
}
