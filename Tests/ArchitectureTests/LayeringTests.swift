import Testing

/// The three sentences of the design, and the arrows between modules.
@Suite("Layers")
struct LayeringTests {
    private let tree: SourceTree

    init() throws {
        self.tree = try SourceTree.read.get()
    }

    private func ours(_ module: String) -> [SourceTree.Import] {
        self.tree.imports(of: module).filter { Layers.isOurs($0.module) }
    }

    private var capabilities: [String] { self.tree.modules.filter { $0.hasPrefix("Capabilities/") } }

    @Test("the sources are where the tests look for them, and their imports are read")
    func reading() {
        #expect(self.tree.files.count > 100)
        #expect(self.capabilities.count >= 4)
        #expect(self.ours("PulpRuntime").contains { $0.module == "PulpEngine" })
        #expect(self.tree.imports(of: "Pulp").contains { $0.isReexported })
    }

    @Test("every module imports only what stands below it")
    func arrows() {
        for module in self.tree.modules where module != Layers.root && !Layers.programs.contains(module) {
            let isCapability = module.hasPrefix("Capabilities/")
            guard let allowed = isCapability ? Layers.capability : Layers.allowed[module] else {
                Issue.record("\(module) has no row in Tests/ArchitectureTests/Layers.swift: say what it may import")
                continue
            }
            for found in self.ours(module) where !allowed.contains(found.module) {
                Issue.record("\(found) is above \(module), or beside it; allowed: \(allowed.sorted())")
            }
        }
    }

    @Test("the wire is below everything and knows nobody")
    func wire() {
        #expect(self.tree.imports(of: "PulpWire") == [])
    }

    @Test("the runtime knows the engine and the contract, never a capability; a capability knows neither")
    func runtime() throws {
        let modules = try Set(PackageManifest().capabilities.map(\.module))
        for found in self.ours("PulpRuntime") { #expect(!modules.contains(found.module), "\(found)") }
        for capability in self.capabilities {
            for found in self.ours(capability) {
                #expect(!["PulpEngine", "PulpRuntime", "CWasmtime"].contains(found.module), "\(found)")
                #expect(!modules.contains(found.module), "\(found) is another capability")
            }
        }
    }

    @Test("only Pulp knows everything: nobody else imports a capability")
    func root() throws {
        let modules = try Set(PackageManifest().capabilities.map(\.module))
        for module in self.tree.modules where module != Layers.root {
            for found in self.ours(module) { #expect(!modules.contains(found.module), "\(found)") }
        }
        #expect(modules.isSubset(of: self.ours(Layers.root).map(\.module)))
    }

    @Test("Pulp is smaller than each layer that it puts together")
    func smallest() {
        func size(_ module: String) -> Int {
            self.tree.files.filter { $0.module == module }.reduce(0) { $0 + $1.lines.count }
        }
        for layer in ["PulpWire", "PulpManifest", "PulpEngine", "PulpCapability", "PulpRuntime", "PulpListener"] {
            #expect(size(Layers.root) < size(layer), "\(layer)")
        }
    }

    @Test("only PulpEngine imports CWasmtime")
    func engine() {
        for module in self.tree.modules where module != "PulpEngine" {
            for found in self.ours(module) { #expect(found.module != "CWasmtime", "\(found)") }
        }
    }

    @Test("the engine is never re-exported")
    func reexports() {
        for module in self.tree.modules {
            for found in self.ours(module) where found.isReexported {
                #expect(found.module != "PulpEngine" && found.module != "CWasmtime", "\(found)")
            }
        }
    }
}
