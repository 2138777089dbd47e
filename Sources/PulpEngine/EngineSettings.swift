/// How the process's engine compiles and what it reserves. The defaults suit a server; tests ask for less.
public struct EngineSettings: Hashable, Sendable {
    /// Guests that may live at once, each one a slot of the pool: address space, two mappings for the guard of its
    /// stack, and 4 us of the engine's start. 1...30,000.
    public var maximumInstances: Int = 1_000
    /// Bytes of native stack that guest code may use before it traps with a stack overflow.
    public var guestStackBytes: Int = 512 << 10
    /// Bytes of native stack that the host's own functions may use on top of a guest's.
    public var hostStackBytes: Int = 512 << 10
    /// Elements of a guest's table; a Go guest has several thousand.
    public var tableElements: Int = 100_000
    /// Bytes of a guest's memory that stay resident in the pool when an instance ends. Page faults cost more than
    /// clearing this much: engine notes, section 3.
    public var memoryKeepResidentBytes: Int = 256 << 10
    /// Whether traps tell source lines, for modules with DWARF: it makes traps several times slower, and images larger.
    public var tellsSourceLines = false

    public init() {}

    /// Bytes of a fiber's whole stack. Each call nested in an import may use the guest's share anew, since the library
    /// counts from where that call begins: without room for all of them, a guest could run into the guard page, which
    /// ends the process. Address space; only what is touched is memory.
    var fiberStackBytes: Int { (ResidentFiber.maximumNesting + 1) * self.guestStackBytes + self.hostStackBytes }

    /// What a compiled image depends on, beside the module and the library's version; part of the cache's key.
    var fingerprint: String {
        "cranelift-speed,epoch,stack=\(self.guestStackBytes),lines=\(self.tellsSourceLines),features=3"
    }
}
