/// A feature of the host that a manifest may grant to a plugin.
///
/// A capability declares its imports once, in a table. The host binds that table to real handlers for a plugin with
/// the grant and to stubs for one without it; the documentation of the ABI and the test harness read the same table.
/// A capability never sees a pointer of the guest.
///
/// A capability without state of its own is its own ``Session``. One with state makes a session for each plugin:
/// opened before the plugin's module is instantiated, closed when the plugin is, and told of every instance that
/// ends in between.
public protocol Capability: Sendable {
    /// What serves one plugin.
    associatedtype Session: Sendable = Self

    /// The name in the manifest's `capabilities`.
    static var id: CapabilityID { get }
    /// The functions that guests import.
    static var imports: [HostImport<Session>] { get }
    /// The manifest's table for ``settings``, such as `sqlite` for `[sqlite]`; nil for a capability without.
    static var section: String? { get }
    /// The keys of ``section``; their values are in ``PluginScope/settings``.
    static var settings: [SettingKey] { get }
    /// The keys of `[limits.NAME]`, NAME being ``id``.
    static var limits: [SettingKey] { get }

    /// Sets up for one plugin. Throwing fails the plugin's load with the error's text.
    func open(_ scope: PluginScope) async throws -> Session
    /// Sets up for a version of a plugin that is loaded and initialised beside the running one, which `former` serves;
    /// nil when that is not granted the capability. What others would see of it, such as routes, waits for
    /// ``replace(_:by:)``, which may never come: ``close(_:)`` does then.
    func open(_ scope: PluginScope, beside former: Session?) async throws -> Session
    /// The new version takes the place of the running one, between two steps: what clients hold on to goes over.
    ///
    /// Cannot fail. `former` goes on with what it has begun until it is closed.
    /// - Parameters:
    ///   - former: Of the version that ran; nil when it was not granted the capability.
    ///   - successor: Of the new version, from ``open(_:beside:)``; nil when it is not granted the capability.
    func replace(_ former: Session?, by successor: Session?)
    /// Whether a session that was replaced owes answers that need its instances: it is not closed as long as they may
    /// take. From any thread.
    func isBusy(_ session: Session) -> Bool
    /// Tears down what ``open(_:)`` made. All instances of the plugin have ended.
    func close(_ session: Session) async
    /// One instance of the plugin has ended: by shutdown, crash or replacement. Called on the instance's loop.
    func instanceEnded(_ instance: InstanceID, in session: Session)

    /// Whether the capability wants ``stepEnded(_:in:)``; one that does not costs a step nothing.
    static var hearsOfStepEnds: Bool { get }
    /// `pulp_init` or a step of an instance has returned; the instance goes on. Called on the instance's loop, and only
    /// for a capability that ``hearsOfStepEnds``. A step that does not return ends its instance.
    func stepEnded(_ instance: InstanceID, in session: Session)
}

extension Capability where Session == Self {
    public func open(_ scope: PluginScope) async throws -> Self { self }
}

extension Capability {
    public static var section: String? { nil }
    public static var settings: [SettingKey] { [] }
    public static var limits: [SettingKey] { [] }
    public func open(_ scope: PluginScope, beside former: Session?) async throws -> Session {
        try await self.open(scope)
    }
    public func replace(_ former: Session?, by successor: Session?) {}
    public func isBusy(_ session: Session) -> Bool { false }
    public func close(_ session: Session) async {}
    public func instanceEnded(_ instance: InstanceID, in session: Session) {}
    public static var hearsOfStepEnds: Bool { false }
    public func stepEnded(_ instance: InstanceID, in session: Session) {}
}

/// One instance of a plugin, unique in the process; never used again.
public struct InstanceID: Hashable, Sendable, CustomStringConvertible {
    public let number: UInt64

    public init(number: UInt64) {
        self.number = number
    }

    public var description: String { "\(self.number)" }
}
