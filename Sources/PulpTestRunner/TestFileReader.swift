import Foundation
import PulpManifest
import PulpTOML

/// Reads a file of tests, and says every mistake in it.
package struct TestFileReader {
    private static let fileKeys = ["seed", "start", "timeout", "config", "setup", "http", "docker", "test"]
    private static let testKeys = [
        "name", "config", "without", "skip", "live", "start_fails", "http", "docker", "step",
    ]
    /// Larger files are data.
    private static let largestFile = 16 << 20

    private let path: String
    private let findings: TestFindings

    init(path: String) {
        self.path = path
        self.findings = TestFindings(file: path)
    }

    /// - Throws: ``ManifestError`` with every mistake of the file.
    package static func read(path: String) throws(ManifestError) -> TestFile {
        guard let bytes = Self.contents(of: path) else {
            let position = ManifestPosition(file: path, line: 1, column: 1)
            let message = "the file cannot be read; a file of tests is a regular file of at most 1 MiB"
            throw ManifestError(diagnostics: [ManifestDiagnostic(position: position, message: message)])
        }
        return try Self.read(bytes, path: path)
    }

    /// - Parameter path: For messages, and the folder of what the tests name.
    package static func read(_ bytes: [UInt8], path: String) throws(ManifestError) -> TestFile {
        let reader = Self(path: path)
        let (table, errors) = TOML.parseRecovering(bytes)
        for diagnostic in errors?.diagnostics ?? [] {
            reader.findings.add(diagnostic.message, diagnostic.remedy, at: diagnostic.span.start)
        }
        return try reader.checked(table, isWhole: errors == nil)
    }

    /// Reads what a module of tests says of those in one of its sources.
    static func read(_ table: TOMLTable, path: String) throws(ManifestError) -> TestFile {
        try Self(path: path).checked(table, isWhole: true)
    }

    private func checked(_ table: TOMLTable, isWhole: Bool) throws(ManifestError) -> TestFile {
        let file = self.file(TestTable("a test file", table, at: .start, self.findings), isWhole: isWhole)
        if let error = self.findings.error { throw error }
        return file
    }

    private static func contents(of path: String, limit: Int = 2 << 20) -> [UInt8]? {
        let target = URL(filePath: path).resolvingSymlinksInPath().path
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: target),
            attributes[.type] as? FileAttributeType == .typeRegular,
            let size = attributes[.size] as? Int, size <= limit
        else { return nil }
        return FileManager.default.contents(atPath: target).map { [UInt8]($0) }
    }

    private func file(_ table: TestTable, isWhole: Bool) -> TestFile {
        table.allow(Self.fileKeys)
        var file = TestFile(path: self.path)
        file.seed = table.integer("seed", in: 0...Int64.max).map { UInt64($0) }
        if let start = self.start(table) { file.start = start }
        file.timeout = table.duration("timeout")
        file.config = table.subtable("config", like: "{ greeting = \"Hi\" }")?.table
        file.setup = self.steps(table, "setup", header: "setup")
        file.fetches = self.fetches(table, header: "http")
        file.docker = self.docker(table, header: "docker")
        let tables = table.tables("test", noun: "a test", header: "test")
        file.tests = tables.map(self.test)
        if tables.isEmpty, isWhole, table.list("test")?.isEmpty ?? true {
            self.findings.add(
                "there is no test in this file", "write one: [[test]], a name, and a [[test.step]]", at: .start)
        }
        self.refuseRepeatedNames(file.tests, tables)
        return file
    }

    private func refuseRepeatedNames(_ tests: [TestCase], _ tables: [TestTable]) {
        var names: Set<String> = []
        for (test, table) in zip(tests, tables) where !names.insert(test.name).inserted && !test.name.isEmpty {
            self.findings.add(
                "another test has this name", "give each test of a file its own", at: table.position(of: "name"))
        }
    }

    private func start(_ table: TestTable) -> UInt64? {
        guard let node = table.table["start"] else { return nil }
        guard case .offsetDateTime(let time) = node.value else {
            table.wrong("start", node, "a date with its offset, such as 2026-01-01T00:00:00Z")
            return nil
        }
        let moment = TOMLPacking.moment(time)
        guard let moment, 0...8_000_000_000 ~= moment.seconds else {
            self.findings.add("start is before 1970 or too late", "write a later date", at: node.span.start)
            return nil
        }
        return UInt64(moment.seconds) * 1_000_000_000 + UInt64(moment.nanoseconds)
    }

    private func test(_ table: TestTable) -> TestCase {
        table.allow(Self.testKeys)
        var test = TestCase(name: "", position: self.findings.place(table.position))
        test.name = table.string("name", like: "\"greets by name\"") ?? ""
        if test.name.isEmpty {
            if !table.has("name") {
                self.findings.add("the test has no name", "add name = \"what it shows\"", at: table.position)
            } else if case .string = table.table["name"]?.value {
                self.findings.add("the name is empty", "say what the test shows", at: table.position(of: "name"))
            }
        }
        test.config = table.subtable("config", like: "{ greeting = \"Hi\" }")?.table
        test.without = table.strings("without", like: "\"storage.sqlite\"")
        test.skip = table.string("skip", like: "\"the reason\"")
        test.isLive = table.flag("live") ?? true
        test.startFails = table.matcher("start_fails")
        test.fetches = self.fetches(table, header: "test.http")
        test.docker = self.docker(table, header: "test.docker")
        test.steps = self.steps(table, "step", header: "test.step")
        if test.startFails != nil, !test.steps.isEmpty {
            self.findings.add(
                "a test with start_fails has no steps, since nothing runs", "remove them, or start_fails",
                at: table.position(of: "step"))
        }
        return test
    }

    // MARK: Answers

    private func fetches(_ table: TestTable, header: String) -> [CannedFetch] {
        table.tables("http", noun: "an answer", header: header).compactMap { table in
            table.allow(["request", "status", "headers", "body", "json", "base64", "file", "times", "fails"])
            guard table.has("request") else {
                let remedy = "add request = \"GET https://example.com/*\""
                self.findings.add("the answer says not to what", remedy, at: table.position)
                return nil
            }
            guard let request = table.string("request", like: "\"GET https://example.com/*\"") else { return nil }
            let parts = request.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[1].hasPrefix("http") || parts[1].hasPrefix("*") else {
                self.findings.add(
                    "request is no method and URL", "write one such as \"GET https://example.com/*\"",
                    at: table.position(of: "request"))
                return nil
            }
            var canned = CannedFetch(
                position: self.findings.place(table.position), method: parts[0].uppercased(), pattern: parts[1])
            canned.status = table.integer("status", in: 200...599).map { Int($0) } ?? 200
            canned.headers = table.headers("headers")
            canned.body = table.content(readingFile: self.neighbour) ?? []
            canned.times = table.integer("times", in: 1...1_000_000).map { Int($0) }
            canned.fails = table.flag("fails") ?? false
            let hasType = canned.headers.contains { $0.name.lowercased() == "content-type" }
            if table.has("json"), !hasType {
                canned.headers.append(TestHeader(name: "Content-Type", value: "application/json"))
            }
            return canned
        }
    }

    private func docker(_ table: TestTable, header: String) -> [CannedCall] {
        table.tables("docker", noun: "an answer", header: header).compactMap { table in
            table.allow(["call", "answer", "base64", "status"])
            guard let function = table.string("call", like: "\"docker_get\"") else {
                if !table.has("call") {
                    self.findings.add("the answer says not to what", "add call = \"docker_get\"", at: table.position)
                }
                return nil
            }
            guard CannedDocker.functions.contains(function) else {
                let nearest = NearestName.find(function, among: CannedDocker.functions)
                self.findings.add(
                    "there is no function \"\(Shown.line(function))\" in spawn.docker",
                    nearest.map { "did you mean \"\($0)\"?" }
                        ?? "they are \(CannedDocker.functions.joined(separator: ", "))",
                    at: table.position(of: "call"))
                return nil
            }
            var canned = CannedCall(position: self.findings.place(table.position), function: function)
            canned.status = table.integer("status", in: 0...99).map { Int32($0) } ?? 0
            canned.answer = self.dockerAnswer(table, canned) ?? []
            return canned
        }
    }

    private func dockerAnswer(_ table: TestTable, _ call: CannedCall) -> [UInt8]? {
        let given = ["answer", "base64"].filter(table.has)
        guard let key = given.first else { return nil }
        guard given.count == 1 else {
            self.findings.add("both answer and base64 are there", "keep one", at: table.position(of: "base64"))
            return nil
        }
        guard call.status == 0, CannedDocker.answering.contains(call.function) else {
            self.findings.add(
                call.status == 0
                    ? "\(call.function) gives nothing but its status" : "a status other than 0 comes without an answer",
                "remove \(key)", at: table.position(of: key))
            return nil
        }
        guard key == "answer", let node = table.table[key] else { return table.base64(key) }
        if let bytes = TOMLPacking.bytes(node.value) { return bytes }
        self.findings.add("the answer has a date without an offset", "add the offset, such as Z", at: node.span.start)
        return nil
    }

    /// A file beside the tests; never one above their folder.
    func neighbour(_ name: String) -> [UInt8]? {
        let folder = URL(filePath: self.path).deletingLastPathComponent().resolvingSymlinksInPath()
        let file = folder.appending(path: name).resolvingSymlinksInPath()
        guard !name.hasPrefix("/"), file.path.hasPrefix(folder.path + "/") else { return nil }
        return Self.contents(of: file.path, limit: Self.largestFile)
    }

    private func steps(_ table: TestTable, _ key: String, header: String) -> [TestStep] {
        let reader = TestStepReader(findings: self.findings, neighbour: self.neighbour)
        return table.tables(key, noun: "a step", header: header).map(reader.step)
    }
}
