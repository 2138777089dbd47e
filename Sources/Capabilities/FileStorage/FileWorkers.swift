import NIOPosix

/// Threads that may wait for a disk.
package struct FileWorkers: Sendable {
    /// Runs a piece of work; with false when there is nobody any more to do it.
    let submit: @Sendable (_ work: @escaping @Sendable (_ isRunning: Bool) -> Void) -> Void

    package init(submit: @escaping @Sendable (_ work: @escaping @Sendable (_ isRunning: Bool) -> Void) -> Void) {
        self.submit = submit
    }

    /// The threads of `pool`, which has been started and outlives every plugin.
    package static func threads(of pool: NIOThreadPool) -> FileWorkers {
        FileWorkers { work in pool.submit { work($0 == .active) } }
    }
}
