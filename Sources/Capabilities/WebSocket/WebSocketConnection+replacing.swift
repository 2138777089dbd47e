import NIOCore
import PulpCapability
import PulpListener
import PulpWire

/// From one version of the plugin to the next, while the socket stays open.
extension WebSocketConnection {
    /// Another version has taken the place of the one that the connection was with. On the loop.
    ///
    /// What is under way is answered by the version that has it; everything later is for the new one, which is told of the
    /// connection first.
    func goOver(from former: WebSocketSession, to successor: WebSocketSession?) {
        // It may have heard of the replacement by the end of an event already, and have gone over.
        guard self.session === former else { return }
        // One that is ending does so with the version that knows it.
        guard self.phase == .open, self.hasPlugin, !self.instanceHasEnded else { return }
        guard let successor else {
            return self.beginClose(WebSocketCloseCode.goingAway, "the plugin serves no WebSockets any more")
        }
        self.nextSession = successor
        if self.underWay == nil { self.changeSessions() }
    }

    /// The event that was under way is over. Whether it was the last one for the version that had it.
    func leavesSession(after event: WebSocketEvent, _ outcome: StepOutcome) -> Bool {
        // The version may have begun to stop before this loop has heard of the replacement.
        if case .failed = outcome, self.nextSession == nil, !event.hasBegun, self.phase == .open {
            self.nextSession = self.session.successor
        }
        guard self.nextSession != nil else { return false }
        if case .failed = outcome, !event.hasBegun {
            self.waiting.prepend(event)
        } else {
            self.waitingBytes -= event.byteCount
        }
        self.changeSessions()
        return true
    }

    private func changeSessions() {
        guard let named = self.nextSession else { return }
        self.nextSession = nil
        // The client has gone meanwhile, and the old version gets what there is to be told.
        guard self.phase == .open else { return self.deliverNext() }
        let path = self.openRecordOfNow?.path ?? ""
        var next = named
        while true {
            next = next.successor ?? next
            guard let parameters = next.routes.parameters(.webSocket, path: path) else { break }
            if next.adopt(self) { return self.begin(with: next, parameters) }
            // Unless one more version has come in this very moment, the plugin has ended.
            guard next.successor != nil else { break }
        }
        self.beginClose(WebSocketCloseCode.serviceRestart, "the plugin's new version does not serve this path")
        self.deliverNext()
    }

    private func begin(with next: WebSocketSession, _ parameters: [(name: String, value: String)]) {
        self.session.forget(self)
        self.session = next
        self.forgetInstance()
        self.announce(parameters)
        self.deliverNext()
    }

    /// Puts a `ws.open` before everything that waits, in place of one that was not delivered.
    private func announce(_ parameters: [(name: String, value: String)]) {
        guard var record = self.openRecordOfNow else { return }
        record.params = FieldList(parameters.map { FieldList.Field(name: $0.name, value: $0.value) })
        let waiting = self.waiting.filter { if case .open = $0.body { false } else { true } }
        self.waiting.removeAll()
        self.waiting.append(WebSocketEvent(.open(record), of: self))
        for event in waiting { self.waiting.append(event.renewed) }
    }

    private var openRecordOfNow: WebSocketOpenRecord? {
        try? WebSocketOpenRecord(decoding: self.openRecord)
    }
}

extension WebSocketEvent {
    /// The same event for another version of the plugin.
    fileprivate var renewed: WebSocketEvent { WebSocketEvent(self.body, of: self.connection) }
}
