import Foundation
import PulpTestSupport

@testable import PulpBuild

/// A compiler whose every plugin is Examples/chat, which has a page.
enum PageCompiler {
    static func build(_ project: PluginProject) async throws(BuildError) -> BuildOutcome {
        _ = try await DevelopmentRig.build(project)
        let bytes = FileManager.default.contents(atPath: Fixture.wasm("chat")) ?? Data()
        _ = FileManager.default.createFile(atPath: project.wasmPath, contents: bytes)
        return BuildOutcome(
            wasmPath: project.wasmPath, byteCount: bytes.count, previousByteCount: nil, duration: .zero, warnings: "")
    }
}
