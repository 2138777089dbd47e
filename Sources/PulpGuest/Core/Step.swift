/// The step that runs, as the host numbered and dated it.
public enum Step {
    // A guest runs on one thread, one step at a time: neither is ever touched by two at once.
    nonisolated(unsafe) static var currentNumber: UInt64 = 0
    nonisolated(unsafe) static var currentTime: UInt64 = 0

    /// Counts what the plugin was stepped, from 0; goes on after a crash. 0 while it starts.
    public static var number: UInt64 { unsafe Self.currentNumber }

    /// Nanoseconds since 1970 UTC when the host made the step. 0 while the plugin starts.
    public static var wallTime: UInt64 { unsafe Self.currentTime }
}
