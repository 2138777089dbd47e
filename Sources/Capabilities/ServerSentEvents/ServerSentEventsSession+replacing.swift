import Logging
import NIOCore
import PulpCapability
import PulpListener
import Synchronization

/// From one version of the plugin to the next, while the streams stay open.
extension ServerSentEventsSession {
    /// Of the newest version that has taken this one's place.
    var successor: ServerSentEventsSession? {
        guard let next = self.state.withLock({ $0.successor }) else { return nil }
        return next.successor ?? next
    }

    /// Keeps an event that a version emits before it has its place: nobody hears of it if it never gets there.
    func isKeptForLater(_ frame: EventFrame, _ path: TopicPath) throws(CapabilityError) -> Bool {
        let isKept = self.state.withLock { state -> Bool? in
            guard state.early != nil else { return false }
            guard state.earlyBytes < self.settings.backlogBytes else { return nil }
            state.early?.append((frame, path))
            // What holding it costs, however short it is.
            state.earlyBytes += frame.part.byteCount + 192
            return true
        }
        guard let isKept else { throw Self.backlogIsFull }
        return isKept
    }

    /// The staged routes are there, those of the version before are gone; its subscribers, and what is kept for them, go
    /// over, where a pattern still covers their path.
    func takeOver() {
        self.routes.commit(self)
        let fanouts = self.hall.changeHands(to: self, self.settings.boardLimits) {
            self.routes.parameters(.events, path: $0.text) != nil
        }
        // What is emitted meanwhile is behind them.
        while let early = self.takeEarly() {
            for (frame, path) in early {
                do throws(CapabilityError) {
                    try self.post(frame, at: path)
                } catch {
                    self.scope.logger.warning("an event was lost", metadata: ["reason": "\(error)"])
                }
            }
        }
        for fanout in fanouts {
            fanout.eventLoop.execute { fanout.goOver(to: self) }
        }
    }

    /// What was kept; nil when that is nothing: from then on nothing is.
    private func takeEarly() -> [(frame: EventFrame, path: TopicPath)]? {
        self.state.withLock { state in
            guard let early = state.early, !early.isEmpty else {
                state.early = nil
                return nil
            }
            state.early = []
            return early
        }
    }

    /// Another version has taken the place of this one; without one that serves streams all of them end.
    func retire(_ successor: ServerSentEventsSession?) {
        guard let successor else { return self.routes.withdraw(self) }
        self.state.withLock { $0.successor = successor }
    }
}
