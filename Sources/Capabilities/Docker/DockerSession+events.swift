import PulpCapability
import PulpWire

/// Asking for what has happened.
extension DockerSession {
    private static let usualLimit: Int64 = 100

    func pollEvents(_ request: DockerEventsRequest) throws -> DockerList<DockerEvent> {
        let limit = request.limit <= 0 ? Self.usualLimit : request.limit
        let events = self.events.events(
            after: request.sinceNanos, limit: Int(clamping: limit), now: self.parts.wallTime())
        // An engine that is away is news only for who gets no other.
        if events.isEmpty { try self.engine.availability.check() }
        return DockerList(events)
    }
}
