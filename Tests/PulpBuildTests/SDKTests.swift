import PulpTestSupport
import Testing

@testable import PulpBuild

@Suite("The SDK for Swift, as plugins are compiled against it", .timeLimit(.minutes(5)))
struct SDKTests {
    @Test("has no warning of its own: a plugin's author would not see it, and could not mend it")
    func warnings() async throws {
        try await withTemporaryFolder { folder in
            let toolchain = try await SwiftToolchain.find(environment: Workbench.environment)
            let sdk = Workbench.builder.sdk
            for (module, sources) in [("PulpWire", sdk.wire), ("PulpGuest", sdk.guest)] {
                let files = try SourceTree(folder: sources, patterns: []).files().filter { $0.hasSuffix(".swift") }
                let command = Command(
                    program: toolchain.swiftc,
                    arguments: Builder.common + ["-strict-memory-safety", "-Onone", "-I", folder]
                        + ["-module-name", module] + files.map { "\(sources)/\($0)" }
                        + ["-emit-module", "-emit-module-path", "\(folder)/\(module).swiftmodule"])
                let result = try await command.run(environment: Workbench.environment)
                #expect(result.isGood)
                #expect(result.output == "", "\(module)")
            }
        }
    }
}
