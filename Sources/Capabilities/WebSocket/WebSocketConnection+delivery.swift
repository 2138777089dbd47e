import NIOCore
import PulpCapability

/// Events on their way to the plugin: one at a time, so that their order holds.
extension WebSocketConnection {
    /// Events that the plugin has not finished.
    var unfinishedCount: Int { self.waiting.count + (self.underWay == nil ? 0 : 1) }

    func enqueue(_ event: WebSocketEvent) {
        guard self.hasPlugin else { return }
        self.waiting.append(event)
        self.waitingBytes += event.byteCount
        self.deliverNext()
    }

    /// Tells the plugin of the end, once.
    func enqueueClose(code: UInt16, reason: String) {
        guard !self.isCloseQueued else { return }
        self.isCloseQueued = true
        self.enqueue(WebSocketEvent(.close(code: code, reason: reason), of: self))
    }

    func deliverNext() {
        guard self.underWay == nil, self.nextSession == nil, !self.isAwaitingRoom, let event = self.waiting.popFirst()
        else { return }
        self.underWay = event
        let isFree = self.instanceHasEnded && event.isClose
        self.session.scope.events.deliver(event, from: self.eventLoop, to: isFree ? nil : self.instance)
    }

    /// The plugin may have room again.
    func deliverAgain() {
        self.isAwaitingRoom = false
        self.deliverNext()
        self.forgetIfDone()
    }

    func eventEnded(_ event: WebSocketEvent, _ outcome: StepOutcome) {
        self.eventLoop.assertInEventLoop()
        self.underWay = nil
        if self.leavesSession(after: event, outcome) { return self.afterEvent() }
        switch outcome {
        case .stepped:
            self.waitingBytes -= event.byteCount
            self.loop.room.stepEnded()
        case .failed(let failure): self.eventFailed(event, failure)
        }
        self.afterEvent()
    }

    private func afterEvent() {
        self.deliverNext()
        self.process()
        self.resumeReading()
        self.forgetIfDone()
    }

    private func eventFailed(_ event: WebSocketEvent, _ failure: StepFailure) {
        switch failure {
        case .unavailable(.full), .unavailable(.starting), .unavailable(.ready): return self.putBack(event)
        case .timedOut where !event.hasBegun: return self.putBack(event)
        case .unavailable(.restarting):
            // To any instance: there will be one. To one that has gone: only the end is of use to another.
            if self.instance == nil || (event.isClose && self.instanceHasEnded) { return self.putBack(event) }
            self.instanceEnded()
            if event.isClose { return self.putBack(event) }
        case .unavailable(.failed), .unavailable(.stopping), .unavailable(.stopped): self.pluginEnded()
        case .crashed, .timedOut:
            if self.session.scope.isPerEvent {
                self.beginClose(WebSocketCloseCode.internalError, "the plugin crashed")
            } else {
                self.instanceEnded()
            }
        case .tooLarge: self.beginClose(1009, "the message is larger than the plugin takes")
        case .notHandedOver: self.beginClose(WebSocketCloseCode.internalError, "the plugin has no memory for it")
        case .cancelled: break
        }
        self.waitingBytes -= event.byteCount
    }

    private func putBack(_ event: WebSocketEvent) {
        guard self.hasPlugin else {
            self.waitingBytes -= event.byteCount
            return
        }
        self.waiting.prepend(event)
        self.isAwaitingRoom = true
        self.loop.room.wait(self)
    }

    // MARK: Ends

    /// The instance that knew the connection has gone: another would not know what to do with its messages.
    func instanceEnded() {
        guard !self.instanceHasEnded, self.nextSession == nil else { return }
        self.instanceHasEnded = true
        let close = self.waiting.last.flatMap { $0.isClose ? $0 : nil }
        self.dropWaiting()
        if let close { self.waiting.append(close) }
        let isStopping = [.stopping, .stopped].contains(self.session.scope.events.availability)
        if isStopping {
            self.beginClose(WebSocketCloseCode.goingAway, "the plugin is stopping")
        } else {
            self.beginClose(WebSocketCloseCode.serviceRestart, "the plugin is restarting")
        }
    }

    /// Nobody is there to hear of the connection any more.
    func pluginEnded() {
        self.hasPlugin = false
        self.dropWaiting()
        self.beginClose(WebSocketCloseCode.goingAway, "the plugin is stopping")
        self.forgetIfDone()
    }

    private func dropWaiting() {
        for event in self.waiting { self.waitingBytes -= event.byteCount }
        self.waiting.removeAll()
        self.countBytes()
    }

    /// Leaves the session when the socket is closed and the plugin knows of it.
    func forgetIfDone() {
        guard self.phase == .ended, self.underWay == nil, self.waiting.isEmpty else { return }
        self.session.forget(self)
    }
}
