/// Which modules of ours each module may import: the arrows of `ARCHITECTURE.md`.
///
/// Transitive by hand, so that a new arrow is a line in a review. A new module needs a row; a capability does not, since
/// all of them have the same.
enum Layers {
    static let allowed: [String: Set<String>] = [
        "CWasmtime": [],
        "PulpWire": [],
        "PulpTOML": [],
        "PulpManifest": ["PulpTOML", "PulpWire"],
        "PulpGuest": ["PulpWire"],
        "PulpGuestTesting": ["PulpWire"],
        "PulpEngine": ["CWasmtime"],
        "PulpCapability": ["PulpWire"],
        "PulpListener": [],
        "PulpEgress": [],
        "PulpSandbox": [],
        "CSQLite": [],
        "PulpRuntime": ["PulpEngine", "PulpManifest", "PulpCapability", "PulpWire"],
        "PulpTesting": ["PulpCapability", "PulpWire"],
        "PulpBuild": ["PulpManifest", "PulpTOML", "PulpEngine"],
        "PulpScaffold": ["PulpManifest", "PulpBuild"],
        // The workshop's two that run plugins stand above the composition root, as the program does.
        "PulpTestRunner": [
            "Pulp", "PulpBuild", "PulpCapability", "PulpEgress", "PulpEngine", "PulpListener", "PulpManifest",
            "PulpRuntime", "PulpSandbox", "PulpTesting", "PulpTOML", "PulpWire",
        ],
        "PulpDevelopment": [
            "Pulp", "PulpBuild", "PulpCapability", "PulpEngine", "PulpListener", "PulpManifest", "PulpRuntime",
            "PulpWire",
        ],
    ]

    /// What a capability may import: the contract, the wire, and what several capabilities share.
    static let capability: Set<String> = [
        "PulpCapability", "PulpWire", "PulpListener", "PulpEgress", "PulpSandbox",
    ]

    /// The composition root, and the programs above it, which may reach past it.
    static let root = "Pulp"
    static let programs: Set<String> = ["PulpBench", "PulpCommands", "PulpCLI"]

    static func isOurs(_ module: String) -> Bool { module.hasPrefix("Pulp") || module == "CWasmtime" }
}
