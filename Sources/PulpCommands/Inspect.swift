import ArgumentParser
import Foundation
import Logging
import Pulp
import PulpEngine
import PulpManifest

/// `pulp inspect`: what is in a module, for whoever wonders what it is or why it is refused.
struct Inspect: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Shows what a module imports and exports, and what it is made of.",
        discussion: "The module is compiled, and nothing of it runs. A module that is damaged is shown up to there.")

    @Argument(help: "A module in the binary format, such as plugin.wasm, or a plugin's folder or manifest.")
    var file: String

    func run() async throws {
        let file = try self.module()
        let bytes = try Input.file(file)
        let shown = Output.printable(file)
        let sections: ModuleSections
        do throws(ModuleSections.Fault) {
            sections = try ModuleSections(bytes)
        } catch {
            throw Problem("\(shown): \(error)")
        }
        Output.line(InspectReport.overview(shown, byteCount: bytes.count, sections).joined(separator: "\n"))
        let spec = PluginSpec(name: shown, version: "", module: .bytes(bytes))
        let environment = try Startup.environment(logger: ProgramLog.logger(.text, .warning))
        let module: Module
        do {
            module = try await RunningPlugin.compile(spec, environment: environment)
        } catch let error as PluginError {
            throw Problem("\(shown) does not compile: \(error.message)")
        }
        Output.line(InspectReport.items(module).joined(separator: "\n"))
    }

    /// The module's file: the one that is named, or that of the plugin which is named.
    private func module() throws(Problem) -> String {
        do throws(ManifestError) {
            let path = try Manifest.file(of: self.file)
            guard path != self.file || path.hasSuffix(".toml"),
                case .file(let module) = try Manifest.loadSource(path: path).spec.module
            else { return path }
            return module
        } catch {
            throw Problem(error.diagnostics.map(\.description))
        }
    }
}

/// The lines of `pulp inspect`. Every name in them comes from the module, so every name is made printable.
enum InspectReport {
    /// A module may import and export thousands; the rest is counted.
    private static let maximumItems = 500

    static func overview(_ file: String, byteCount: Int, _ module: ModuleSections) -> [String] {
        var lines = ["\(file), \(Quantity.bytes(byteCount))", "", "sections"]
        for section in module.sections {
            let name = section.name.map { "custom \"\(Output.printable($0, limit: 100))\"" }
            let title = name ?? ModuleSections.title(section.id)
            lines.append("  \(Self.padded(title, 32))\(Quantity.bytes(section.byteCount))")
        }
        lines += ["", "memory"]
        lines += module.memories.isEmpty ? ["  none of its own"] : module.memories.map { "  \(Self.words($0))" }
        lines += ["", "start function"]
        lines.append(module.startFunction.map { "  func[\($0)], runs when instantiated" } ?? "  none")
        lines += ["", "toolchain"]
        if module.producers.isEmpty { lines.append("  not stated (there is no producers section)") }
        for (field, name, version) in module.producers {
            let value = version.isEmpty ? name : "\(name) \(version)"
            lines.append(
                "  \(Self.padded(Output.printable(field, limit: 40), 16))\(Output.printable(value, limit: 200))")
        }
        return lines
    }

    static func items(_ module: Module) -> [String] {
        ["", "imports (\(module.imports.count))"] + Self.list(module.imports)
            + ["", "exports (\(module.exports.count))"] + Self.list(module.exports)
    }

    private static func list(_ items: [ModuleItem]) -> [String] {
        let lines = items.prefix(Self.maximumItems).map { item in
            let name = item.module.map { "\($0).\(item.name)" } ?? item.name
            return "  \(Self.padded(Output.printable(name, limit: 200), 44))\(Self.words(item.kind))"
        }
        return lines + (items.count > lines.count ? ["  and \(items.count - lines.count) more"] : [])
    }

    private static func words(_ kind: ModuleItem.Kind) -> String {
        switch kind {
        case .function(let type): "\(type)"
        case .memory(let minimum, let maximum):
            maximum.map { "memory, \(minimum) to \($0) pages" } ?? "memory, \(minimum) pages or more"
        case .table: "table"
        case .global: "global"
        case .tag: "tag"
        }
    }

    private static func words(_ memory: ModuleSections.Memory) -> String {
        let maximum = memory.maximum.map { "at most \($0)" } ?? "no maximum of its own"
        let kinds = (memory.isShared ? ", shared" : "") + (memory.is64Bit ? ", 64-bit" : "")
        let size = memory.minimum < 1 << 32 ? " (\(Quantity.bytes(Int(memory.minimum) << 16)))" : ""
        return "\(memory.minimum) pages of 64 KiB\(size), \(maximum)\(kinds)"
    }

    /// At least two spaces follow.
    private static func padded(_ text: String, _ width: Int) -> String {
        text.padding(toLength: max(width, text.count + 2), withPad: " ", startingAt: 0)
    }
}

/// Numbers with units, as people read them.
enum Quantity {
    static func bytes(_ count: Int) -> String {
        switch count {
        case ..<1024: "\(count) B"
        case ..<(1 << 20): "\(Self.oneDecimal(Double(count) / 1024)) KiB"
        default: "\(Self.oneDecimal(Double(count) / Double(1 << 20))) MiB"
        }
    }

    static func duration(_ duration: Duration) -> String {
        let seconds = Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
        switch seconds {
        case ..<1e-3: return "\(Self.oneDecimal(seconds * 1e6)) us"
        case ..<1: return "\(Self.oneDecimal(seconds * 1e3)) ms"
        default: return "\(Self.oneDecimal(seconds)) s"
        }
    }

    private static func oneDecimal(_ value: Double) -> String { String(format: "%.1f", value) }
}
