import Foundation
import Testing

/// That an installed copy is whole: nothing of the repository is needed any more.
@Suite("An installed copy", .timeLimit(.minutes(10)))
struct InstallTests {
    @Test("makes, builds and tests a plugin, and is gone after uninstall")
    func installed() async throws {
        let place = try Places.folder([:])
        let prefix = place.appending(path: "a prefix")
        // A system has folders with nothing in them, and they are its own.
        try FileManager.default.createDirectory(
            at: prefix.appending(path: "share/man"), withIntermediateDirectories: true)
        try await Self.install([], prefix)
        // As an upgrade does.
        try await Self.install([], prefix)

        let pulp = prefix.appending(path: "bin/pulp").path
        var environment = ProcessInfo.processInfo.environment
        environment["PULP_SDK"] = nil
        environment["PULP_CACHE_DIR"] = place.appending(path: "cache").path
        let new = ["new", "x", "--language", "swift", "--template", "http"]
        try await Self.run(pulp, new, in: place, environment)
        let plugin = place.appending(path: "x")
        try await Self.run(pulp, ["build"], in: plugin, environment)
        try await Self.run(pulp, ["test"], in: plugin, environment)

        // What others put below the prefix stays.
        let foreign = prefix.appending(path: "bin/other")
        try Data("other".utf8).write(to: foreign)
        try await Self.install(["uninstall"], prefix)
        let left = try FileManager.default.subpathsOfDirectory(atPath: prefix.path).sorted()
        #expect(left == ["bin", "bin/other", "share", "share/man"])
    }

    @Test("has completions that parse, and a manual page that names every command")
    func pages() async throws {
        let prefix = try Places.folder([:]).appending(path: "prefix")
        try await Self.install([], prefix)
        let environment = ProcessInfo.processInfo.environment
        let share = prefix.appending(path: "share")
        let completions = share.appending(path: "bash-completion/completions/pulp").path
        try await Self.run("/bin/bash", ["-n", completions], in: prefix, environment)
        for path in ["zsh/site-functions/_pulp", "fish/vendor_completions.d/pulp.fish"] {
            let script = try String(contentsOf: share.appending(path: path), encoding: .utf8)
            #expect(script.contains("inspect"), "\(path)")
        }

        let page = try String(contentsOf: share.appending(path: "man/man1/pulp.1"), encoding: .utf8)
        let program = prefix.appending(path: "bin/pulp").path
        let help = try await Self.run(program, ["--help"], in: prefix, environment)
        let listed = try #require(help.components(separatedBy: "SUBCOMMANDS:\n").last)
        let names = listed.matches(of: /(?m)^ {2}([a-z]+) {2,}/).map { String($0.1) }
        #expect(names.count > 10)
        for name in names { #expect(page.contains(".SS \"pulp \(name)\"\n"), "\(name)") }
    }

    private static func install(_ arguments: [String], _ prefix: URL) async throws {
        var environment = ProcessInfo.processInfo.environment
        environment["PULP_PROGRAM"] = try Places.program().path
        environment["PREFIX"] = prefix.path
        environment["DESTDIR"] = nil
        let script = Places.repository.appending(path: "Scripts/install").path
        try await self.run("/bin/bash", [script] + arguments, in: Places.repository, environment)
    }

    /// What the command printed; it has to end well.
    @discardableResult
    private static func run(
        _ program: String, _ arguments: [String], in folder: URL, _ environment: [String: String]
    ) async throws -> String {
        let process = try ChildProcess(
            program, arguments, input: [], environment: environment, directory: folder.path)
        let outcome = try #require(await process.until { $0.isOver ? $0 : nil })
        let said = String(decoding: outcome.output + outcome.error, as: UTF8.self)
        try #require(outcome.status == 0, "\(program) \(arguments): \(said)")
        return said
    }
}
