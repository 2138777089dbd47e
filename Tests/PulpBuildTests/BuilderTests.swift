import Foundation
import PulpBuild
import PulpManifest
import PulpTestSupport
import Testing

@Suite("Builds", .timeLimit(.minutes(5)))
struct BuilderTests {
    @Test("a plugin in C is built where its manifest expects it, and answers", arguments: BuildMode.allCases)
    func c(mode: BuildMode) async throws {
        try await Workbench.withPlugin(["plugin.c": Workbench.c(answering: "from C")]) { folder in
            let project = try Workbench.project(folder)
            #expect(project.language == .c)
            let outcome = try await Workbench.builder.build(project, mode: mode)
            #expect(outcome.wasmPath == "\(folder)/plugin.wasm")
            #expect(outcome.byteCount == Workbench.bytes(outcome.wasmPath)?.count)
            #expect(outcome.previousByteCount == nil)
            #expect(try await Workbench.answer(project) == "from C")
        }
    }

    @Test("a plugin in Swift is built and answers, whatever for", arguments: BuildMode.allCases)
    func swift(mode: BuildMode) async throws {
        try await Workbench.withPlugin(["src/Plugin.swift": Workbench.swift(answering: "from Swift")]) { folder in
            let project = try Workbench.project(folder)
            #expect(project.language == .swift)
            _ = try await Workbench.builder.build(project, mode: mode, optimize: .speed)
            #expect(try await Workbench.answer(project) == "from Swift")
        }
    }

    @Test("a source that the compiler refuses leaves the old module, and the compiler's words are the error's")
    func refused() async throws {
        try await Workbench.withPlugin(["plugin.c": Workbench.c(answering: "old")]) { folder in
            let project = try Workbench.project(folder)
            _ = try await Workbench.builder.build(project)
            let old = Workbench.bytes(project.wasmPath)
            try Workbench.write(["plugin.c": "int broken(void) {\n    return missing;\n}\n"], to: folder)
            let error = await #expect(throws: BuildError.self) { try await Workbench.builder.build(project) }
            #expect(error?.code == .compiler)
            #expect(error?.compilerOutput.contains("\(folder)/plugin.c:2:12: error: ") == true)
            #expect(Workbench.bytes(project.wasmPath) == old)
            let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(left == ["plugin.c", "plugin.wasm", "pulp.plugin.toml"])
        }
    }

    @Test("the size before is told, and a warning is no failure")
    func sizeAndWarnings() async throws {
        let warned = Workbench.c(answering: "old") + "\nint f(int x) { if (x = 1) return 2; return 3; }\n"
        try await Workbench.withPlugin(["plugin.c": warned]) { folder in
            let project = try Workbench.project(folder)
            let first = try await Workbench.builder.build(project)
            #expect(first.warnings.contains("plugin.c:4:"))
            let second = try await Workbench.builder.build(project)
            #expect(second.previousByteCount == first.byteCount)
        }
    }

    @Test("two builds at once with a cache that is empty do no harm")
    func atOnce() async throws {
        let files = ["Plugin.swift": Workbench.swift(answering: "both")]
        try await Workbench.withPlugin(files) { folder in
            let builder = Builder(
                sdk: SDKLocation(root: Workbench.root), environment: Workbench.environment,
                cacheFolder: "\(folder)/.cache/sdk")
            let project = try Workbench.project(folder)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<2 {
                    tasks.addTask { _ = try await builder.build(project, mode: .development) }
                }
                try await tasks.waitForAll()
            }
            #expect(try await Workbench.answer(project) == "both")
            let entries = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/.cache/sdk")
            #expect(entries.count == 1, "one entry and no draft: \(entries)")
        }
    }

    @Test(
        "an entry of the cache that is not whole is made anew",
        arguments: ["runtime.o", "PulpGuest.swiftmodule", "sizes"])
    func ruin(file: String) async throws {
        let files = ["Plugin.swift": Workbench.swift(answering: "again")]
        try await Workbench.withPlugin(files) { folder in
            let cache = "\(folder)/.cache/sdk"
            let builder = Builder(
                sdk: SDKLocation(root: Workbench.root), environment: Workbench.environment, cacheFolder: cache)
            let project = try Workbench.project(folder)
            _ = try await builder.build(project, mode: .development)
            let entry = try #require(try FileManager.default.contentsOfDirectory(atPath: cache).first)
            // As a machine that went down leaves it.
            try Data().write(to: URL(filePath: "\(cache)/\(entry)/\(file)"))
            _ = try await builder.build(project, mode: .development)
            #expect(try await Workbench.answer(project) == "again")
            #expect(try FileManager.default.contentsOfDirectory(atPath: cache) == [entry])
        }
    }

    @Test("a cache that cannot be written is as good as none")
    func unwritable() async throws {
        try await Workbench.withPlugin(["Plugin.swift": Workbench.swift(answering: "without")]) { folder in
            // No permission keeps root out; a file in the way does.
            let builder = Builder(
                sdk: SDKLocation(root: Workbench.root), environment: Workbench.environment,
                cacheFolder: "\(folder)/Plugin.swift/sdk")
            let project = try Workbench.project(folder)
            _ = try await builder.build(project, mode: .development)
            #expect(try await Workbench.answer(project) == "without")
        }
    }

    @Test("flags of the manifest reach the compiler after Pulp's own")
    func flags() async throws {
        let manifest = Workbench.manifest + "[build]\nflags = [\"-DWORDS=\\\"flagged\\\"\"]\n"
        let source = Workbench.c(answering: "x").replacing("\"x\"", with: "WORDS")
        try await Workbench.withPlugin(["pulp.plugin.toml": manifest, "plugin.c": source]) { folder in
            let project = try Workbench.project(folder)
            _ = try await Workbench.builder.build(project)
            #expect(try await Workbench.answer(project) == "flagged")
        }
    }

    @Test("no compiler in PATH is said with what to install")
    func noToolchain() async throws {
        try await Workbench.withPlugin(["Plugin.swift": Workbench.swift(answering: "x")]) { folder in
            let builder = Builder(
                sdk: SDKLocation(root: Workbench.root), environment: ["PATH": folder], cacheFolder: nil)
            let project = try Workbench.project(folder)
            let error = await #expect(throws: BuildError.self) { try await builder.build(project) }
            #expect(error?.code == .toolchain)
            #expect(error?.message.contains("no swiftc is in PATH; install") == true)
        }
    }
}

@Suite("A command of the manifest's own", .timeLimit(.minutes(5)))
struct OwnCommandTests {
    private static func manifest(_ script: String) -> String {
        Workbench.manifest + "[build]\ncommand = [\"sh\", \"-c\", '''\(script)''']\n"
    }

    private static func failure(_ script: String) async throws -> BuildError? {
        try await Workbench.withPlugin(["pulp.plugin.toml": Self.manifest(script)]) { folder in
            let project = try Workbench.project(folder)
            return await #expect(throws: BuildError.self) { try await Workbench.builder.build(project) }
        }
    }

    @Test("runs in the plugin's folder, and knows where the SDK is and what is wanted")
    func runs() async throws {
        let script = "printf '%s %s' \"$PULP_BUILD_MODE\" \"$PULP_SDK\" > plugin.wasm; echo said"
        try await Workbench.withPlugin(["pulp.plugin.toml": Self.manifest(script)]) { folder in
            let outcome = try await Workbench.builder.build(try Workbench.project(folder), mode: .debug)
            #expect(Workbench.bytes(outcome.wasmPath) == Array("debug \(Workbench.root)".utf8))
            #expect(outcome.warnings == "said")
        }
    }

    @Test("that fails, or writes nothing, is an error")
    func fails() async throws {
        let failed = try await Self.failure("echo the reason >&2; exit 3")
        #expect(failed?.code == .compiler)
        #expect(failed?.compilerOutput == "the reason")
        let silent = try await Self.failure("true")
        #expect(silent?.message.contains("wrote no ") == true)
    }

    @Test("that says too much is heard out, and its beginning is kept")
    func talks() async throws {
        let error = try await Self.failure(
            "echo first; i=0; while [ $i -lt 9000 ]; do echo '\(String(repeating: "x", count: 99))'; i=$((i+1)); done; exit 1"
        )
        let output = try #require(error?.compilerOutput)
        #expect(output.hasPrefix("first\n"))
        #expect(output.utf8.count < 300_000)
        #expect(output.hasSuffix(" bytes more"))
    }

    @Test(
        "ends with the build that is cancelled, and so does what it started, however stubborn",
        arguments: [
            "sh -c 'echo $$ > inner.pid; exec sleep 600' & echo $$ > pid; wait",
            "sh -c 'trap \"\" TERM; echo $$ > inner.pid; exec sleep 600' & echo $$ > pid; wait",
            "trap '' TERM; sh -c 'echo $$ > inner.pid; exec sleep 600' & echo $$ > pid; wait",
        ])
    func cancelled(script: String) async throws {
        try await Workbench.withPlugin(["pulp.plugin.toml": Self.manifest(script)]) { folder in
            let project = try Workbench.project(folder)
            // Awaited below: it is what the test is about.
            let task = Task { try await Workbench.builder.build(project) }
            func number(_ name: String) -> pid_t? {
                Workbench.bytes("\(folder)/\(name)").flatMap {
                    pid_t(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .newlines))
                }
            }
            #expect(await eventually { number("pid") != nil && number("inner.pid") != nil })
            task.cancel()
            let error = await #expect(throws: BuildError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            for name in ["pid", "inner.pid"] {
                let process = try #require(number(name))
                #expect(await eventually { !Self.isRunning(process) })
            }
        }
    }

    @Test("that leaves something running is not waited for, all that it says is heard, and nothing runs afterwards")
    func leaves() async throws {
        let script = "sleep 600 & echo $! > pid; seq 9000; echo done > plugin.wasm; echo last"
        try await Workbench.withPlugin(["pulp.plugin.toml": Self.manifest(script)]) { folder in
            let project = try Workbench.project(folder)
            for _ in 0..<20 {
                let outcome = try await Workbench.builder.build(project)
                #expect(outcome.warnings.hasPrefix("1\n2\n"))
                #expect(outcome.warnings.hasSuffix("\n9000\nlast"))
                let text = try String(contentsOfFile: "\(folder)/pid", encoding: .utf8)
                let process = try #require(pid_t(text.trimmingCharacters(in: .newlines)))
                #expect(await eventually { !Self.isRunning(process) })
            }
        }
    }

    /// One that has ended and waits for a parent to ask for it does not run.
    private static func isRunning(_ process: pid_t) -> Bool {
        guard kill(process, 0) == 0 else { return false }
        let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        return state?.contains(") Z ") != true
    }
}
