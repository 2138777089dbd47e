import CSQLite
import Foundation
import Pulp
import PulpBuild
import PulpEngine

/// Looks at what plugins are built with; the machine itself is in `Examination+machine.swift`.
struct Examination: Sendable {
    let environment: [String: String]
    /// The running program, from which the SDK is found.
    var program = Workshop.program

    func findings() async -> [Finding] {
        var found = [self.engine(), self.sdk()]
        found += await self.swift()
        for language in [Language.rust, .go, .zig] { found.append(await self.foreign(language)) }
        found += [self.sqlite(), self.docker(), self.cache()]
        found += [self.port(8080, "--listen"), self.port(9464, "--admin")]
        return found + [self.openFiles(), self.addressSpace(), self.mappings(), self.watches()].compactMap(\.self)
    }

    private func engine() -> Finding {
        do {
            _ = try PulpEnvironment.engine()
            return Finding("engine", .ok, "libwasmtime \(Engine.libraryVersion) works")
        } catch {
            return Finding(
                "engine", .missing, "libwasmtime \(Engine.libraryVersion) does not start: \(error)",
                "raise the limit of the address space (ulimit -v unlimited), or lower PULP_MAX_INSTANCES")
        }
    }

    private var location: Result<SDKLocation, BuildError> {
        do throws(BuildError) {
            return .success(try SDKLocation.find(environment: self.environment, executable: self.program))
        } catch {
            return .failure(error)
        }
    }

    private func sdk() -> Finding {
        switch self.location {
        case .success(let location): Finding("sdk", .ok, location.root)
        case .failure(let error): Self.finding("sdk", .missing, error)
        }
    }

    /// A message of the builder is what is wrong and, behind its first semicolon, what mends it.
    private static func finding(_ name: String, _ state: Finding.State, _ error: BuildError) -> Finding {
        let parts = error.message.split(separator: "; ", maxSplits: 1).map(String.init)
        return Finding(name, state, parts.first ?? "", parts.count > 1 ? parts[1] : nil)
    }

    private func swift() async -> [Finding] {
        let toolchain: SwiftToolchain
        do throws(BuildError) {
            toolchain = try await SwiftToolchain.named(self.environment)
        } catch {
            return [Self.finding("swift", .missing, error)]
        }
        let install = "put swiftc of a swift.org toolchain, 6.2 or later, first in PATH: https://www.swift.org/install"
        var found = [Finding("swift", .ok, "\(toolchain.version), \(toolchain.programs)")]
        for (name, path) in [("clang", toolchain.clang), ("wasm-ld", toolchain.linker)] {
            let isThere = FileManager.default.isExecutableFile(atPath: path)
            found.append(
                isThere ? Finding(name, .ok, path) : Finding(name, .missing, "\(path) is not there", install))
        }
        let library = "\(toolchain.embedded)/libswiftUnicodeDataTables.a"
        let isThere = FileManager.default.fileExists(atPath: library)
        found.append(
            isThere
                ? Finding("embedded", .ok, toolchain.embedded)
                : Finding(
                    "embedded", .missing,
                    "the toolchain has no Embedded Swift for WebAssembly in \(toolchain.embedded)",
                    install))
        return found
    }

    private func foreign(_ language: Language) async -> Finding {
        do throws(BuildError) {
            let toolchain = try await ForeignToolchain.find(
                language, environment: self.environment, sdk: try? self.location.get())
            let target = toolchain.target.isEmpty ? "" : ", \(toolchain.target)"
            return Finding(language.rawValue, .ok, "\(toolchain.version)\(target), \(toolchain.program)")
        } catch {
            let finding = Self.finding(language.rawValue, .warning, error)
            return Finding(
                finding.name, .warning, "\(finding.what), which plugins in \(language.title) need", finding.remedy)
        }
    }

    private func sqlite() -> Finding {
        let version = unsafe String(cString: sqlite3_libversion())
        return Finding("sqlite", .ok, "SQLite \(version), for storage.sqlite")
    }
}
