import Pulp

/// Loads a plugin, lends it `demo.greet`, and steps it once.
@main
struct Embed {
    static func main() async throws {
        guard let manifest = CommandLine.arguments.dropFirst().first else {
            return print("usage: Embed path/to/pulp.plugin.toml")
        }
        var registry = Registry.standard()
        registry.gated(DemoGreet { name in print("hello, \(name)!") })

        let loaded = try Manifest.load(path: manifest, registry: registry)
        let plugin = try await Plugin.load(loaded.spec, registry: registry)
        try await plugin.initialize(loaded.spec.config)
        let handle = try await plugin.step(StepEnvelope(callNumber: 0, wallTime: 0))
        print("\(plugin.name) stepped: \(handle)")
        try await plugin.shutdown()
        await plugin.close()
    }
}
