import Foundation
import PulpTestSupport
import Testing

@Suite("What a thousand swaps leave behind")
struct WeighingTests {
    @Test("no descriptor, no thread, no memory: with clients that stay, and versions that do not come up")
    func weighing() async {
        // In a process of its own: other suites run beside this one, and what is weighed is the process.
        await #expect(processExitsWith: .success) { try await Self.weighingAlone() }
    }

    private struct Weight {
        let descriptors: Int
        let threads: Int
        let residentBytes: Int

        init() throws {
            self.descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
            self.threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
            let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
            self.residentBytes = (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4_096
        }
    }

    private static func weighingAlone() async throws {
        try await withHost([.version("v0")]) { rig in
            let keepAlive = try await rig.connect()
            let socket = try await WebSocketClient.open(rig.address, "/ws/blue")
            #expect(try await socket.text() == "open v0 blue")
            let stream = try await rig.connect()
            try await stream.send("GET /events HTTP/1.1\r\nHost: pulp.test\r\n\r\n")
            _ = try await stream.text(until: "text/event-stream")
            @Sendable func swaps(_ numbers: ClosedRange<Int>) async throws {
                for number in numbers {
                    if number.isMultiple(of: 10) {
                        await #expect(throws: HostError.self) { try await rig.deploy("x", ["fail": "code"]) }
                    }
                    try await rig.deploy("v\(number)")
                    #expect(try await socket.text() == "open v\(number) blue")
                    try await socket.send("here")
                    #expect(try await socket.text() == "v\(number) here")
                    #expect(try await keepAlive.request("GET", "/version").text == "v\(number)")
                }
                #expect(await eventually { rig.versionCount == 1 })
            }
            try await swaps(1...200)
            let before = try Weight()
            try await swaps(201...1_000)
            let after = try Weight()
            // A file that is being read for the cache of modules is none that stays.
            let isFree = try await eventually { try Weight().descriptors <= before.descriptors }
            let left = try Weight().descriptors
            #expect(isFree, "\(before.descriptors) descriptors, then \(left)")
            #expect(after.threads <= before.threads + 2)
            // An allocator's noise. Eight hundred modules, instances and sessions that stayed would be several times that.
            #expect(after.residentBytes - before.residentBytes < 64 << 20)
            await keepAlive.close()
            await stream.close()
            try await socket.close()
        }
    }
}
