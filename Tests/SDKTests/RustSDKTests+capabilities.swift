import Foundation
import PulpManifest
import PulpSandbox
import PulpTestSupport
import PulpWire
import Synchronization
import Testing

extension RustSDKTests {
    @Test("SQL runs, alone, in batches and in streams; rows are decoded; errors say what and which")
    func sql() async throws {
        try await Self.with { site async throws in
            let answer = try await site.get("/sqlite").text
            let lines = answer.split(separator: "\n").map(String.init)
            try #require(lines.count == 9, "\(answer) \(site.world.log.lines.suffix(3))")
            #expect(lines[0] == "column `name` is text, not an integer")
            #expect(lines[1] == "the result has no column `nme`, only id, name, data, score, at")
            #expect(lines[2].hasPrefix("sqlite_batch: a constraint does not hold: "), "\(lines[2])")
            // Nothing of the batch that failed has happened.
            #expect(lines[3] == "13" && lines[4] == "4")
            #expect(lines[5].hasPrefix("sqlite_query_stream: the SQL failed: "), "\(lines[5])")
            #expect(lines[6].hasPrefix("sqlite_exec: the SQL failed: SQL logic error: near \"SELEC\""), "\(lines[6])")
            #expect(lines[7] == "sqlite_query: the SQL failed: SQL logic error: no such table: notes (1)")
            #expect(lines[8].hasPrefix("sqlite_exec: a constraint does not hold: constraint failed: UNIQUE"))
        }
    }

    @Test("files are read, written, moved, listed and removed")
    func files() async throws {
        try await Self.with { site async throws in
            let answer = try await site.get("/files").text
            #expect(
                answer == """
                    fs_read: there is no such file or folder (a/two)
                    fs_read: the path is none below the plugin's folder (../x)
                    """, "\(site.world.log.lines.suffix(3))")
        }
    }

    @Test("random bytes, the step's time, and lines of every level with their fields")
    func basics() async throws {
        try await Self.with { site async throws in
            site.world.wallTime.store(1_709_164_800_500_000_000, ordering: .relaxed)
            #expect(try await site.get("/basics").text == "2024-02-29T00:00:00.5Z")
            let lines = site.world.log.lines
            #expect(
                lines.contains {
                    $0.message == "ready in Rust" && $0.metadata["port"] == "25" && $0.metadata["greeting"] == "Hello"
                        && $0.metadata["ready"] == "true"
                })
            #expect(lines.contains { $0.level == .trace && $0.message == "level" })
            #expect(lines.contains { $0.level == .warning && $0.metadata["list"] == "[1,\"x\"]" })
            #expect(lines.contains { $0.level == .error && $0.message == "level 5" })
            #expect(await eventually { site.world.log.messages.contains { $0.contains("printed") } })
            #expect(try await site.plugin.shutdown() == 0)
            #expect(site.world.log.lines.contains { $0.level == .notice && $0.message == "goodbye" })
        }
    }

    @Test("without the grants every call is refused with 99 and the line that is missing")
    func denied() async throws {
        let error = await #expect(throws: (any Error).self) {
            try await Self.with({ $0.capabilities = ["transport.http.inbound"] }) { _ async throws in }
        }
        let sentence = "sse_register: add \"transport.sse\" to `capabilities` in the manifest (/live/:room)"
        #expect(error.map { "\($0)".contains(sentence) } == true, "\(String(describing: error))")
        let few = ["transport.http.inbound", "transport.ws.inbound", "transport.sse"]
        try await Self.with({ $0.capabilities = few }) { site async throws in
            let docker = try await site.get("/docker").text.split(separator: "\n")
            #expect(docker.count == 16)
            #expect(
                docker.allSatisfy { $0.contains(" error 99 docker_") && $0.contains("\"spawn.docker\"") }, "\(docker)")
            let fetched = try await site.request("POST", "/fetch/error", body: Array("http://127.0.0.1/".utf8)).text
            #expect(
                fetched == "99\n\nhttp_fetch: add \"transport.http.outbound\" to `capabilities` in the manifest")
            for path in ["/sqlite", "/files"] { #expect(try await site.get(path).status == 500) }
            #expect(site.world.log.messages.contains { $0.contains("add \"storage.sqlite\" to `capabilities`") })
            #expect(site.world.log.messages.contains { $0.contains("add \"storage.fs\" to `capabilities`") })
        }
    }

    @Test("a configuration that lacks a key or has another type fails the start with a sentence")
    func configuration() async throws {
        await Self.guest.expectRefusal(of: [
            ([:], "add `greeting`, text, to [config] in the manifest"),
            (["greeting": 7], "`greeting` in [config] of the manifest is an integer, not text"),
            (["greeting": "x"], "add `port`, an integer up to 65535, to [config.mail]"),
            (["greeting": "x", "mail": 1], "`mail` in [config] is an integer, not a table"),
            (["greeting": "x", "mail": ["port": 65_536]], "`port` in [config.mail] of the manifest is an integer"),
            (
                ["greeting": "x", "mail": ["port": 25], "servers": [1]],
                "[config.servers#1] of the manifest is an integer, not a table"
            ),
            (
                ["greeting": "x", "mail": ["port": 25], "strict": true, "greting": 1],
                "`greting` in [config] is no setting of this plugin; it has `greeting`, `mail`, `strict`"
            ),
        ])
    }

    @Test("hostile.md: an event that is cut off anywhere, lies or is noise is passed over, and the next one is served")
    func hostile() async throws {
        try await Self.with { site async throws in
            let request: MessagePackValue = [
                "kind": "http.request",
                "payload": ["id": 1, "method": "GET", "path": "/hello/x", "params": ["name": "x"], "body": "abc"],
            ]
            let bytes = request.encodedBytes()
            for end in 0..<bytes.count { try await Self.step(site, Array(bytes[..<end])) }
            for (index, byte) in zip(bytes.indices, bytes) {
                var broken = bytes
                for other in [0xdf, 0xdd, 0xdb, 0xc1, 0xff, byte &+ 1] as [UInt8] {
                    broken[index] = other
                    try await Self.step(site, broken)
                }
            }
            try await Self.step(site, [UInt8](repeating: 0x91, count: 1_000_000))
            // Envelopes that are cut off, and one that claims more than there is.
            for count in 0..<20 { _ = try await Self.send(site, [UInt8](repeating: 0xff, count: count)) }
            _ = try await Self.send(site, [UInt8](repeating: 0xff, count: 40))
            let custom: MessagePackValue = ["kind": "custom.kind", "payload": [1, .binary([0xff]), .nil]]
            try await Self.step(site, custom.encodedBytes())
            // Text that is not UTF-8, raw: `{"kind": "custom.kind", "payload": "\xff"}`.
            let head = Array(custom.encodedBytes().prefix { $0 != 0x93 })
            try await Self.step(site, head + [0xa1, 0xff])
            let heard = try await site.get("/heard").text
            #expect(heard == "custom [1,[255],null]\ncustom \"\u{fffd}\"", "\(heard)")
            #expect(!site.world.log.lines.contains { $0.message.hasPrefix("panic") })
            #expect(try await site.get("/hello/x").status == 200)
        }
    }

    private static func step(_ site: Site, _ payload: [UInt8]) async throws {
        let envelope = StepEnvelope(callNumber: 1, wallTime: 2, payload: payload).encodedBytes()
        #expect(try await Self.send(site, envelope) == 0)
    }

    private static func send(_ site: Site, _ bytes: [UInt8]) async throws -> Int64 {
        try await site.plugin.call(.step(byteCount: bytes.count), bytes: bytes)
    }
}

extension RustSDKTests {
    @Test("SDKs/rust/example keeps notes, sends them to whoever listens, and refuses what is no note")
    func example() async throws {
        let path = Fixture.root.appendingPathComponent("SDKs/rust/example/pulp.plugin.toml").path
        let spec = try Manifest.load(
            path: path, knownCapabilities: nil, capabilityTables: Registry.everything().manifestTables
        ).spec
        try await withTemporaryFolder { folder in
            try await withSite([spec], storage: StorageRoot(path: folder)) { site async throws in
                #expect(try await site.get("/").text.contains("<title>Board</title>"))
                let client = try await site.connect()
                try await client.send("GET /live HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
                _ = try await client.text(until: "\r\n\r\n")
                let added = try await site.request("POST", "/notes", body: Array("milk".utf8))
                #expect(added.status == 201 && added.header("location") == "/notes/1")
                _ = try await client.text(until: #"data: {"id":1,"text":"milk"}"#)
                await client.close()
                #expect(try await site.get("/notes").text == #"{"added":1,"notes":[{"id":1,"text":"milk"}]}"#)
                #expect(try await site.request("POST", "/notes", body: Array(" ".utf8)).status == 400)
                #expect(try await site.request("DELETE", "/notes/1").status == 204)
                let gone = try await site.request("DELETE", "/notes/1")
                #expect(gone.status == 404 && gone.text == "there is no such note\n")
            }
        }
    }
}
