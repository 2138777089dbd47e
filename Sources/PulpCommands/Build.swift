import ArgumentParser
import Foundation
import PulpBuild
import PulpManifest

/// `pulp build`: a plugin's module from its sources.
struct Build: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Builds the plugin of a folder.")

    @Argument(help: "The plugin's folder or its manifest.")
    var plugin: String = "."

    @Flag(help: "With debug information, so that backtraces have lines; little optimised.")
    var debug = false

    @Option(help: "What the module is good at: size or speed.")
    var optimize: Optimization = .size

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        do throws(BuildError) {
            let sdk = try SDKLocation.find(environment: environment, executable: Workshop.program)
            let builder = Builder(
                sdk: sdk, environment: environment,
                cacheFolder: SDKCache.defaultFolder(environment: environment))
            let project = try PluginProject(self.plugin)
            let outcome = try await builder.build(
                project, mode: self.debug ? .debug : .release, optimize: self.optimize)
            if !outcome.warnings.isEmpty { Output.error(outcome.warnings) }
            Output.line("\(project.spec.name)  \(outcome.wasmPath)  \(outcome.byteCount) bytes  \(outcome.duration)")
        } catch {
            if !error.compilerOutput.isEmpty { Output.error(error.compilerOutput) }
            throw Problem(error.message)
        }
    }
}

extension Optimization: ExpressibleByArgument {}
