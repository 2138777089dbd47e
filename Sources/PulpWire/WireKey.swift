/// The name of a field on the wire: `snake_case`, written here once and nowhere else.
///
/// Holds a literal, so comparing and writing allocate nothing. Use it in a `switch` over what
/// ``MessagePackReader/readKey()`` returns.
@frozen
public struct WireKey: ExpressibleByStringLiteral, Sendable {
    public let text: StaticString

    /// A key that is spelled out in source.
    @inlinable
    public init(stringLiteral text: StaticString) {
        self.text = text
    }

    /// Whether `bytes` spell this key. The length is compared in place: it tells most keys apart.
    @inlinable
    @inline(__always)
    public func matches(_ bytes: RawSpan) -> Bool {
        guard self.text.hasPointerRepresentation, self.text.utf8CodeUnitCount == bytes.byteCount else { return false }
        return unsafe Self.areSame(self.text.utf8Start, bytes)
    }

    /// Compares as many bytes as `bytes` has, by words, of which the last may overlap the one before: a guest pays as
    /// much for each turn of a loop as for a comparison.
    @inlinable
    #if hasFeature(Embedded)
        @inline(never)
    #endif
    static func areSame(_ start: UnsafePointer<UInt8>, _ bytes: RawSpan) -> Bool {
        let text = unsafe UnsafeRawPointer(start)
        let count = bytes.byteCount
        guard count >= 4 else {
            for offset in 0..<count where unsafe !Self.isSame(UInt8.self, text, bytes, at: offset) { return false }
            return true
        }
        var offset = 0
        while offset < count &- 4 {
            guard unsafe Self.isSame(UInt32.self, text, bytes, at: offset) else { return false }
            offset &+= 4
        }
        return unsafe Self.isSame(UInt32.self, text, bytes, at: count &- 4)
    }

    /// Compares one word; the caller has checked that it lies inside.
    @inlinable
    @inline(__always)
    static func isSame<Word: FixedWidthInteger & BitwiseCopyable>(
        _ type: Word.Type, _ text: UnsafeRawPointer, _ bytes: RawSpan, at offset: Int
    ) -> Bool {
        unsafe text.loadUnaligned(fromByteOffset: offset, as: type)
            == bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: type)
    }
}

/// Lets a `switch` over a key's bytes name ``WireKey`` in its cases.
@inlinable
public func ~= (key: WireKey, bytes: RawSpan) -> Bool {
    key.matches(bytes)
}

// Computed, not stored: a stored static is initialised lazily and costs a check on each use.
// A key that several sections use stands in the first of them.
extension WireKey {
    // Step events
    @inlinable public static var kind: WireKey { "kind" }
    @inlinable public static var payload: WireKey { "payload" }

    // HTTP
    @inlinable public static var addr: WireKey { "addr" }
    @inlinable public static var body: WireKey { "body" }
    @inlinable public static var cookies: WireKey { "cookies" }
    @inlinable public static var headerList: WireKey { "header_list" }
    @inlinable public static var headers: WireKey { "headers" }
    @inlinable public static var host: WireKey { "host" }
    @inlinable public static var id: WireKey { "id" }
    @inlinable public static var method: WireKey { "method" }
    @inlinable public static var params: WireKey { "params" }
    @inlinable public static var path: WireKey { "path" }
    @inlinable public static var query: WireKey { "query" }
    @inlinable public static var queryList: WireKey { "query_list" }
    @inlinable public static var remoteAddr: WireKey { "remote_addr" }
    @inlinable public static var status: WireKey { "status" }

    // Outbound HTTP
    @inlinable public static var allow: WireKey { "allow" }
    @inlinable public static var bytes: WireKey { "bytes" }
    @inlinable public static var code: WireKey { "code" }
    @inlinable public static var eof: WireKey { "eof" }
    @inlinable public static var err: WireKey { "err" }
    @inlinable public static var message: WireKey { "message" }
    @inlinable public static var streamID: WireKey { "stream_id" }
    @inlinable public static var timeout: WireKey { "timeout" }
    @inlinable public static var url: WireKey { "url" }

    // WebSocket
    @inlinable public static var connID: WireKey { "conn_id" }
    @inlinable public static var connIDs: WireKey { "conn_ids" }
    @inlinable public static var failed: WireKey { "failed" }
    @inlinable public static var opcode: WireKey { "opcode" }
    @inlinable public static var `protocol`: WireKey { "protocol" }
    @inlinable public static var reason: WireKey { "reason" }

    // Server-sent events
    @inlinable public static var data: WireKey { "data" }
    @inlinable public static var event: WireKey { "event" }
    @inlinable public static var lastEventID: WireKey { "last_event_id" }
    @inlinable public static var subscriberID: WireKey { "subscriber_id" }

    // Files
    @inlinable public static var dir: WireKey { "dir" }
    @inlinable public static var isDir: WireKey { "is_dir" }
    @inlinable public static var max: WireKey { "max" }
    @inlinable public static var mode: WireKey { "mode" }
    @inlinable public static var modTimeNanoseconds: WireKey { "mod_time_ns" }
    @inlinable public static var name: WireKey { "name" }
    @inlinable public static var new: WireKey { "new" }
    @inlinable public static var offset: WireKey { "offset" }
    @inlinable public static var old: WireKey { "old" }
    @inlinable public static var pattern: WireKey { "pattern" }
    @inlinable public static var size: WireKey { "size" }

    // SQLite
    @inlinable public static var columns: WireKey { "columns" }
    @inlinable public static var cursor: WireKey { "cursor" }
    @inlinable public static var done: WireKey { "done" }
    @inlinable public static var error: WireKey { "error" }
    @inlinable public static var lastInsertID: WireKey { "last_insert_id" }
    @inlinable public static var results: WireKey { "results" }
    @inlinable public static var rows: WireKey { "rows" }
    @inlinable public static var rowsAffected: WireKey { "rows_affected" }
    @inlinable public static var statements: WireKey { "statements" }

    // Docker
    @inlinable public static var action: WireKey { "action" }
    @inlinable public static var buildArgs: WireKey { "build_args" }
    @inlinable public static var buildDir: WireKey { "build_dir" }
    @inlinable public static var building: WireKey { "building" }
    @inlinable public static var cmd: WireKey { "cmd" }
    @inlinable public static var container: WireKey { "container" }
    @inlinable public static var containerID: WireKey { "container_id" }
    @inlinable public static var cpuLimit: WireKey { "cpu_limit" }
    @inlinable public static var cpuPercent: WireKey { "cpu_percent" }
    @inlinable public static var diskReadBytes: WireKey { "disk_read_bytes" }
    @inlinable public static var diskReadRate: WireKey { "disk_io_read_bps" }
    @inlinable public static var diskSizeLimit: WireKey { "disk_size_limit" }
    @inlinable public static var diskWriteBytes: WireKey { "disk_write_bytes" }
    @inlinable public static var diskWriteRate: WireKey { "disk_io_write_bps" }
    @inlinable public static var environment: WireKey { "environment" }
    @inlinable public static var exitCode: WireKey { "exit_code" }
    @inlinable public static var filter: WireKey { "filter" }
    @inlinable public static var image: WireKey { "image" }
    @inlinable public static var imageTag: WireKey { "image_tag" }
    @inlinable public static var ip: WireKey { "ip" }
    @inlinable public static var lastBuildTime: WireKey { "last_build_time" }
    @inlinable public static var lastError: WireKey { "last_error" }
    @inlinable public static var limit: WireKey { "limit" }
    @inlinable public static var logs: WireKey { "logs" }
    @inlinable public static var memoryLimit: WireKey { "memory_limit" }
    @inlinable public static var memorySwap: WireKey { "memory_swap" }
    @inlinable public static var memoryUsed: WireKey { "memory_used" }
    @inlinable public static var network: WireKey { "network" }
    @inlinable public static var nextNanos: WireKey { "next_nanos" }
    @inlinable public static var output: WireKey { "output" }
    @inlinable public static var pidsLimit: WireKey { "pids_limit" }
    @inlinable public static var ports: WireKey { "ports" }
    @inlinable public static var range: WireKey { "range" }
    @inlinable public static var receivedBytes: WireKey { "net_rx_bytes" }
    @inlinable public static var sentBytes: WireKey { "net_tx_bytes" }
    @inlinable public static var sinceNanos: WireKey { "since_nanos" }
    @inlinable public static var stream: WireKey { "stream" }
    @inlinable public static var tail: WireKey { "tail" }
    @inlinable public static var timestamp: WireKey { "timestamp" }
    @inlinable public static var truncated: WireKey { "truncated" }
    @inlinable public static var volumes: WireKey { "volumes" }

    // Entropy
    @inlinable public static var n: WireKey { "n" }

    // Log
    @inlinable public static var fields: WireKey { "fields" }
    @inlinable public static var level: WireKey { "level" }
}
