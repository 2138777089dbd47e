/// How long the test that a task runs may go on.
///
/// What keeps a thread for itself looks at the clock, and does not rely on being cancelled: on a machine of one core
/// nobody else gets to do that.
enum TestTime {
    @TaskLocal static var end: ContinuousClock.Instant?

    /// What is left of it.
    static var left: Duration { self.end.map { $0 - ContinuousClock.now } ?? .seconds(10) }

    /// Whether the test's time is over, or the test was cancelled.
    static var isOver: Bool {
        if Task.isCancelled { return true }
        guard let end else { return false }
        return ContinuousClock.now >= end
    }
}
