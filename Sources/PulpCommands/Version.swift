import ArgumentParser
import Foundation
import PulpEngine

/// `pulp version`: everything that a report of a fault should name.
struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Prints the versions of Pulp and its engine, and where modules are cached.")

    func run() {
        let cache = ModuleCache.defaultDirectory(environment: ProcessInfo.processInfo.environment)
        Output.line(
            """
            \(ProgramVersion.line)
            engine    \(ProgramVersion.engine)
            swift     \(ProgramVersion.swift)
            platform  \(ProgramVersion.platform)
            cache     \(cache ?? "off (PULP_CACHE_DIR is empty, or there is no home folder)")
            """)
    }
}
