import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpCapability
import PulpEngine
import PulpManifest
import PulpRuntime
import PulpTesting
import Synchronization

/// What plugins of a test share: the process's engine, a few loops of its own, and a log that can be read.
package final class World: Sendable {
    package let group: MultiThreadedEventLoopGroup
    package let log = LogCollector()
    package let environment: RuntimeEnvironment
    /// Nanoseconds that the plugins' clock shows; 0 for the system's.
    package let wallTime = Atomic<UInt64>(0)

    /// Compiled modules are kept between runs, since some guests take seconds to compile.
    private static let cacheDirectory = NSTemporaryDirectory() + "pulp-tests-modules-\(getuid())"

    package init(loops: Int = 1) throws {
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let clock = Clock()
        self.environment = RuntimeEnvironment(
            engine: try PulpEnvironment.engine(), cache: ModuleCache(directory: Self.cacheDirectory) { _ in },
            loops: Array(self.group.makeIterator()), logger: self.log.logger(),
            wallTime: { clock.now }, jitter: { 0 })
        clock.world.withLock { $0 = Weak(self) }
    }

    /// Loads `spec`, hands it to `body`, and closes it.
    @discardableResult
    package func with<Result: Sendable>(
        _ spec: PluginSpec, registry: Registry = .standard(), isInitialized: Bool = true,
        _ body: @Sendable (RunningPlugin) async throws -> Result
    ) async throws -> Result {
        let plugin = try await RunningPlugin.load(spec, registry: registry, environment: self.environment)
        do {
            if isInitialized { try await plugin.initialize(spec.config) }
            let result = try await body(plugin)
            await plugin.close()
            return result
        } catch {
            await plugin.close()
            throw error
        }
    }

    package func shutDown() async {
        try? await self.group.shutdownGracefully()
    }

    private final class Clock: Sendable {
        let world = Mutex<Weak?>(nil)

        var now: UInt64 {
            let set = self.world.withLock { $0?.world?.wallTime.load(ordering: .relaxed) ?? 0 }
            return set == 0 ? WallClock.nanoseconds() : set
        }
    }

    private struct Weak: Sendable {
        weak let world: World?
        init(_ world: World) { self.world = world }
    }
}

/// Runs `body` with a world of its own.
@discardableResult
package func withWorld<Result: Sendable>(
    loops: Int = 1, _ body: @Sendable (World) async throws -> Result
) async throws -> Result {
    let world = try World(loops: loops)
    do {
        let result = try await body(world)
        await world.shutDown()
        return result
    } catch {
        await world.shutDown()
        throw error
    }
}

/// Waits until `condition` holds; false after a minute.
///
/// Looked at every few milliseconds, by a timer: a hundred tests that wait at once must not take the cores from those
/// that work.
package func eventually(_ condition: () async throws -> Bool) async rethrows -> Bool {
    let loop = MultiThreadedEventLoopGroup.singleton.next()
    let end = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        guard ContinuousClock.now < end else { return false }
        try? await loop.scheduleTask(in: .milliseconds(3)) {}.futureResult.get()
    }
    return true
}
