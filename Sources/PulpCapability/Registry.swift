/// The capabilities that a host offers: those that every plugin has, and those that a manifest must list.
public struct Registry: Sendable {
    private(set) public var entries: [RegisteredCapability] = []

    public init() {}

    /// Offers a capability to every plugin, declared or not.
    public mutating func always(_ capability: some Capability) {
        self.add(RegisteredCapability(capability, isAlways: true))
    }

    /// Offers a capability to plugins whose manifest lists it; the others link to stubs. A second capability of the
    /// same id takes the place of the first.
    public mutating func gated(_ capability: some Capability) {
        self.add(RegisteredCapability(capability, isAlways: false))
    }

    private mutating func add(_ entry: RegisteredCapability) {
        self.entries.removeAll { $0.id == entry.id }
        self.entries.append(entry)
    }

    /// The ids that a manifest may list, sorted.
    public var available: [CapabilityID] {
        self.entries.map(\.id).sorted { $0.rawValue < $1.rawValue }
    }

    public func entry(_ id: CapabilityID) -> RegisteredCapability? {
        self.entries.first { $0.id == id }
    }
}

/// A capability in a registry, without its type.
public struct RegisteredCapability: Sendable {
    public let id: CapabilityID
    public let isAlways: Bool
    /// What guests may import from it.
    public let signatures: [ImportSignature]
    /// The manifest's table for ``settings``; nil without.
    public let section: String?
    /// What the manifest may say in ``section``.
    public let settings: [SettingKey]
    /// What the manifest may say in `[limits.NAME]`.
    public let limits: [SettingKey]
    private let openSession: @Sendable (PluginScope, Beside) async throws -> OpenCapability

    /// What a session is opened beside.
    private enum Beside: Sendable {
        /// The plugin is loaded for the first time.
        case nothing
        /// The plugin runs, perhaps without this capability.
        case running((any Sendable)?)
    }

    init<Provider: Capability>(_ capability: Provider, isAlways: Bool) {
        self.id = Provider.id
        self.isAlways = isAlways
        self.signatures = Provider.imports.map(\.signature)
        self.section = Provider.section
        self.settings = Provider.settings
        self.limits = Provider.limits
        self.openSession = { scope, beside in
            let session =
                switch beside {
                case .nothing: try await capability.open(scope)
                case .running(let former):
                    try await capability.open(scope, beside: former as? Provider.Session)
                }
            let stepEnded: @Sendable (InstanceID) -> Void = { capability.stepEnded($0, in: session) }
            return OpenCapability(
                id: Provider.id,
                imports: Provider.imports.map { $0.bound(to: session, of: Provider.id) },
                instanceEnded: { capability.instanceEnded($0, in: session) },
                stepEnded: Provider.hearsOfStepEnds ? stepEnded : nil,
                close: { await capability.close(session) },
                isBusy: { capability.isBusy(session) },
                session: session,
                succeed: { capability.replace($0 as? Provider.Session, by: session) },
                withdraw: { capability.replace(session, by: nil) })
        }
    }

    /// Sets the capability up for a plugin.
    public func open(_ scope: PluginScope) async throws -> OpenCapability {
        try await self.openSession(scope, .nothing)
    }

    /// Sets the capability up for a version of a plugin that is loaded beside the running one.
    ///
    /// - `running`: What the running version has open.
    public func open(_ scope: PluginScope, beside running: [OpenCapability]) async throws -> OpenCapability {
        try await self.openSession(scope, .running(running.first { $0.id == self.id }?.session))
    }

    /// What a plugin without the grant links to.
    public var stubs: [BoundImport] {
        self.signatures.map { signature in
            let status = signature.stubStatus
            return BoundImport(capability: self.id, signature: signature, body: .plain { _ in status })
        }
    }
}

/// A capability that has been set up for one plugin.
public struct OpenCapability: Sendable {
    public let id: CapabilityID
    public let imports: [BoundImport]
    public let instanceEnded: @Sendable (InstanceID) -> Void
    /// Nil for a capability that does not want to know.
    public let stepEnded: (@Sendable (InstanceID) -> Void)?
    public let close: @Sendable () async -> Void
    /// Whether a version that was replaced owes answers that need its instances.
    public let isBusy: @Sendable () -> Bool
    let session: any Sendable
    let succeed: @Sendable ((any Sendable)?) -> Void
    let withdraw: @Sendable () -> Void

    /// Lets what a new version has open take the place of what the running one has.
    public static func replace(_ former: [OpenCapability], by successors: [OpenCapability]) {
        for old in former where !successors.contains(where: { $0.id == old.id }) { old.withdraw() }
        for new in successors { new.succeed(former.first { $0.id == new.id }?.session) }
    }
}

/// An import with its session: what the runtime links.
public struct BoundImport: Sendable {
    public enum Body: Sendable {
        case plain(@Sendable (inout GuestCall) -> Int32)
        case suspending(@Sendable (inout GuestCall) -> SuspendedImport)
    }

    public let capability: CapabilityID
    public let signature: ImportSignature
    public let body: Body

    package init(capability: CapabilityID, signature: ImportSignature, body: Body) {
        self.capability = capability
        self.signature = signature
        self.body = body
    }
}

extension HostImport where Session: Sendable {
    func bound(to session: Session, of capability: CapabilityID) -> BoundImport {
        BoundImport(capability: capability, signature: self.signature, body: self.body(for: session))
    }

    private func body(for session: Session) -> BoundImport.Body {
        switch self.body {
        case .plain(let handler): .plain { handler(session, &$0) }
        case .suspending(let handler): .suspending { handler(session, &$0) }
        }
    }
}
