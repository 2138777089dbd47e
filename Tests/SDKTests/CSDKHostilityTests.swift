import Foundation
import PulpManifest
import PulpRuntime
import PulpSandbox
import PulpTestSupport
import PulpWire
import Testing

/// What no well-behaved host sends, and what no memory holds.
@Suite("The SDK for C under hostile conditions")
struct CSDKHostilityTests {
    private static func step(_ plugin: RunningPlugin, _ payload: [UInt8]) async throws -> Int64 {
        let bytes = StepEnvelope(callNumber: 1, wallTime: 2, payload: payload).encodedBytes()
        return try await plugin.call(.step(byteCount: bytes.count), bytes: bytes)
    }

    private static func withPlugin(
        pages: Int = 4096, _ body: @escaping @Sendable (Site) async throws -> Void
    ) async throws {
        var spec = try CSDKTests.spec()
        spec.limits.maxMemoryPages = pages
        spec.limits.maxMessageBytes = 64 << 20
        // Its own ticks would come between.
        spec.ticks = .none
        let final = spec
        try await withTemporaryFolder { folder async throws in
            try await withSite([final], loops: 1, storage: StorageRoot(path: folder), body)
        }
    }

    private static func event(_ kind: String, _ payload: MessagePackValue) -> [UInt8] {
        MessagePackValue.map([.init(key: "kind", value: .string(kind)), .init(key: "payload", value: payload)])
            .encodedBytes()
    }

    private static func request(headers: Int) -> MessagePackValue {
        var fields = (0..<headers).map {
            MessagePackValue.Pair(key: .string("X-Header-\($0)"), value: .string("value \($0)"))
        }
        fields.append(.init(key: "X-Last", value: "last"))
        return .map([
            .init(key: "id", value: 77), .init(key: "method", value: "GET"),
            .init(key: "path", value: "/count-headers"), .init(key: "params", value: .map([])),
            .init(key: "query", value: .map([])), .init(key: "headers", value: .map(fields)),
            .init(key: "body", value: .binary([])), .init(key: "remote_addr", value: "127.0.0.1:1"),
        ])
    }

    private static let samples: [(kind: String, payload: MessagePackValue)] = [
        ("http.request", Self.request(headers: 3)),
        (
            "ws.open",
            ["conn_id": 5, "path": "/ws/x", "query": ["a": "b"], "headers": ["A": "b"], "params": ["room": "x"]]
        ),
        ("ws.frame", ["conn_id": 5, "opcode": 1, "payload": "text"]),
        ("ws.close", ["conn_id": 5, "code": 1000, "reason": "over"]),
        ("sse.subscribe", ["subscriber_id": 5, "path": "/live/x", "params": ["topic": "x"], "last_event_id": "1"]),
        ("sse.unsubscribe", ["subscriber_id": 5, "path": "/live/x", "reason": "gone"]),
    ]

    @Test("an event that ends anywhere is passed over, and the next one is served")
    func truncated() async throws {
        try await Self.withPlugin { site async throws in
            for sample in Self.samples {
                let whole = Self.event(sample.kind, sample.payload)
                for length in 1..<whole.count {
                    let result = try await Self.step(site.plugin, Array(whole.prefix(length)))
                    #expect(result == 2 || result == 3, "\(sample.kind) of \(length) bytes")
                }
            }
            #expect(try await site.get("/describe/literal").status == 200)
        }
    }

    @Test("an event with any byte changed never ends the plugin")
    func changed() async throws {
        try await Self.withPlugin { site async throws in
            for sample in Self.samples {
                let whole = Self.event(sample.kind, sample.payload)
                for position in whole.indices {
                    for byte: UInt8 in [0x00, 0x80, 0xC0, 0xC1, 0xC6, 0xDB, 0xDD, 0xDF, 0xFF] {
                        var changed = whole
                        changed[position] = byte
                        _ = try await Self.step(site.plugin, changed)
                    }
                }
            }
            #expect(try await site.get("/describe/literal").status == 200)
        }
    }

    @Test("an envelope that promises more than it has is refused, unknown kinds are passed over")
    func envelopes() async throws {
        try await Self.withPlugin { site async throws in
            var bytes = StepEnvelope(callNumber: 1, wallTime: 2, payload: [0xC0]).encodedBytes()
            bytes[16] = 200
            let broken = bytes
            #expect(try await site.plugin.call(.step(byteCount: broken.count), bytes: broken) == 1)
            #expect(try await Self.step(site.plugin, Self.event("of.another.host", .nil)) == 0)
            #expect(try await Self.step(site.plugin, Self.event("test.number", 1234)) == 1234)
            // The kind behind the payload.
            let turned: MessagePackValue = .map([
                .init(key: "payload", value: 99), .init(key: "kind", value: "test.number"),
            ])
            #expect(try await Self.step(site.plugin, turned.encodedBytes()) == 99)
        }
    }

    @Test("10,000 headers are all there")
    func manyHeaders() async throws {
        try await Self.withPlugin { site async throws in
            let event = Self.event("http.request", Self.request(headers: 10_000))
            #expect(try await Self.step(site.plugin, event) == 10_001)
        }
    }

    @Test("without memory a request is answered 500, and the next one as ever")
    func exhausted() async throws {
        try await Self.withPlugin(pages: 256) { site async throws in
            for _ in 0..<3 {
                let answer = try await site.get("/exhaust")
                #expect(answer.status == 500 && answer.text == "out of memory\n")
                #expect(try await site.get("/wild").status == 500)
                #expect(try await site.get("/text").text == "ok")
            }
        }
    }

    @Test("headers that there is no memory for are no answer that they are absent")
    func exhaustedHeaders() async throws {
        try await Self.withPlugin(pages: 256) { site async throws in
            let answer = try await site.request("GET", "/exhaust-headers", headers: ["X-Any": "1"])
            #expect(answer.status == 500 && answer.text == "out of memory\n")
            #expect(try await site.get("/text").text == "ok")
        }
    }

    @Test("rows that are kept for a later step are refused there")
    func keptRows() async throws {
        try await Self.withPlugin { site async throws in
            #expect(try await site.get("/keep-rows").text == "kept")
            #expect(try await site.get("/kept-rows").text == "0 1")
        }
    }

    @Test("an event that does not fit into memory is refused by the host, and the plugin lives on")
    func tooLarge() async throws {
        try await Self.withPlugin(pages: 64) { site async throws in
            await #expect(throws: (any Error).self) {
                let payload = MessagePackValue.binary([UInt8](repeating: 1, count: 8 << 20))
                return try await Self.step(site.plugin, Self.event("test.number", payload))
            }
            #expect(try await site.get("/describe/literal").status == 200)
        }
    }

    @Test("names and values that are too long are refused with a status")
    func tooLong() async throws {
        try await Self.withPlugin { site async throws in #expect(try await site.get("/long").text == "1 1 1") }
    }

    @Test("a hundred thousand steps need no more memory than one")
    func noLeak() async throws {
        // 64 pages are 4 MiB: a leak of 64 bytes a step would fill them.
        try await Self.withPlugin(pages: 64) { site async throws in
            let event = Self.event("http.request", Self.request(headers: 30))
            for _ in 0..<100_000 { _ = try await Self.step(site.plugin, event) }
            #expect(try await site.get("/describe/literal").status == 200)
        }
    }
}
