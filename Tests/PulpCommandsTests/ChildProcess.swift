import Foundation
import Synchronization

/// A child process with its standard streams, for many at a time: Foundation's own loses some of them then.
///
/// Each has three threads of its own, which read and wait; nothing of the tests' own threads is ever blocked.
final class ChildProcess: Sendable {
    struct Outcome: Sendable {
        var output: [UInt8] = []
        var error: [UInt8] = []
        /// The exit code, or 128 and the number of the signal; nil while it runs.
        var status: Int32?
        fileprivate var openStreams = 2
        fileprivate var watchers: [Int: AsyncStream<Void>.Continuation] = [:]
        fileprivate var nextWatcher = 0

        /// Everything has been read, and the process is gone.
        var isOver: Bool { self.status != nil && self.openStreams == 0 }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let identifier: pid_t
    private let outcome = Mutex(Outcome())
    /// Our side of its terminal, to type on; nil for a child with pipes.
    private let keyboard: FileHandle?
    /// Between the making of a pipe and its mark "not for children" no other child may be started.
    private static let spawning = Mutex(())

    init(
        _ executable: String, _ arguments: [String], input: [UInt8], environment: [String: String], directory: String
    ) throws {
        let started = try Self.spawning.withLock { _ in
            try Self.start(executable, arguments, environment, directory)
        }
        self.identifier = started.identifier
        self.keyboard = nil
        Thread.detachNewThread { [self] in self.read(started.output) { $0.output += $1 } }
        Thread.detachNewThread { [self] in self.read(started.error) { $0.error += $1 } }
        Thread.detachNewThread { [self] in self.waitForEnd() }
        let writer = FileHandle(fileDescriptor: started.input, closeOnDealloc: true)
        // A program that does not read its input may be gone already.
        try? writer.write(contentsOf: input)
        try? writer.close()
    }

    /// Starts a program on a terminal of its own, as somebody who sits there does.
    init(
        onTerminal executable: String, _ arguments: [String], environment: [String: String], directory: String
    ) throws {
        let (terminal, identifier) = try Self.spawning.withLock { _ in
            let terminal = try Terminal()
            defer { close(terminal.theirs) }
            let identifier = try unsafe Self.spawn(
                executable, arguments, environment, directory, flags: Terminal.ownSession
            ) { actions in
                // The first terminal that the leader of a session opens is the session's: its Ctrl-C is a signal there.
                unsafe posix_spawn_file_actions_addopen(&actions, 0, terminal.path, O_RDWR, 0)
                for number: Int32 in 1...2 { unsafe posix_spawn_file_actions_adddup2(&actions, 0, number) }
            }
            return (terminal, identifier)
        }
        self.identifier = identifier
        self.keyboard = FileHandle(fileDescriptor: terminal.keyboard, closeOnDealloc: true)
        self.outcome.withLock { $0.openStreams = 1 }
        Thread.detachNewThread { [self] in self.read(terminal.screen) { $0.output += $1 } }
        Thread.detachNewThread { [self] in self.waitForEnd() }
    }

    /// Types on the child's terminal.
    func type(_ text: String) throws { try self.keyboard?.write(contentsOf: Data(text.utf8)) }

    func send(_ signal: Int32) {
        // Not to whoever may have the number after it.
        self.outcome.withLock { if $0.status == nil { kill(self.identifier, signal) } }
    }

    var now: Outcome { self.outcome.withLock { $0 } }

    /// Waits until `look` finds something; nil when nothing will come any more.
    func until<Found>(_ look: (Outcome) -> Found?) async -> Found? {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let watcher = self.outcome.withLock { outcome in
            outcome.nextWatcher += 1
            outcome.watchers[outcome.nextWatcher] = continuation
            return outcome.nextWatcher
        }
        defer { self.outcome.withLock { $0.watchers[watcher] = nil } }
        let early = self.now
        if let found = look(early) { return found }
        if early.isOver { return nil }
        for await _ in changes {
            let outcome = self.now
            if let found = look(outcome) { return found }
            if outcome.isOver { return nil }
        }
        return nil
    }

    private func change(_ body: (inout Outcome) -> Void) {
        self.outcome.withLock { outcome in
            body(&outcome)
            for watcher in outcome.watchers.values { watcher.yield() }
        }
    }

    private func read(_ descriptor: Int32, _ add: (inout Outcome, ArraySlice<UInt8>) -> Void) {
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = unsafe Foundation.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            self.change { add(&$0, chunk[..<count]) }
        }
        close(descriptor)
        self.change { $0.openStreams -= 1 }
    }

    private func waitForEnd() {
        var status: Int32 = 0
        while unsafe waitpid(self.identifier, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        self.change { $0.status = signal == 0 ? status >> 8 & 0xFF : 128 + signal }
    }

    // MARK: Starting

    private typealias Started = (identifier: pid_t, input: Int32, output: Int32, error: Int32)

    private static func start(
        _ executable: String, _ arguments: [String], _ environment: [String: String], _ directory: String
    ) throws -> Started {
        let pipes = try (input: Self.pipe(), output: Self.pipe(), error: Self.pipe())
        defer { for end in [pipes.input.reading, pipes.output.writing, pipes.error.writing] { close(end) } }
        let identifier = try unsafe Self.spawn(executable, arguments, environment, directory) { actions in
            for (number, end) in [pipes.input.reading, pipes.output.writing, pipes.error.writing].enumerated() {
                unsafe posix_spawn_file_actions_adddup2(&actions, end, Int32(number))
            }
        }
        return (identifier, pipes.input.writing, pipes.output.reading, pipes.error.reading)
    }

    #if canImport(Darwin)
        private typealias Actions = posix_spawn_file_actions_t?
    #else
        private typealias Actions = posix_spawn_file_actions_t
    #endif

    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String: String], _ directory: String,
        flags: Int16 = 0, _ connect: (inout Actions) -> Void
    ) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe connect(&actions)
        // The threads of the tests may have signals blocked, and a child inherits that.
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | flags)

        var identifier: pid_t = 0
        // Not every system can start a child in another folder; a shell that steps aside can.
        let shell = "/bin/sh"
        let command = [shell, "-c", "cd \"$0\" && exec \"$@\"", directory, executable] + arguments
        let words = unsafe command.map { unsafe strdup($0) } + [nil]
        let variables = unsafe environment.map { unsafe strdup("\($0.key)=\($0.value)") } + [nil]
        let failure = unsafe posix_spawn(&identifier, shell, &actions, &attributes, words, variables)
        unsafe (words + variables).forEach { pointer in unsafe free(pointer) }
        guard failure == 0 else { throw Failure(description: "\(executable) could not be started: \(failure)") }
        return identifier
    }

    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        guard unsafe Foundation.pipe(&ends) == 0 else { throw Failure(description: "no pipe: \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}

/// A pseudo-terminal: what is typed on its keyboard, its child reads; what that writes appears on the screen.
private struct Terminal {
    #if canImport(Darwin)
        static let ownSession = Int16(POSIX_SPAWN_SETSID)
    #else
        /// glibc's POSIX_SPAWN_SETSID, which its headers keep from Swift.
        static let ownSession: Int16 = 0x80
    #endif

    let keyboard: Int32
    /// Whoever reads it closes it.
    let screen: Int32
    /// The child's side, and what it opens that by.
    let theirs: Int32
    let path: String

    init() throws {
        var (ours, theirs): (Int32, Int32) = (-1, -1)
        guard unsafe openpty(&ours, &theirs, nil, nil, nil) == 0, let name = unsafe ttyname(theirs) else {
            throw ChildProcess.Failure(description: "no terminal: \(errno)")
        }
        self.path = unsafe String(cString: name)
        self.screen = fcntl(ours, F_DUPFD_CLOEXEC, 0)
        (self.keyboard, self.theirs) = (ours, theirs)
        for end in [ours, theirs] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
}
