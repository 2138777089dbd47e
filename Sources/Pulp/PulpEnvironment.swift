import Foundation
import Logging
import NIOCore
import NIOPosix
import PulpEngine
import PulpRuntime
import Synchronization

/// The engine, the cache and the loops that all plugins of a process share.
package enum PulpEnvironment {
    private static let started = Mutex<Engine?>(nil)

    /// The process's engine, started at the first call.
    ///
    /// `PULP_MAX_INSTANCES` says how many guests may live at once; `PULP_BACKTRACE=1` makes traps tell source lines.
    package static func engine() throws -> Engine {
        try Self.started.withLock { engine in
            if let engine { return engine }
            var settings = EngineSettings()
            if let wanted = ProcessInfo.processInfo.environment["PULP_MAX_INSTANCES"].flatMap(Int.init) {
                settings.maximumInstances = wanted
            }
            settings.tellsSourceLines = ProcessInfo.processInfo.environment["PULP_BACKTRACE"] == "1"
            let new = try Engine(settings)
            engine = new
            return new
        }
    }

    /// What the host's administrator opens for every plugin's connections: `HTTP_FETCH_ALLOW`.
    package static var egressRules: String { ProcessInfo.processInfo.environment["HTTP_FETCH_ALLOW"] ?? "" }

    /// - Parameter group: Where instances live; the process's shared loops by default.
    package static func shared(
        logger: Logger, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        cacheDirectory: String? = ModuleCache.defaultDirectory(environment: ProcessInfo.processInfo.environment)
    ) throws -> RuntimeEnvironment {
        RuntimeEnvironment(
            engine: try Self.engine(),
            cache: ModuleCache(directory: cacheDirectory) { logger.notice("\($0)") },
            loops: Array(group.makeIterator()), logger: logger, wallTime: { WallClock.nanoseconds() },
            jitter: { Double.random(in: 0..<1) })
    }
}

/// The system's clock.
package enum WallClock {
    /// Since 1970, UTC.
    package static func nanoseconds() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(time.tv_sec, 0)) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    package static func seconds() -> Int64 { Int64(Self.nanoseconds() / 1_000_000_000) }
}
