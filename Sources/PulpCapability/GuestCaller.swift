import NIOCore

/// The instance that calls an import, as handlers see it. Confined to its loop.
public protocol GuestCaller: AnyObject {
    var scope: PluginScope { get }
    var instance: InstanceID { get }
    var eventLoop: any EventLoop { get }
    /// The event that is being stepped; nil in `pulp_init`, an idle tick or `pulp_shutdown`.
    var event: (any GuestEvent)? { get }
    /// When the running call is ended.
    var deadline: NIODeadline { get }

    /// The guest's linear memory as it is now. Valid until guest code runs again.
    var memory: UnsafeMutableRawBufferPointer { get }
    /// Asks the guest's allocator for room, and checks what it gives. Guest code runs.
    func allocate(_ byteCount: Int) -> UInt32?
    /// Ends the guest with a trap when the running import returns.
    func raise(_ message: String)
    /// Ends the instance with an exit code when the running import returns.
    func exit(_ code: UInt32)
    /// Polls the guest again: a suspended import has its answer. On the loop.
    func wake()
}
