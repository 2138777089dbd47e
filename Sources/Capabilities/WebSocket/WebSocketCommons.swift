import NIOCore
import PulpCapability
import Synchronization

/// What a plugin's WebSockets have in common, whichever version of the plugin they are with: handed from one version's
/// session to the next.
final class WebSocketCommons: Sendable {
    /// Bytes that wait for clients, of all connections.
    let queuedBytes = Atomic<Int>(0)
    /// Bytes that wait for the plugin, of all connections.
    let bufferedBytes = Atomic<Int>(0)
    private let loops = Mutex<[ObjectIdentifier: WebSocketLoop]>([:])

    func loop(_ eventLoop: any EventLoop) -> WebSocketLoop {
        self.loops.withLock { loops in
            if let loop = loops[ObjectIdentifier(eventLoop)] { return loop }
            let loop = WebSocketLoop(eventLoop: eventLoop)
            loops[ObjectIdentifier(eventLoop)] = loop
            return loop
        }
    }
}
