import Foundation
import NIOPosix

/// A running Chromium with a profile of its own, which speaks its protocol over two pipes.
final class BrowserProcess: Sendable {
    /// Ends that we hold: whoever takes them over closes them.
    let commands: CInt
    let events: CInt
    private let identifier: pid_t
    private let folder: String
    /// The reading end of a pipe whose other end is the standard output of all its processes: it ends with the last one.
    private let output: CInt

    /// Where Chromium expects the pipes of `--remote-debugging-pipe`.
    private static let commandDescriptor: CInt = 3
    private static let eventDescriptor: CInt = 4

    init(_ executable: String) throws {
        let folder = NSTemporaryDirectory() + "pulp-browser-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.folder = folder
        let commands = try Self.pipe()
        let events = try Self.pipe()
        let output = try Self.pipe()
        let theirs = [commands.reading, events.writing, output.writing]
        defer { for end in theirs { Foundation.close(end) } }
        (self.commands, self.events, self.output) = (commands.writing, events.reading, output.reading)
        self.identifier = try Self.spawn(
            executable, folder: folder,
            [
                Self.commandDescriptor: commands.reading, Self.eventDescriptor: events.writing,
                STDOUT_FILENO: output.writing,
            ])
    }

    /// The end of what it wrote to its standard error.
    var lastWords: String {
        let text = (try? String(contentsOfFile: self.folder + "/log", encoding: .utf8)) ?? ""
        return String(text.suffix(2_000))
    }

    /// Kills it with all its children, and removes what it has written.
    func end() async {
        let (identifier, folder, output) = (self.identifier, self.folder, self.output)
        // Waiting blocks, if only for a moment.
        try? await NIOThreadPool.singleton.runIfActive {
            kill(-identifier, SIGKILL)
            var status: CInt = 0
            while unsafe waitpid(identifier, &status, 0) < 0, errno == EINTR {}
            // Its children are not ours to wait for, and may write until they are gone.
            Self.readToEnd(output)
            Foundation.close(output)
            try? FileManager.default.removeItem(atPath: folder)
        }
    }

    /// Reads what nobody wants, until nobody is left who could write; a process that has left the group is not waited
    /// for longer than some seconds.
    private static func readToEnd(_ descriptor: CInt) {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let ready = unsafe poll(&wait, 1, 10_000)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0, unsafe read(descriptor, &bytes, bytes.count) > 0 else { return }
        }
    }

    private static func flags(_ folder: String) -> [String] {
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--disable-breakpad",
            "--window-size=1000,800", "--user-data-dir=\(folder)/profile", "--remote-debugging-pipe", "about:blank",
        ]
    }

    private static func spawn(_ executable: String, folder: String, _ descriptors: [CInt: CInt]) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = unsafe posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, folder + "/log", O_WRONLY | O_CREAT, 0o600)
        for (theirs, ours) in descriptors { unsafe posix_spawn_file_actions_adddup2(&actions, ours, theirs) }
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // A group of its own, so that all of its children can be killed; no signals blocked, as a test's thread has.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP))
        // It knows nothing of whoever runs the tests.
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let variables = ["PATH=\(path)", "HOME=\(folder)", "TMPDIR=\(folder)", "LANG=C.UTF-8"]
        let words = unsafe ([executable] + Self.flags(folder)).map { unsafe strdup($0) } + [nil]
        let environment = unsafe variables.map { unsafe strdup($0) } + [nil]
        defer { unsafe (words + environment).forEach { unsafe free($0) } }
        var identifier: pid_t = 0
        let failure = unsafe posix_spawn(&identifier, executable, &actions, &attributes, words, environment)
        guard failure == 0 else { throw BrowserError("\(executable) could not be started: error \(failure)") }
        return identifier
    }

    /// A pipe that no other child inherits, away from the descriptors that the child's ends are put to.
    private static func pipe() throws -> (reading: CInt, writing: CInt) {
        var ends: [CInt] = [0, 0]
        guard unsafe Foundation.pipe(&ends) == 0 else { throw BrowserError("no pipe: error \(errno)") }
        let moved = ends.map { fcntl($0, F_DUPFD_CLOEXEC, 10) }
        for end in ends { Foundation.close(end) }
        guard moved.allSatisfy({ $0 >= 0 }) else { throw BrowserError("no descriptors for a pipe: error \(errno)") }
        return (moved[0], moved[1])
    }
}
