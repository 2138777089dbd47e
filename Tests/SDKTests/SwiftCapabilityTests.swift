import Foundation
import PulpManifest
import PulpSandbox
import PulpTestSupport
import PulpWire
import Testing

/// The fixture `sdk-swift-capabilities`, which calls every wrapper of a capability, on the real host.
@Suite("A plugin in Swift and its capabilities", .timeLimit(.minutes(3)))
struct SwiftCapabilityTests {
    /// - Parameter dialect: A cell's SQLite says why it refuses, also to the reference's two functions.
    static func serve(
        dialect: ManifestDialect = .plugin, allow: [String] = [], granted: Bool = true,
        _ change: @Sendable (inout PluginSpec) -> Void = { _ in },
        _ body: @Sendable (Site) async throws -> Void
    ) async throws {
        var spec = try Fixture.spec("sdk-swift-capabilities")
        spec.dialect = dialect
        spec.capabilities.removeAll { granted ? $0 == "spawn.docker" : $0 != "transport.http.inbound" }
        spec.capabilitySections["http"] = [CapabilitySetting(name: "allow", value: .strings(allow))]
        change(&spec)
        let changed = spec
        try await withTemporaryFolder { folder async throws in
            try await withSite([changed], storage: StorageRoot(path: folder), body)
        }
    }

    @Test("logs at every level, with fields")
    func log() async throws {
        try await Self.serve { site async throws in
            #expect(try await site.call("basics/log", "a \"text\"") == "logged")
            let lines = site.world.log.lines.filter { Int($0.metadata["n"] ?? "") != nil }
            #expect(lines.map(\.message) == ["trace", "debug", "info", "notice", "warning", "error", "critical"])
            #expect(lines.map { "\($0.level)" } == lines.map(\.message))
            #expect(lines[2].metadata["text"] == "a \"text\"")
        }
    }

    @Test("has randomness and clocks, and is told what it may ask for")
    func basics() async throws {
        try await Self.serve { site async throws in
            #expect(try await site.call("basics/random") == "32 true true")
            #expect(try await site.call("basics/random-bytes", "65536") == "65536")
            #expect(try await site.call("basics/random-bytes", "0") == "4 entropy_read: ask for one byte at least")
            #expect(
                try await site.call("basics/random-bytes", "65537")
                    == "5 entropy_read: ask for 65,536 bytes at most")
            let clock = try await site.call("basics/clock").split(separator: " ")
            #expect(clock.count == 3 && clock[0] == "true" && ["-1", "0", "1"].contains(clock[1]))
            #expect(abs((Double(clock[2]) ?? 0) - Date().timeIntervalSince1970) < 600)
        }
    }

    @Test("without the grant each wrapper says which line of the manifest is missing")
    func refusals() async throws {
        try await Self.serve(granted: false) { site async throws in
            for (call, capability) in [
                ("database/make", "storage.sqlite"), ("database/batch", "storage.sqlite"),
                ("database/stream", "storage.sqlite"), ("files/whole", "storage.fs"), ("files/look", "storage.fs"),
                ("fetch/get", "transport.http.outbound"), ("fetch/stream", "transport.http.outbound"),
                ("docker/create", "spawn.docker"), ("docker/stats", "spawn.docker"),
            ] {
                #expect(
                    try await site.call(call, "1")
                        == "99 \(capability) is not among the manifest's capabilities; add it to `capabilities`")
            }
        }
    }

    @Test("its own refusals are answers; the host's are lines of the log, and a 500 that says nothing")
    func ownErrors() async throws {
        try await Self.serve { site async throws in
            let missing = try await site.request("POST", "/own", body: Array("note".utf8))
            #expect(missing.status == 404 && missing.text == "there is no note\n")
            let server = try await site.request("POST", "/own", body: Array("server".utf8))
            #expect(server.status == 503 && server.text == "there is no server\n")
            let thrown = try await site.request("POST", "/thrown", body: Array("secret/name".utf8))
            #expect(thrown.status == 500 && thrown.text == "500 internal server error\n")
            #expect(
                site.world.log.lines.contains { "\($0)".contains("fs_read: there is no such thing") },
                "\(site.world.log.lines)")
        }
    }
}

extension SwiftCapabilityTests {
    @Test("keeps rows of every type, and values never become part of a statement")
    func database() async throws {
        try await Self.serve { site async throws in
            let name = "Robert'); DROP TABLE products; --"
            #expect(try await site.call("database/make") == "made")
            #expect(try await site.call("database/insert", name) == "1 1 2")
            #expect(
                try await site.call("database/all")
                    == "1 \(name) 1250 3 true 1700000000.500000000\n2 \(name)2 - - false -\n")
            #expect(try await site.call("database/one", name) == name)
            #expect(try await site.call("database/one", "' OR '1'='1") == "none")
            #expect(try await site.call("database/built") == "1")
            #expect(try await site.call("database/built", "nobody") == "0")
        }
    }

    @Test("runs statements together: a batch, a transaction, and nothing of either when one fails")
    func together() async throws {
        try await Self.serve { site async throws in
            _ = try await site.call("database/make")
            #expect(try await site.call("database/batch", "b") == "5 1 3 true 3")
            #expect(
                try await site.call("database/batch-fails", "b")
                    == "13 sqlite_batch: a constraint forbids it: statement 1: "
                    + "constraint failed: UNIQUE constraint failed: products.name (2067)")
            #expect(try await site.call("database/one", "b once") == "none")
            #expect(try await site.call("database/batch-none") == "0")
            #expect(try await site.call("database/transaction", "kept") == "4")
            #expect(try await site.call("database/rolled-back", "lost") == "409 thought better of it")
            #expect(try await site.call("database/one", "kept") == "kept")
            #expect(try await site.call("database/one", "lost") == "none")
        }
    }

    @Test("reads results of any size row by row, and closes what it does not read to its end")
    func streams() async throws {
        try await Self.serve { site async throws in
            #expect(try await site.call("database/stream", "1") == "1 1 i,'row' true")
            #expect(try await site.call("database/stream", "20000") == "20000 200010000 i,'row' true")
            #expect(try await site.call("database/streams-left") == "closed")
            #expect(
                try await site.call("database/streams-open")
                    == "15 sqlite_query_stream: too many cursors are open; `max_cursors` is the limit")
            #expect(try await site.call("database/streams-left") == "closed")
            #expect(try await site.call("database/each") == "6")
        }
    }

    @Test("what SQLite refuses has SQLite's own sentence, and a status of its own", arguments: [true, false])
    func failures(isCell: Bool) async throws {
        try await Self.serve(dialect: isCell ? .cell : .plugin) { site async throws in
            let bad = try await site.call("database/bad")
            #expect(bad.contains("refused the statement: ") && bad.contains("syntax error"), "\(bad)")
            _ = try await site.call("database/make")
            #expect(try await site.call("database/insert", "x").hasPrefix("1 1"))
            #expect(
                try await site.call("database/insert", "x")
                    == "13 sqlite_exec: a constraint forbids it: "
                    + "constraint failed: UNIQUE constraint failed: products.name (2067)")
        }
        try await Self.serve { site async throws in
            #expect(try await site.call("database/empty") == "1 sqlite_query: the statement is empty")
            #expect(try await site.call("database/unbound") != "1")
        }
    }

    @Test("a column that is not what is asked for is nil, or an error that names it")
    func columns() async throws {
        try await Self.serve { site async throws in
            #expect(
                try await site.call("rows/getters")
                    == "7 -1 -2 -3 15 7 true 2 no text -4 true n,word,nothing,half,raw")
            let sentence = "3 a row: there is no such column, or it holds something else: "
            for (call, column) in [
                ("wrong-type", "word"), ("null", "nothing"), ("absent", "absent"), ("number", "12"), ("too-large", "0"),
            ] {
                #expect(try await site.call("rows/\(call)") == sentence + column)
            }
            #expect(try await site.call("rows/optional") == "nil")
            #expect(try await site.call("rows/big", "4000000") == "4000000")
        }
    }
}

extension SwiftCapabilityTests {
    @Test("does with files whatever the host offers")
    func files() async throws {
        try await Self.serve { site async throws in
            #expect(try await site.call("files/whole", "hello") == "hello! 6 ? 2")
            #expect(
                try await site.call("files/look")
                    == "private 3 false 384 true true true false file,fresh,part,private true")
            #expect(try await site.call("files/change") == "hel 3 416")
            let made = try await site.call("files/temporary").split(separator: " ")
            #expect(made.count == 4 && made[0].hasPrefix("tmp/x-") && made[0].hasSuffix(".txt"))
            #expect(made[1].hasPrefix("d/") && made[2...] == ["true", "true"])
            #expect(try await site.call("files/remove") == "false false")
            #expect(try await site.call("files/stream", "20971520") == "21 148 20971521 20971521")
        }
    }

    @Test(
        "paths that lead out are rejected and told apart from what is not there",
        arguments: [ManifestDialect.plugin, .cell])
    func paths(dialect: ManifestDialect) async throws {
        try await Self.serve(dialect: dialect) { site async throws in
            for path in ["../out", "a/../../out", "/etc/passwd", "a\0b", ".."] {
                #expect(try await site.call("files/rejected", path) == "true", "\(path)")
                let said = try await site.call("files/write", path)
                #expect(said.contains("fs_write: ") && said.contains("leads out of the plugin's folder"), "\(said)")
            }
            #expect(try await site.call("files/rejected", "nothing") == "false")
            #expect(try await site.call("files/read", "nothing") == "6 fs_read: there is no such thing")
            #expect(try await site.call("files/read", "") == "1 fs_read: the path is empty")
        }
    }

    @Test("a limit of the manifest is a sentence of its own")
    func fileLimits() async throws {
        try await Self.serve { spec in
            spec.capabilitySections["limits.storage.fs"] = [
                CapabilitySetting(name: "max_total_bytes", value: .integer(2_000_000))
            ]
        } _: { site async throws in
            #expect(
                try await site.call("files/stream", "4194304")
                    == "12 fs_write_at: a limit of `[limits.storage.fs]` is reached")
        }
    }
}

extension SwiftCapabilityTests {
    @Test("fetches whole answers, streams and what it passes on")
    func fetch() async throws {
        try await withSite([Fixture.spec("responder"), Fixture.spec("echo")]) { upstream async throws in
            let address = "127.0.0.1:\(upstream.address.port ?? 0)"
            try await Self.serve(allow: [address]) { site async throws in
                let url = "http://\(address)"
                let answer = try await site.call("fetch/get", "\(url)/echo/hello")
                #expect(answer.hasPrefix("200 true text/plain") && answer.hasSuffix(" hello 0 5 5"), "\(answer)")
                #expect(try await site.call("fetch/get", "\(url)/status/404").hasPrefix("404 false"))
                #expect(try await site.call("fetch/post", "\(url)/echo") == "\u{1}\u{2}\u{3}")
                let streamed = try await site.call("fetch/stream", "\(url)/do/big")
                #expect(streamed.hasPrefix("200 true ") && streamed.hasSuffix(" 1048576 true true 0"), "\(streamed)")
                // By HTTP/1.0, where the body ends with the connection and is not cut into chunks.
                let passing = try await site.connect()
                try await passing.send(
                    "POST /pass-on HTTP/1.0\r\nHost: x\r\nContent-Length: \(url.utf8.count + 7)\r\n\r\n\(url)/do/big")
                let passed = try await passing.response(hasBody: false)
                #expect(passed.status == 200 && passed.header("x-from") == "elsewhere")
                await passing.close()
                #expect(try await site.call("fetch/drop", "\(url)/do/big") == "closed")
                #expect(try await site.call("fetch/keep", "\(url)/do/big") == "true")
                #expect(try await site.call("fetch/go-on") == "10")
                #expect(try await site.call("fetch/close") == "-1 0")
                #expect(try await site.call("fetch/go-on") == "-1")
            }
        }
    }

    @Test("a fetch that fails has the host's sentence, and a word to branch on")
    func fetchFailures() async throws {
        try await withSite([Fixture.spec("later")]) { upstream async throws in
            let address = "127.0.0.1:\(upstream.address.port ?? 0)"
            try await Self.serve { site async throws in
                let blocked = try await site.call("fetch/get", "http://\(address)/")
                #expect(blocked.hasPrefix("4 http_fetch: the fetch failed: "))
                #expect(blocked.contains("add \"\(address)\" to allow in [http] of the manifest"), "\(blocked)")
                #expect(try await site.call("fetch/stream", "http://\(address)/").hasPrefix("4 http_fetch_begin: "))
                #expect(try await site.call("fetch/why", "http://\(address)/") == "blocked")
                #expect(try await site.call("fetch/why", "nonsense") == "bad_request")
                let passed = try await site.request("POST", "/pass-on", body: Array("http://\(address)/".utf8))
                #expect(passed.status == 500)
            }
            try await Self.serve(allow: [address]) { site async throws in
                let late = try await site.call("fetch/timeout", "http://\(address)/never")
                #expect(late.hasPrefix("4 http_fetch: the fetch failed: "), "\(late)")
                #expect(try await site.call("fetch/why", "http://127.0.0.1:1/") == "blocked")
            }
        }
    }
}

extension Site {
    /// What the fixture answers to `POST /CALL`.
    fileprivate func call(_ name: String, _ argument: String = "") async throws -> String {
        try await self.request("POST", "/\(name)", body: Array(argument.utf8)).text
    }
}
