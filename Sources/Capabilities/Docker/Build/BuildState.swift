import PulpWire
import Synchronization

/// How a plugin's builds go: one at a time.
final class BuildState: Sendable {
    private let state = Mutex(DockerBuildStatus())

    var status: DockerBuildStatus { self.state.withLock { $0 } }

    /// False when one is running.
    func begin() -> Bool {
        self.state.withLock { status in
            guard !status.isBuilding else { return false }
            status.isBuilding = true
            status.lastError = ""
            return true
        }
    }

    /// - Parameter seconds: Since 1970 UTC.
    func succeed(at seconds: Int64) {
        self.state.withLock { status in
            status.isBuilding = false
            status.lastBuildTime = seconds
        }
    }

    func fail(_ reason: String) {
        self.state.withLock { status in
            status.isBuilding = false
            status.lastError = reason
        }
    }
}
