import Foundation
import NIOCore
import NIOPosix
import PulpManifest
import PulpTOML
import PulpWire

/// Which tests a module has.
extension TestModule {
    /// More tests are a mistake.
    private static let mostTests = 10_000

    /// Asks the module, and reads what it says as a file of tests is read: one file for each source of each suite.
    ///
    /// - Throws: ``TestModuleError``, or ``ManifestError`` with every mistake, at the places of the sources.
    package func files() async throws -> [TestFile] {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let said: Result<[UInt8], any Error>
        do {
            said = .success(try await TestGuest(module: self, group: group).declaration())
        } catch {
            said = .failure(error)
        }
        try await group.shutdownGracefully()
        return try self.files(said.get())
    }

    /// - Parameter bytes: Of the guest, and not to be trusted.
    func files(_ bytes: [UInt8]) throws -> [TestFile] {
        do {
            guard case .array(let suites) = try MessagePackValue(decoding: bytes) else {
                throw GuestRecord.Problem("it is no list")
            }
            var reading = Reading(module: self)
            for suite in suites { try reading.read(suite) }
            if !reading.diagnostics.isEmpty { throw ManifestError(diagnostics: reading.diagnostics) }
            return reading.files
        } catch let problem as GuestRecord.Problem {
            throw TestModuleError(["what the tests say of themselves cannot be read: \(problem.description)"])
        } catch let error as WireError {
            throw TestModuleError(["what the tests say of themselves cannot be read: \(error)"])
        }
    }

    private struct Reading {
        let module: TestModule
        var files: [TestFile] = []
        var diagnostics: [ManifestDiagnostic] = []
        private var count = 0

        init(module: TestModule) { self.module = module }

        mutating func read(_ suite: MessagePackValue) throws {
            guard case .array(let tests)? = suite["test"] else { throw GuestRecord.Problem("a suite has no tests") }
            guard self.count + tests.count <= TestModule.mostTests else {
                throw GuestRecord.Problem("there are more than \(TestModule.mostTests) tests")
            }
            var start = 0
            while start < tests.count {
                let path = self.path(tests[start])
                let end = tests[start...].firstIndex { self.path($0) != path } ?? tests.count
                try self.read(suite, tests[start..<end], path)
                start = end
            }
        }

        private func path(_ test: MessagePackValue) -> String {
            self.module.source(named: GuestRecord.place(of: test)?.file ?? "")
        }

        private mutating func read(
            _ suite: MessagePackValue, _ tests: ArraySlice<MessagePackValue>, _ path: String
        ) throws {
            guard case .map(var pairs) = suite else { throw GuestRecord.Problem("a suite is no map") }
            pairs.removeAll { $0.key == .string("test") }
            pairs.append(.init(key: .string("test"), value: .array(Array(tests))))
            let position = tests.first.flatMap { GuestRecord.place(of: $0) }?.position ?? .start
            let table = try GuestRecord.table(.map(pairs), at: position)
            do throws(ManifestError) {
                var file = try TestFileReader.read(Self.dated(table, at: position), path: path)
                file.guest = self.module
                for index in file.tests.indices { file.tests[index].number = self.count + index }
                self.files.append(file)
            } catch {
                self.diagnostics += error.diagnostics
            }
            self.count += tests.count
        }

        /// The table with its `start`, which a module says as text, as a date.
        private static func dated(_ table: TOMLTable, at position: SourcePosition) -> TOMLTable {
            guard case .string(let text)? = table["start"]?.value, text.utf8.count <= 40,
                text.utf8.allSatisfy({ "0123456789-:.+TZ".utf8.contains($0) }),
                let date = try? TOML.parse(Array("start = \(text)".utf8))["start"]
            else { return table }
            var dated = TOMLTable()
            for entry in table.entries {
                let isStart = entry.key.name == "start"
                let node = isStart ? TOMLNode(value: date.value, span: SourceSpan(at: position)) : entry.node
                dated.append(entry.key, node)
            }
            return dated
        }
    }
}
