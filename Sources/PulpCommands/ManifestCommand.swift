import ArgumentParser
import Pulp
import PulpManifest

/// `pulp manifest`: about manifests in general, not one of them.
struct ManifestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manifest", abstract: "About the format of manifests.", subcommands: [ManifestSchemaCommand.self])
}

/// `pulp manifest schema`: for editors, which complete and check manifests with it.
struct ManifestSchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Prints the JSON Schema of pulp.plugin.toml, for editors.")

    func run() {
        let schema = ManifestSchema.jsonSchema(tables: Registry.everything().manifestTables)
        Output.bytes(Array((schema.hasSuffix("\n") ? schema : schema + "\n").utf8))
    }
}
