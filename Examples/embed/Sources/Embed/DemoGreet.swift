import Pulp

/// `demo.greet`: a capability of the application's own, as small as one can be.
struct DemoGreet: Capability {
    static let id: CapabilityID = "demo.greet"
    static let imports: [HostImport<Self>] = [
        .textCommand("demo_greet", summary: "Greets whom the text names.") { demo, name, _ in demo.greet(name) }
    ]

    /// Called on the plugin's event loop, in the middle of the guest's call: quick, and never blocking.
    let greet: @Sendable (_ name: String) -> Void
}
