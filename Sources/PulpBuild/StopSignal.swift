import Foundation
import Synchronization

/// Ends a thread that watches: it waits for this where it would sleep.
///
/// A pipe: whoever stops closes one end, whoever waits sees that at the other.
final class StopSignal: Sendable {
    /// The end that is looked at; closed with this object.
    let descriptor: Int32
    private let writer: Mutex<Int32>

    /// - Throws: ``BuildError/Code/files`` when the process has no descriptors left.
    init() throws(BuildError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw BuildError(
                .files, "changes cannot be watched: too many files are open; raise the limit: ulimit -n 65536")
        }
        // Compilers are started from here: what they inherit would keep the pipe open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.descriptor = ends[0]
        self.writer = Mutex(ends[1])
    }

    deinit {
        self.send()
        close(self.descriptor)
    }

    /// Idempotent.
    func send() {
        self.writer.withLock { writer in
            if writer >= 0 { close(writer) }
            writer = -1
        }
    }

    /// Waits for as long as nobody stops.
    ///
    /// - Returns: Whether somebody has.
    func isSent(within duration: Duration) -> Bool {
        let milliseconds = max(0, Int32(clamping: Int64(duration / .milliseconds(1))))
        var wait = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        _ = unsafe poll(&wait, 1, milliseconds)
        return wait.revents != 0
    }
}
