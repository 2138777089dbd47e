import Foundation

/// A swift.org toolchain: its compiler, and the clang and wasm-ld that lie beside it.
package struct SwiftToolchain: Hashable, Sendable {
    /// The compiler, as PATH has it.
    package let swiftc: String
    /// What the compiler calls itself: `Swift version 6.3.1 (swift-6.3.1-RELEASE)`.
    package let version: String
    /// The folder of the toolchain's programs.
    package let programs: String
    /// The folder of its libraries: `lib/swift`.
    package let resources: String

    package var clang: String { "\(self.programs)/clang" }
    package var linker: String { "\(self.programs)/wasm-ld" }
    /// The folder of Embedded Swift's library for the target.
    package var embedded: String { "\(self.resources)/embedded/\(Self.target)" }

    static let target = "wasm32-unknown-none-wasm"

    /// Finds the toolchain of `swiftc` in PATH, be that a link or a proxy.
    ///
    /// - Throws: ``BuildError/Code/toolchain`` with what to install.
    package static func find(environment: [String: String]) async throws(BuildError) -> SwiftToolchain {
        let toolchain = try await self.named(environment)
        for (path, what) in [(toolchain.clang, "clang"), (toolchain.linker, "wasm-ld")]
        where !Files.isExecutable(path) {
            throw BuildError(
                .toolchain,
                "the Swift toolchain in \(toolchain.programs) has no \(what) (Apple's has none); put swiftc of a "
                    + "swift.org toolchain, 6.2 or later, first in PATH: https://www.swift.org/install")
        }
        return toolchain
    }

    /// The toolchain, whatever it lacks.
    package static func named(_ environment: [String: String]) async throws(BuildError) -> SwiftToolchain {
        guard let swiftc = SearchPath.find("swiftc", environment: environment) else {
            throw BuildError(
                .toolchain,
                "no swiftc is in PATH; install a Swift toolchain, 6.2 or later: https://www.swift.org/install")
        }
        let answer = try await Command(program: swiftc, arguments: ["-print-target-info"]).run(environment: environment)
        guard answer.isGood, let start = answer.output.firstIndex(of: "{"),
            let target = try? JSONDecoder().decode(TargetDescription.self, from: Data(answer.output[start...].utf8))
        else {
            throw BuildError(
                .toolchain, "\(swiftc) does not say where its toolchain is; does swiftc --version work?",
                compilerOutput: answer.output)
        }
        let resources = target.paths.runtimeResourcePath
        let programs = URL(filePath: resources).appending(path: "../../bin").standardizedFileURL.path
        return SwiftToolchain(
            swiftc: swiftc, version: target.compilerVersion, programs: programs, resources: resources)
    }

    private struct TargetDescription: Decodable {
        let compilerVersion: String
        let paths: Paths

        struct Paths: Decodable {
            let runtimeResourcePath: String
        }
    }
}
