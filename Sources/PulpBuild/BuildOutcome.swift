/// For whom a module is made.
package enum BuildMode: String, CaseIterable, Sendable {
    /// For users: optimised, without debug information.
    case release
    /// For a debugger and for backtraces with lines: little optimised, with DWARF.
    case debug
    /// For the loop of editing and looking: what the compiler makes soonest.
    case development
}

/// What an optimised module is good at.
package enum Optimization: String, CaseIterable, Sendable {
    case size, speed
}

/// A module that was built and lies where the manifest expects it.
package struct BuildOutcome: Sendable {
    package let wasmPath: String
    package let byteCount: Int
    /// The size of the module that was there before; nil when there was none.
    package let previousByteCount: Int?
    package let duration: Duration
    /// What the compiler said although it was content; empty most of the time.
    package let warnings: String
}
