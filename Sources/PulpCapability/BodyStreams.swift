import NIOCore
import Synchronization

/// A body that one capability has open for a plugin, and that another may pass on without the guest.
///
/// Used from any thread. It is at an end for its owner when it was taken: whoever has it splices or cancels it.
package protocol BodySource: AnyObject, Sendable {
    /// Sends the rest of the body to `sink`, from here on.
    func splice(to sink: any BodySink)
    /// Goes on after ``BodySink/receive(_:)`` answered false.
    func resume()
    /// Drops the body and the connection that it comes from.
    func cancel()
}

/// Where a ``BodySource`` sends a body. Called on the source's loop.
package protocol BodySink: AnyObject, Sendable {
    /// Takes one part; false when no other may follow before ``BodySource/resume()``.
    func receive(_ part: ByteBuffer) -> Bool
    /// The body is complete, or, with a reason, broke off. Called once.
    func end(failure: String?)
}

/// What holds the open bodies of one plugin.
package protocol BodyStreamOwner: AnyObject, Sendable {
    func hasBodyStream(_ id: UInt64) -> Bool
    /// Gives the body away; nil when there is none of this number.
    func takeBodyStream(_ id: UInt64) -> (any BodySource)?
}

/// The open bodies of all plugins, by which capabilities that do not know each other pass them on.
///
/// The composition root makes one and hands it to those that open bodies and to those that send them.
package final class BodyStreams: Sendable {
    private let owners = Mutex<[ObjectIdentifier: any BodyStreamOwner]>([:])

    package init() {}

    /// What `owner` opens may be taken by other capabilities of the same plugin, until ``withdraw(_:)``.
    package func offer(_ owner: any BodyStreamOwner, for scope: PluginScope) {
        self.owners.withLock { $0[ObjectIdentifier(scope)] = owner }
    }

    package func withdraw(_ scope: PluginScope) {
        self.owners.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(scope)) }
    }

    package func owner(for scope: PluginScope) -> (any BodyStreamOwner)? {
        self.owners.withLock { $0[ObjectIdentifier(scope)] }
    }
}
