/// The plugin's state, whose type only the plugin's own handlers know.
///
/// Lives as long as the instance does, and is touched by one step at a time.
@safe
struct StateReference {
    private let pointer: UnsafeMutableRawPointer

    init<State>(_ state: consuming State) {
        let pointer = UnsafeMutablePointer<State>.allocate(capacity: 1)
        unsafe pointer.initialize(to: state)
        unsafe self.pointer = UnsafeMutableRawPointer(pointer)
    }

    /// The state, which is a `type`: what it was made of.
    @inline(__always)
    subscript<State>(type: State.Type) -> State {
        unsafeAddress { unsafe UnsafePointer(self.pointer.assumingMemoryBound(to: type)) }
        nonmutating unsafeMutableAddress { unsafe self.pointer.assumingMemoryBound(to: type) }
    }
}
