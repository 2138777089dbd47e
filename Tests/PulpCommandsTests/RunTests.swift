import Foundation
import PulpEngine
import Testing

@Suite("pulp run", .timeLimit(.minutes(15)))
struct RunTests {
    private static let anywhere = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]

    private func run(_ manifest: String, _ more: String...) throws -> RunningProgram {
        try RunningProgram(["run", manifest] + Self.anywhere + more)
    }

    @Test("A plugin is served, and SIGTERM ends the program in order")
    func servesAndStops() async throws {
        let program = try self.run(Places.example("hello"))
        let answer = try await HTTPClient.get("/hello/world", at: program.address())
        #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(answer.hasSuffix("\r\n\r\nHello, world!\n"))
        program.send(SIGTERM)
        #expect(try await program.exitCode() == 0)
        for words in [
            "pulp boot", "init complete", "http server started", "signal received", "shutdown complete",
            "pulp exit clean",
        ] {
            #expect(program.error.components(separatedBy: words).count == 2, "\(words) once in \(program.error)")
        }
        #expect(program.output.contains("hello 1.0.0"))
        #expect(program.output.contains("capabilities  transport.http.inbound"))
    }

    @Test("A request in flight is answered before the program ends, and readiness is false meanwhile")
    func drains() async throws {
        let program = try self.run(Places.fixture("wasi-caller"))
        let admin = try await program.adminAddress()
        #expect(try await HTTPClient.get("/.well-known/pulp/ready", at: admin).hasPrefix("HTTP/1.1 200 "))
        let inFlight = try await Self.sleeping(3000, in: program)
        program.send(SIGTERM)
        try await program.line(with: "signal received")
        let ready = try await HTTPClient.get("/.well-known/pulp/ready", at: admin)
        #expect(ready.hasPrefix("HTTP/1.1 503 "))
        #expect(ready.contains("\"status\":\"not ready\""))
        let health = try await HTTPClient.get("/.well-known/pulp/health", at: admin)
        #expect(health.hasPrefix("HTTP/1.1 200 "))
        #expect(health.contains("\"name\":\"wasi-caller\""))
        let answers = try await inFlight.answer()
        #expect(answers.components(separatedBy: "HTTP/1.1 200 OK").count == 3)
        #expect(answers.hasSuffix("\r\n\r\n1"))
        #expect(try await program.exitCode() == 0)
    }

    @Test("Past its grace a request in flight is cut off, and the program still ends well")
    func cutsOff() async throws {
        let program = try self.run(Places.fixture("wasi-caller"), "--grace", "0")
        let inFlight = try await Self.sleeping(25_000, in: program)
        program.send(SIGINT)
        #expect(try await inFlight.answer().components(separatedBy: "HTTP/1.1").count == 2)
        #expect(try await program.exitCode() == 0)
        #expect(program.error.contains("still busy"))
    }

    @Test("A second signal ends the program at once", arguments: [(SIGTERM, Int32(143)), (SIGINT, Int32(130))])
    func secondSignal(signal: Int32, code: Int32) async throws {
        let program = try self.run(Places.fixture("wasi-caller"), "--grace", "3600")
        _ = try await Self.sleeping(25_000, in: program)
        program.send(SIGTERM)
        try await program.line(with: "signal received")
        program.send(signal)
        #expect(try await program.exitCode() == code)
        #expect(!program.error.contains("pulp exit clean"))
    }

    /// A request that sleeps in the guest, sent behind one that the guest says something in: it has arrived for sure.
    private static func sleeping(_ milliseconds: Int, in program: RunningProgram) async throws -> HTTPClient.Pending {
        let address = try await program.address()
        let request = try await HTTPClient.send("/out/arrived%0A", "/sleep/\(milliseconds)", to: address)
        try await program.line(with: "arrived")
        return request
    }

    @Test("A host that is still starting stops when asked to, though a guest's init never ends")
    func stopsWhileStarting() async throws {
        let text = String(decoding: try Places.bytes("Tests/Fixtures/hostile/loop-init.wat"), as: UTF8.self)
        let manifest = "name = \"loop\"\nversion = \"1\"\nwasm = \"loop.wasm\"\ncall_timeout_ms = 86400000\n"
        let folder = try Places.folder([
            "loop.wasm": Module.binary(fromText: text), "pulp.plugin.toml": Array(manifest.utf8),
        ])
        let program = try self.run(folder.appending(path: "pulp.plugin.toml").path)
        try await program.line(with: "pulp boot")
        program.send(SIGTERM)
        #expect(try await program.exitCode() == 0)
        #expect(!program.error.contains("init complete"))
        #expect(program.output == "")
    }

    @Test("The configuration reaches the guest: the probe's marker is logged at the end")
    func marker() async throws {
        let program = try self.run(Places.fixture("heartbeat"))
        #expect(try await program.line(with: "runs;", in: .output).contains("no plugin was granted"))
        program.send(SIGTERM)
        #expect(try await program.exitCode() == 0)
        #expect(program.error.contains("probe config marker plugin=heartbeat marker=424242"))
    }

    @Test("The reference's flags work, with and without the command's name", arguments: [[], ["run"]])
    func referenceFlags(prefix: [String]) async throws {
        let manifests = "\(Places.fixture("heartbeat")), ,\(Places.example("hello"))"
        let program = try RunningProgram(
            prefix + [
                "-manifest", manifests, "-manifest", Places.example("echo"), "-http-port", "127.0.0.1:0",
                "-storage-root", Places.scratch.path, "--admin", "off",
            ])
        let address = try await program.address()
        #expect(try await HTTPClient.get("/echo/there", at: address).contains("there"))
        #expect(!program.output.contains("well-known"))
        program.send(SIGTERM)
        #expect(try await program.exitCode() == 0)
        #expect(program.error.components(separatedBy: "pulp boot").count == 4)
    }

    @Test("The address may come from HTTP_PORT, which everything else wins over")
    func environment() async throws {
        let program = try RunningProgram(
            ["run", Places.example("hello"), "--admin", "off"], environment: ["HTTP_PORT": "127.0.0.1:0"])
        #expect(try await HTTPClient.get("/hello/you", at: program.address()).contains("Hello, you!"))
        let other = try RunningProgram(
            ["run", Places.example("hello"), "--admin", "off", "--listen", "127.0.0.1:0"],
            environment: ["HTTP_PORT": "127.0.0.1:\(try await program.address().port)"])
        #expect(try await other.address().port != program.address().port)
    }

    @Test("A port that is taken is a sentence with what to do, and the plugin is shut down", arguments: [true, false])
    func portTaken(isAdmin: Bool) async throws {
        let first = try self.run(Places.example("hello"))
        let taken = "127.0.0.1:\(try await first.address().port)"
        let addresses = isAdmin ? ["127.0.0.1:0", taken] : [taken, "127.0.0.1:0"]
        let second = try await pulp(
            "run", Places.example("hello"), "--listen", addresses[0], "--admin", addresses[1])
        let option = isAdmin ? "--admin" : "--listen"
        #expect(second.code == 1)
        #expect(
            second.error.contains(
                "pulp: cannot listen on \(taken): another program does; stop it, or choose another address with \(option)\n"
            ))
        #expect(second.error.contains("shutdown complete"))
        #expect(second.output == "")
    }

    @Test("SIGHUP reads the certificates again; a pair that does not fit is logged, and the old one stays")
    func reload() async throws {
        let (before, after) = try await (Certificate("before"), Certificate("after"))
        let folder = try Places.folder(["cert.pem": before.chain, "key.pem": before.key])
        let files = (chain: folder.appending(path: "cert.pem"), key: folder.appending(path: "key.pem"))
        let program = try self.run(
            Places.example("hello"), "--tls-cert", files.chain.path, "--tls-key", files.key.path)
        let address = try await program.address()
        #expect(try await Self.owner(at: address) == "before")

        try Data(after.chain).write(to: files.chain)
        program.send(SIGHUP)
        try await program.line(with: "the certificates in use stay")
        #expect(try await Self.owner(at: address) == "before")

        try Data(after.key).write(to: files.key)
        program.send(SIGHUP)
        try await program.line(with: "certificates reloaded")
        #expect(try await Self.owner(at: address) == "after")
        program.send(SIGTERM)
        #expect(try await program.exitCode() == 0)
    }

    /// Whose certificate the server shows, by the name in it.
    private static func owner(at address: TestAddress) async throws -> String? {
        let request = try await HTTPClient.send("/hello/tls", to: address, isTLS: true)
        let certificate = String(try await request.certificate().map { Character(Unicode.Scalar($0)) })
        #expect(try await request.answer().hasSuffix("Hello, tls!\n"))
        return ["before", "after"].first { certificate.contains($0) }
    }

    @Test("Log lines in JSON are one object each, whatever a guest says")
    func jsonLog() async throws {
        let program = try self.run(Places.fixture("wasi-caller"), "--log-format", "json")
        let address = try await program.address()
        _ = try await HTTPClient.get("/out/a%22b%1b%5bm%0A", at: address)
        try await program.line(with: "a\\\"b")
        program.send(SIGTERM)
        #expect(try await program.exitCode() == 0)
        for line in program.error.split(separator: "\n") {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
            #expect(object?["time"] != nil && object?["level"] != nil && object?["message"] != nil)
        }
        #expect(program.error.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x0A })
        #expect(program.error.contains(#""plugin":"wasi-caller""#))
    }

    @Test("All that is wrong with all plugins comes out in one go, and nothing is served")
    func collectsErrors() async throws {
        let missing = try Places.folder([
            "pulp.plugin.toml": Array("name = \"one\"\nversion = \"1\"\nwasm = \"no.wasm\"\n".utf8)
        ])
        let unknown = try Places.folder([
            "pulp.plugin.toml": Array("name = \"two\"\nversion = \"1\"\nwasm = \"no.wasm\"\nrestrat = 1\n".utf8)
        ])
        let files = [missing, unknown].map { $0.appending(path: "pulp.plugin.toml").path }
        let result = try await pulp("run", files[0], files[1], Places.scratch.path + "/none.toml")
        #expect(result.code == 1)
        #expect(result.error.contains("\(files[0]):3:"))
        #expect(result.error.contains("\(files[1]):4:1"))
        #expect(result.error.contains("none.toml:1:1: there is no such file"))
        #expect(result.output == "")
    }

    @Test("A failed start of one plugin shuts the others down and says whose it was")
    func failedInit() async throws {
        let folder = try Places.folder([
            "init-fails.wasm": Places.bytes("Tests/Fixtures/init-fails/init-fails.wasm"),
            "pulp.plugin.toml": Array(
                "name = \"bad\"\nversion = \"1\"\nwasm = \"init-fails.wasm\"\n[config]\ncode = 7\ntext = \"no luck\"\n"
                    .utf8),
        ])
        let result = try await pulp(
            "run", Places.fixture("heartbeat"), folder.appending(path: "pulp.plugin.toml").path, "--admin", "off")
        #expect(result.code == 1)
        #expect(result.error.contains("pulp: plugin \"bad\": "))
        #expect(result.error.contains("no luck"))
        #expect(result.error.contains("shutdown complete plugin=heartbeat"))
    }

    @Test("Two plugins of one name are refused with both manifests named")
    func duplicateNames() async throws {
        let copy = try Places.folder([
            "pulp.plugin.toml": Places.bytes(Places.example("hello")),
            "hello.wasm": Places.bytes("Examples/hello/hello.wasm"),
        ]).appending(path: "pulp.plugin.toml").path
        let result = try await pulp("run", Places.example("hello"), copy)
        #expect(result.code == 1)
        #expect(result.error.contains("duplicate plugin name \"hello\" (in \(Places.example("hello")) and \(copy))"))
    }
}
