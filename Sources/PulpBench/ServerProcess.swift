import Foundation

/// A server that runs as a child: where it listens and what it has cost so far.
final class ServerProcess {
    let port: Int
    private let process: Process

    /// Starts this program again with `arguments`; the child prints its port as its first line.
    init(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.executablePath)
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        self.process = process
        var line: [UInt8] = []
        while let byte = try output.fileHandleForReading.read(upToCount: 1)?.first, byte != 0x0A { line.append(byte) }
        guard let port = Int(String(decoding: line, as: UTF8.self)), port > 0 else {
            process.terminate()
            throw BenchProblem("the server \(arguments.joined(separator: " ")) did not start; run it alone to see why")
        }
        self.port = port
    }

    deinit { self.stop() }

    /// Holds the process still, so that it takes nothing from what is measured meanwhile.
    func pause() { kill(self.process.processIdentifier, SIGSTOP) }
    func resume() { kill(self.process.processIdentifier, SIGCONT) }

    func stop() {
        self.resume()
        guard self.process.isRunning else { return }
        self.process.terminate()
        self.process.waitUntilExit()
    }

    /// CPU time of all threads so far, in microseconds (the kernel counts in hundredths of a second).
    func cpuMicroseconds() -> Double {
        let fields = self.file("stat").split(separator: " ")
        guard fields.count > 14, let user = Double(fields[13]), let system = Double(fields[14]) else { return .nan }
        return (user + system) * 1_000_000 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Bytes of memory that are really there.
    func residentBytes() -> Int {
        let fields = self.file("statm").split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// How often each of its threads has slept and been woken, by thread. The language's own worker threads, whose
    /// number the system's library looks after once a second, are not ours and not counted.
    func wakeUps() -> [String: Int] {
        let folder = "/proc/\(self.process.processIdentifier)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var counts: [String: Int] = [:]
        for thread in threads {
            let name = (try? String(contentsOfFile: "\(folder)/\(thread)/comm", encoding: .utf8)) ?? ""
            if name.contains("qos") { continue }
            let status = (try? String(contentsOfFile: "\(folder)/\(thread)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt_switches:") }
            counts[thread] = line?.split(separator: "\t").last.flatMap { Int($0) }
        }
        return counts
    }

    private func file(_ name: String) -> String {
        (try? String(contentsOfFile: "/proc/\(self.process.processIdentifier)/\(name)", encoding: .utf8)) ?? ""
    }
}

/// A benchmark that cannot run here, and why.
package struct BenchProblem: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}

extension CommandLine {
    /// This program's file.
    static var executablePath: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}
