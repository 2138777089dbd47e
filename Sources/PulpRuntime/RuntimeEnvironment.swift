import Logging
import NIOCore
import PulpCapability
import PulpEngine

/// What all plugins of a process share.
package struct RuntimeEnvironment: Sendable {
    package let engine: Engine
    package let cache: ModuleCache
    /// Instances live here, each on one loop for life.
    package let loops: [any EventLoop]
    package let logger: Logger
    /// Nanoseconds since 1970, UTC.
    package let wallTime: @Sendable () -> UInt64
    /// 0..<1, to spread restarts.
    package let jitter: @Sendable () -> Double
    /// When ticks and restarts are due.
    package var timers: any PluginTimers = LoopTimers()

    package init(
        engine: Engine, cache: ModuleCache, loops: [any EventLoop], logger: Logger,
        wallTime: @escaping @Sendable () -> UInt64, jitter: @escaping @Sendable () -> Double
    ) {
        precondition(!loops.isEmpty, "instances need a loop to live on")
        self.engine = engine
        self.cache = cache
        self.loops = loops
        self.logger = logger
        self.wallTime = wallTime
        self.jitter = jitter
    }
}
