import Foundation
import Testing

@testable import PulpCommands

/// What `pulp test` writes, as the readers of others read it.
@Suite("A report of pulp test", .timeLimit(.minutes(5)))
struct TestReportTests {
    /// Names of tests that mean something to one format or another. The first word says how the test goes.
    private static let names = [
        "good <b> & \"quoted\" 'so'", "bad <b> & \"quoted\" 'so'", "skipped <b> & \"quoted\" 'so'", "good # SKIP it",
        "bad # TODO later", "skipped # SKIP \\# twice", "good \\ and \\# and \\\\", "bad \\", "good line\nok 7 - more",
        "bad line\r\n1..0", "skipped line\n  ---\n  ...\n", "good \u{1b}[31mred\u{7}", "bad \u{0}\u{7f}\u{9b}\u{fffe}",
        "good \u{1f34a} \u{e9} \u{202e}abc", "bad ]]> --> <![CDATA[", "skipped \u{1f9d1}\u{200d}\u{1f680}", "bad \ttab",
    ]

    /// A plugin whose tests have these names.
    private static func plugin() throws -> String {
        let folder = try Places.folder([
            "pulp.plugin.toml": Places.bytes("Examples/hello/pulp.plugin.toml"),
            "hello.wasm": Places.bytes("Examples/hello/hello.wasm"),
        ])
        let tests = folder.appending(path: "tests")
        try FileManager.default.createDirectory(at: tests, withIntermediateDirectories: true)
        let text = Self.names.map { name in
            let body = Self.quoted(name.hasPrefix("good") ? "Hello, x!\n" : name)
            let skip = name.hasPrefix("skipped") ? "skip = \(Self.quoted(name))\n" : ""
            return "[[test]]\nname = \(Self.quoted(name))\n\(skip)"
                + "[[test.step]]\nrequest = \"GET /hello/x\"\nexpect.body = \(body)\n"
        }
        try Data(text.joined().utf8).write(to: tests.appending(path: "a & <b>.toml"))
        return folder.path
    }

    /// As TOML has it.
    private static func quoted(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            let digits = String(scalar.value, radix: 16)
            let isPlain = scalar.value >= 0x20 && scalar.value != 0x7f && scalar != "\"" && scalar != "\\"
            return isPlain ? String(scalar) : "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
        return "\"\(escaped.joined())\""
    }

    private static func count(_ word: String) -> Int { Self.names.count { $0.hasPrefix(word) } }

    /// Runs a tool of the system's; nil, and said loudly, when it is not here.
    private static func run(_ tool: String, _ arguments: [String]) async throws -> ChildProcess.Outcome? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let path = folders.map { "\($0)/\(tool)" }.first(where: FileManager.default.isExecutableFile)
        guard let path else {
            #expect(ProcessInfo.processInfo.environment["CI"] == nil, "there is no \(tool)")
            print("warning: skipped: a report of pulp test was not read by \(tool), which is not installed")
            return nil
        }
        let environment = ProcessInfo.processInfo.environment.filter { $0.key != "LD_PRELOAD" }
        let process = try ChildProcess(path, arguments, input: [], environment: environment, directory: "/")
        return try #require(await process.until { $0.isOver ? $0 : nil })
    }

    /// A report written to a file, and what the terminal got meanwhile.
    private static func report(_ format: String, _ folder: String, _ words: [String] = []) async throws
        -> (file: String, code: Int32, output: String)
    {
        let file = "\(folder)/report\(words.count).\(format)"
        let program = try RunningProgram(
            ["test", folder] + words + ["--no-build", "--format", format, "--output", file])
        return (file, try await program.exitCode(), program.output)
    }

    // MARK: TAP

    private static let perl = """
        use TAP::Parser;
        binmode(STDOUT, ":raw");
        my $parser = TAP::Parser->new({ source => $ARGV[0] });
        while (my $line = $parser->next) {
            if ($line->is_test) {
                my $kind = $line->has_skip ? "skipped" : $line->is_actual_ok ? "good" : "bad";
                print "$kind ", $line->description, "\\n";
            } elsif ($line->is_yaml) {
                print "with ", $line->data->{message}, "\\n";
            } elsif ($line->is_unknown) {
                print "unknown ", $line->as_string, "\\n";
            }
        }
        print join(" ", "in all", $parser->tests_run, scalar($parser->parse_errors)), "\\n";
        """

    @Test("in TAP is what TAP::Parser and prove take it for")
    func tap() async throws {
        let folder = try Self.plugin()
        let report = try await Self.report("tap", folder)
        #expect(report.code == 1)
        #expect(
            report.output.hasSuffix(
                "\n\(Self.count("good")) passed, \(Self.count("bad")) failed, "
                    + "\(Self.count("skipped")) skipped\n"))
        if let read = try await Self.run("perl", ["-e", Self.perl, report.file]) {
            var expected: [String] = []
            for name in Self.names {
                let word = String(name.prefix { $0 != " " })
                let shown = Output.printable("\(folder)/tests/a & <b>.toml: \(name)", limit: 10_000)
                let escaped = shown.replacing("\\", with: "\\\\").replacing("#", with: "\\#")
                expected.append("\(word) - \(escaped)")
                if word == "bad" { expected.append("with body") }
            }
            expected.append("in all \(Self.names.count) 0")
            let lines = String(decoding: read.output, as: UTF8.self).split(separator: "\n").map(String.init)
            #expect(lines == expected)
        }
        if let proven = try await Self.run("prove", ["-e", "cat", report.file]) {
            #expect(proven.status == 1)
            let said = String(decoding: proven.output + proven.error, as: UTF8.self)
            #expect(said.contains("Failed \(Self.count("bad"))/\(Self.names.count) subtests"))
            #expect(!said.contains("Parse errors"), "\(said)")
        }
        let good = try await Self.report("tap", folder, ["good"])
        #expect(good.code == 0)
        if let proven = try await Self.run("prove", ["-e", "cat", good.file]) { #expect(proven.status == 0) }
    }

    // MARK: JUnit

    private static let python = """
        import json, sys, xml.etree.ElementTree as tree
        root = tree.parse(sys.argv[1]).getroot()
        json.dump({
            "tag": root.tag, "all": root.attrib, "suites": [suite.attrib for suite in root],
            "cases": [[case.get("classname"), case.get("name"), [part.tag for part in case],
                       [part.get("message") for part in case], [part.text or "" for part in case]]
                      for case in root.iter("testcase")],
        }, sys.stdout)
        """

    private struct JUnit: Decodable {
        let tag: String
        let all: [String: String]
        let suites: [[String: String]]
        let cases: [Case]

        struct Case: Decodable, Equatable {
            let file: String
            let name: String
            let parts: [String]
            let messages: [String]
            let texts: [String]

            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                self.file = try list.decode(String.self)
                self.name = try list.decode(String.self)
                self.parts = try list.decode([String].self)
                self.messages = try list.decode([String].self)
                self.texts = try list.decode([String].self)
            }
        }
    }

    @Test("in JUnit's XML is what Python's parser takes it for")
    func junit() async throws {
        let folder = try Self.plugin()
        let report = try await Self.report("junit", folder)
        #expect(report.code == 1)
        guard let read = try await Self.run("python3", ["-c", Self.python, report.file]) else { return }
        #expect(read.status == 0, "\(String(decoding: read.error, as: UTF8.self))")
        let junit = try JSONDecoder().decode(JUnit.self, from: Data(read.output))
        #expect(junit.tag == "testsuites" && junit.suites.count == 1)
        for attributes in [junit.all] + junit.suites {
            #expect(attributes["tests"] == "\(Self.names.count)")
            #expect(attributes["failures"] == "\(Self.count("bad"))")
            #expect(attributes["skipped"] == "\(Self.count("skipped"))")
            #expect(Double(attributes["time"] ?? "") != nil)
        }
        #expect(junit.cases.map(\.name) == Self.names.map(Self.inXML))
        for (test, name) in zip(junit.cases, Self.names) {
            #expect(test.file == "\(folder)/tests/a & <b>.toml")
            switch name.prefix(while: { $0 != " " }) {
            case "good": #expect(test.parts == [])
            case "skipped": #expect(test.parts == ["skipped"] && test.messages == [Self.inXML(name)])
            default:
                #expect(test.parts == ["failure"] && test.messages == ["body"])
                #expect(test.texts.first?.contains("got       \"Hello, x!\\n\"") == true)
            }
        }
    }

    /// A name as XML can hold it: characters that it has not are written out.
    private static func inXML(_ name: String) -> String {
        name.unicodeScalars.map { scalar in
            switch scalar.value {
            case 0x09, 0x0A: String(scalar)
            case 0..<0x20, 0x7F..<0xA0, 0xFFFE: "\\u{\(String(scalar.value, radix: 16))}"
            default: String(scalar)
            }
        }.joined()
    }

    // MARK: Ends

    @Test("is not there when a signal ends it, nor is anything of its tests", arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) async throws {
        let manifest = """
            name = "loops"
            version = "1.0.0"
            wasm = "loops.wasm"
            call_timeout_ms = 300000
            """
        let folder = try Places.folder([
            "pulp.plugin.toml": Array(manifest.utf8), "loops.wasm": Fixture.hostile("loop-step"),
        ])
        let tests = folder.appending(path: "tests")
        try FileManager.default.createDirectory(at: tests, withIntermediateDirectories: true)
        let text =
            "timeout = \"5m\"\n[[test]]\nname = \"first\"\n"
            + "[[test]]\nname = \"endless\"\n[[test.step]]\nevent = \"any\"\n"
        try Data(text.utf8).write(to: tests.appending(path: "a.toml"))
        let report = folder.appending(path: "report.xml").path
        let program = try RunningProgram(
            ["test", folder.path, "--no-build", "--format", "junit", "--output", report])
        try await program.line(with: "first", in: .output)
        program.send(signal)
        #expect(try await program.exitCode() == 128 + signal)
        #expect(!program.output.contains("passed"))
        #expect(!FileManager.default.fileExists(atPath: report))
        for place in ["/dev/shm", NSTemporaryDirectory(), "/tmp"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
            #expect(!names.contains { $0.hasPrefix("pulp-test-\(program.identifier)-") }, "\(place)")
        }
    }
}
