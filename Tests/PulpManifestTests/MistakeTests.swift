import Testing

@testable import PulpManifest

/// What a wrong manifest is told.
@Suite("Mistakes")
struct MistakeTests {
    @Test("all mistakes come out at once, those of form and those of meaning, in the order of the file")
    func everythingAtOnce() {
        let text = """
            name = " "
            version = 1
            restart = "on_crahs"
            max_memory_pages = 70000
            call_timeout_ms = -1
            colour = "red"
            capabilites = ["a"]
            wasm_sha256 = "abc"
            port = 80x
            capabilities = ["entropy.reed", 7]
            [htp]
            listen = "x"
            [http]
            tls_key = "k"
            [env]
            "A=B" = "c"
            N = 1
            """
        #expect(
            Sample.mistakes(text, known: ["entropy.read"]) == [
                "1:8: name is required; write it like name = \"hello\"",
                "2:11: version must be a string, but is an integer; write it like version = \"1.0.0\"",
                "3:11: restart \"on_crahs\" is not one of \"never\", \"on_crash\", \"always\"; "
                    + "did you mean \"on_crash\"?",
                "4:20: max_memory_pages is 70000, not in 0...65536; write it like max_memory_pages = 4096",
                "5:19: call_timeout_ms is -1, not in 0...86400000; write it like call_timeout_ms = 30000",
                "6:1: unknown key \"colour\"; remove it, or move it below [config] if the plugin is to read it",
                "7:1: unknown key \"capabilites\"; did you mean capabilities?",
                "8:15: wasm_sha256 must be exactly 64 hexadecimal characters; "
                    + "give the 64 digits that sha256sum prints, or remove the key",
                "9:8: this is not a number; write one like 42, -7, 0xff, 3.14 or 6.0e23, and put strings in quotes",
                "10:17: there is no capability \"entropy.reed\"; did you mean \"entropy.read\"?",
                "10:33: capabilities[1] must be a string, but is an integer; "
                    + "write it like capabilities = [\"transport.http.inbound\"]",
                "11:2: unknown key \"htp\"; did you mean http?",
                "16:1: \"A=B\" cannot be the name of an environment variable; "
                    + "use a name that is not empty and holds neither = nor NUL",
                "17:5: env.N must be a string, but is an integer; put the value in quotes",
            ])
    }

    @Test("name and version are required, and what a broken line may have said is not called missing")
    func required() {
        #expect(
            Sample.mistakes("") == [
                "1:1: name is required; add a line like name = \"hello\" at the top",
                "1:1: version is required; add a line like version = \"1.0.0\" at the top",
            ])
        #expect(Sample.mistakes("name = p\nversion = \"1\"").count == 1)
        #expect(Sample.mistakes("name = \"a\\u001b[2J\"\nversion = \"1\"").count == 1)
    }

    @Test(
        "a single mistake has one message at its value",
        arguments: [
            ("schema_version = 2", "18: schema_version 2 is newer than host supports (max 1); "),
            ("schema_version = -1", "18: schema_version must be >= 1 (got -1); "),
            ("schema_version = \"1\"", "18: schema_version must be an integer, but is a string; "),
            ("wasm = 1", "8: wasm must be a string, but is an integer; "),
            ("wasm = \"a\\u0000b\"", "8: the module's path holds a NUL character; "),
            ("wasm_sha256 = \"  \"", "15: wasm_sha256 is required; "),
            ("wasm_sha256 = \"\(String(repeating: "g", count: 64))\"", "15: wasm_sha256 must be exactly 64 hexa"),
            ("wasm_sha256 = \"\(String(repeating: "a", count: 63))\"", "15: wasm_sha256 must be exactly 64 hexa"),
            ("provides = \"a\"", "12: provides must be an array of strings, but is a string; "),
            ("consumes = [1.5]", "13: consumes[0] must be a string, but is a float; "),
            ("depends_on = [\"p\"]", "15: plugin \"p\" depends_on itself; "),
            ("host_consumes = [\"\"]", "18: host_consumes[0] must be a non-empty exact provider; "),
            ("host_consumes = [\"a\", \" \"]", "23: host_consumes[1] must be a non-empty exact provider; "),
            ("host_consumes = [\"a b\"]", "18: host_consumes[0] \"a b\" must not contain whitespace; "),
            ("host_consumes = [\"a\", \"a\"]", "23: duplicate host_consumes provider \"a\"; "),
            (
                "restart = \"sometimes\"",
                "11: restart \"sometimes\" is not one of \"never\", \"on_crash\", \"always\"; "
            ),
            ("restart = true", "11: restart must be a string, but is a boolean; "),
            ("max_memory_pages = 65537", "20: max_memory_pages is 65537, not in 0...65536; "),
            ("max_memory_pages = 4294967296", "20: max_memory_pages is 4294967296, not in 0...65536; "),
            ("max_memory_pages = -1", "20: max_memory_pages is -1, not in 0...65536; "),
            ("call_timeout_ms = 86400001", "19: call_timeout_ms is 86400001, not in 0...86400000; "),
            ("max_message_bytes = 0", "21: max_message_bytes is 0, not in 1024...1073741824; "),
            ("max_message_bytes = 1073741825", "21: max_message_bytes is 1073741825, not in 1024...1073741824; "),
            ("queue = 0", "9: queue is 0, not in 1...1000000; "),
            ("queue = 1000001", "9: queue is 1000001, not in 1...1000000; "),
            ("instances = 0", "13: instances is 0, not in 1...1024; "),
            ("instances = 1025", "13: instances is 1025, not in 1...1024; "),
            (
                "instances = \"per-cpu\"",
                "13: instances \"per-cpu\" is neither a number nor \"per-core\" or \"per-event\"; "
            ),
            ("instances = \"per core\"", "13: instances \"per core\" is neither a number"),
            ("instances = 1.0", "13: instances must be an integer or a string, but is a float; "),
            ("tick_interval_ms = 0", "20: tick_interval_ms is 0, not in 1...86400000; "),
            ("tick_interval_ms = 86400001", "20: tick_interval_ms is 86400001, not in 1...86400000; "),
            ("env = []", "7: env must be a table, but is an array; "),
            ("env = { \"\" = \"a\" }", "9: \"\" cannot be the name of an environment variable; "),
            ("env = { \"a\\u0000\" = \"a\" }", "9: \"a\u{FFFD}\" cannot be the name of an environment variable; "),
            ("env = { A = \"a\\u0000\" }", "13: env.A holds a NUL character; "),
            ("http = \"x\"", "8: http must be a table, but is a string; "),
            ("http = { port = 1 }", "10: unknown key \"http.port\"; "),
            ("http = { lisen = \"a:1\" }", "10: unknown key \"http.lisen\"; did you mean http.listen?"),
            ("http = { listen = 80 }", "19: http.listen must be a string, but is an integer; "),
            ("http = { tls_cert = \"c\" }", "10: http.tls_cert needs http.tls_key; "),
            ("http = { tls_key = \"c\" }", "10: http.tls_key needs http.tls_cert; "),
            ("http = { tls_cert = \"\", tls_key = \"k\" }", "21: http.tls_cert is empty; "),
            ("limits = 1", "10: limits must be a table, but is an integer; "),
            ("limits = { a = 1 }", "16: limits.a must be a table, but is an integer; "),
            ("limits = { a = { b = 1.5 } }", "22: limits.a.b must be an integer, a boolean, a string or an array "),
            ("config = 1", "10: config must be a table, but is an integer; "),
            ("dedicated_thread = 1", "20: dedicated_thread must be a boolean, but is an integer; "),
            ("federated_callers = \"a\"", "21: federated_callers must be an array of strings, but is a string; "),
            ("Name = \"q\"", "1: name is given twice, first on line 1; "),
        ])
    func single(_ line: String, _ expected: String) {
        let mistakes = Sample.mistakes(Sample.minimal + line)
        #expect(mistakes.count == 1, "\(mistakes)")
        #expect(mistakes.first?.hasPrefix("3:\(expected)") == true, "\(mistakes)")
    }

    @Test(
        "an address has a host and a port",
        arguments: [
            "", "8080", ":8080", "a:", "a:65536", "a:-1", "a:+1", "::1:80", "[]:80", "a b:1", "a:1\\n", "a\\u0000:1",
        ])
    func wrongAddress(_ address: String) {
        let mistakes = Sample.mistakes(Sample.minimal + "http = { listen = \"\(address)\" }")
        #expect(mistakes == ["3:19: http.listen is not address:port; write it like listen = \"127.0.0.1:8080\""])
    }

    @Test(
        "an address may be a name, IPv4 or IPv6",
        arguments: ["localhost:0", "0.0.0.0:65535", "[::1]:80", "[fe80::1%eth0]:1"])
    func address(_ address: String) throws {
        #expect(try Sample.spec("http = { listen = \"\(address)\" }").http.listen == address)
    }

    @Test("unknown capabilities are mistakes in capabilities and in limits, when it is known which there are")
    func unknownCapabilities() {
        let text = Sample.minimal + "capabilities = [\"sql\"]\n[limits.storage.sf]\na = 1\n"
        #expect(Sample.mistakes(text).isEmpty)
        #expect(
            Sample.mistakes(text, known: ["storage.fs", "log.write"]) == [
                "3:17: there is no capability \"sql\"; available are log.write, storage.fs",
                "4:17: there is no capability \"storage.sf\"; did you mean \"storage.fs\"?",
            ])
        #expect(
            Sample.mistakes(Sample.minimal + "capabilities = [\"x\"]", known: [])
                == ["3:17: there is no capability \"x\"; none is available here"])
    }

    @Test("files that are not there are mistakes, when that can be checked")
    func missingFiles() {
        let text = Sample.minimal + "wasm = \"m.wasm\"\n[http]\ntls_cert = \"c.pem\"\ntls_key = \"k.pem\""
        #expect(
            Sample.mistakes(text, fileExists: { $0 == "plugins/c.pem" }) == [
                "3:8: the module \"plugins/m.wasm\" is not there; build it, or correct the path",
                "6:11: the TLS key \"plugins/k.pem\" is not there; correct the path",
            ])
        #expect(
            Sample.mistakes(Sample.minimal, fileExists: { _ in false }) == [
                "1:1: the module \"plugins/plugin.wasm\" is not there; build it, or name another one with wasm"
            ])
    }

    @Test("no value of env or config is ever in a message")
    func secrets() {
        let text = "[env]\nA = 4711\nB = \"s3cret\\u0000\"\nC = s3cret\n[config]\nk = s3cret\nl = \"s3cret"
        let mistakes = Sample.mistakes(text)
        #expect(mistakes.count == 5)
        #expect(!mistakes.joined().contains("s3cret") && !mistakes.joined().contains("4711"))
    }

    @Test("a mistake is printed as file:line:column: what; what to do")
    func description() throws {
        let error = try #require(throws: ManifestError.self) {
            try Sample.load("name = \"p\"\nversion = \"1\"\nquue = 1")
        }
        #expect(error.description == "pulp.plugin.toml:3:1: unknown key \"quue\"; did you mean queue?")
    }

    @Test("the number of mistakes that are listed is bounded")
    func bounded() {
        let text = (0..<20_000).map { "unknown\($0) = 1\n" }.joined()
        #expect(Sample.mistakes(text).count == 100)
    }

    @Test("any change of one byte in a manifest gives an answer")
    func mutations() {
        let text = Sample.minimal + "queue = 1\nhost_consumes = [\"a\"]\n[limits.a.b]\nc = 1\n[config]\nd = 07:32:00\n"
        let bytes = Array(text.utf8)
        let surroundings = ManifestSurroundings(
            file: "m", directory: "", knownCapabilities: nil, timeZone: Sample.zone, fileExists: nil)
        var answers = 0
        for position in bytes.indices {
            for byte: UInt8 in [0, 10, 34, 46, 48, 61, 91, 93, 0xFF] {
                var changed = bytes
                changed[position] = byte
                do throws(ManifestError) {
                    answers += try Manifest.parse(changed, in: surroundings).spec.name.isEmpty ? 0 : 1
                } catch {
                    answers += error.diagnostics.isEmpty ? 0 : 1
                }
            }
        }
        #expect(answers == bytes.count * 9)
    }
}
