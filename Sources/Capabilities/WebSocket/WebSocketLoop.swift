import NIOCore

/// What one plugin's connections on one event loop share.
///
/// `@unchecked Sendable`: `room` is touched on the loop only; the rest is constant.
final class WebSocketLoop: @unchecked Sendable {
    let eventLoop: any EventLoop
    let sends: WebSocketSends
    let room: WebSocketRoom

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        self.sends = WebSocketSends(eventLoop: eventLoop)
        self.room = WebSocketRoom(eventLoop: eventLoop)
    }
}
