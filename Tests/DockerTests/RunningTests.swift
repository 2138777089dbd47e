import PulpTestSupport
import Testing

@testable import PulpDocker

extension DockerSuite {
    /// What goes on inside containers of a real engine.
    @Suite("Inside containers", .needsEngine)
    struct RunningTests {
        @Test("logs come whole, split by stream, from the end, and go on where they were left")
        func logs() async throws {
            try await TestPlugin("logs").onSharedEngine { harness async throws in
                let script =
                    "echo one; echo two >&2; echo three; while [ ! -e /go ]; do sleep 0.05; done; echo four; sleep 1000"
                let id = try await harness.create(sleeper("l", ["sh", "-c", script])).id
                #expect(
                    await eventually { (try? await harness.logs(id)).map { text($0.logs).contains("three") } == true })
                #expect(text(try await harness.logs(id, stream: "stdout").logs) == "one\nthree\n")
                #expect(text(try await harness.logs(id, stream: "stderr").logs) == "two\n")
                let first = try await harness.logs(id)
                #expect(text(first.logs).split(separator: "\n").sorted() == ["one", "three", "two"])
                #expect(first.nextNanos > 0 && !first.isTruncated)
                let last: DockerLogsResponse = try await harness.ask("docker_logs", DockerLogsRequest(id: id, tail: 1))
                #expect(text(last.logs).split(separator: "\n").count == 1)
                // To follow is to ask on from where the last answer ended.
                #expect(try await harness.logs(id, since: first.nextNanos).logs.isEmpty)
                #expect(try await harness.exec(id, "touch", "/go").exitCode == 0)
                #expect(
                    await eventually {
                        (try? await harness.logs(id, since: first.nextNanos)).map { text($0.logs) == "four\n" } == true
                    })
                #expect(try await harness.query("docker_logs", DockerLogsRequest(id: id, stream: "x")).status == 1)
            }
        }

        @Test("of a log and an output that are too long, as much as the manifest says is kept, and that is said")
        func bounds() async throws {
            var plugin = TestPlugin("bounds")
            plugin.limits = ["log_bytes": 2_048, "exec_bytes": 2_048]
            try await plugin.onSharedEngine { harness async throws in
                let id = try await harness.create(sleeper("b", ["sh", "-c", "seq 1 20000; sleep 1000"])).id
                let output = try await harness.exec(id, "seq", "1", "100000")
                #expect(output.isTruncated && output.output.count == 2_048 && output.exitCode == 0)
                #expect(text(output.output).hasPrefix("1\n2\n3\n"))
                #expect(
                    await eventually {
                        let logs: DockerLogsResponse? = try? await harness.ask(
                            "docker_logs", DockerLogsRequest(id: id, tail: 100_000))
                        return logs.map { $0.isTruncated && text($0.logs).hasSuffix("\n20000\n") } == true
                    })
            }
        }

        @Test("files are written, read and removed, byte by byte, and nothing that is no file")
        func files() async throws {
            var plugin = TestPlugin("files")
            plugin.limits["file_bytes"] = 1 << 20
            try await plugin.onSharedEngine { harness async throws in
                let id = try await harness.create(sleeper("f")).id
                func write(_ path: String, _ data: [UInt8]) async throws -> Int32 {
                    try await harness.command(
                        "docker_files_write", DockerFileWriteRequest(id: id, path: path, data: data))
                }
                func read(_ path: String) async throws -> Reply {
                    try await harness.query("docker_files_read", DockerFileReadRequest(id: id, path: path))
                }
                func remove(_ path: String) async throws -> Int32 {
                    try await harness.command("docker_files_delete", DockerFileDeleteRequest(container: id, path: path))
                }
                let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                for path in ["/tmp/a b;$(id)'\"", "/top", "/tmp/" + String(repeating: "n", count: 200)] {
                    #expect(try await write(path, bytes) == 0)
                    let reply = try await read(path)
                    #expect(reply.status == 0 && reply.bytes == bytes, "\(path)")
                    #expect(try await write(path, []) == 0)
                    let nothing = try await read(path)
                    #expect(nothing.status == 0 && nothing.bytes.isEmpty && !nothing.isPairUntouched)
                    #expect(try await remove(path) == 0)
                    #expect(try await read(path).status == 6)
                    #expect(try await remove(path) == 6)
                }
                #expect(try await write("/missing/folder/x", [1]) == 6)
                #expect(try await read("/tmp").status == 4)
                #expect(try await read("/bin/sh").status == 4, "a link is no file")
                #expect(try await remove("/tmp") == 4)
                for path in ["", "x", "/", "/a/", "/a/../b", "/a\u{0}"] {
                    #expect(try await write(path, [1]) == 1, "\(path)")
                    #expect(try await read(path).status == 1, "\(path)")
                    #expect(try await remove(path) == 1, "\(path)")
                }
                #expect(try await write("/tmp/x", [UInt8](repeating: 1, count: (1 << 20) + 1)) == 4)
                #expect(harness.says("raise file_bytes in [limits.spawn.docker]"))
                #expect(
                    try await harness.exec(id, "dd", "if=/dev/zero", "of=/tmp/big", "bs=1M", "count=3").exitCode == 0)
                #expect(try await read("/tmp/big").status == 4)
            }
        }

        @Test("use is measured, of one container and of all that run")
        func stats() async throws {
            try await TestPlugin("stats").onSharedEngine { harness async throws in
                let made = try await harness.create(sleeper("s", ["sh", "-c", "while true; do true; done"]))
                _ = try await harness.create(sleeper("t"))
                let stats: DockerStats = try await harness.ask("docker_stats", DockerTarget(id: made.name))
                #expect(stats.containerID == made.id && stats.name == made.name)
                #expect(stats.memoryUsed > 0 && stats.memoryLimit == 1 << 30)
                #expect(stats.cpuPercent > 1 && stats.timestamp > 1_700_000_000)
                let all: DockerList<DockerStats> = try await harness.ask(
                    "docker_stats_all", DockerTarget(id: "ignored"))
                #expect(all.elements.map(\.name) == ["pulp-stats-s", "pulp-stats-t"])
            }
        }

        @Test("what happens to containers can be asked for, and memory that runs out is one such thing")
        func outOfMemory() async throws {
            try await TestPlugin("oom").onSharedEngine { harness async throws in
                var request = sleeper("o", ["dd", "if=/dev/zero", "of=/tmp/x", "bs=64M", "count=1"])
                request.memoryLimit = 16 << 20
                let made = try await harness.create(request)
                func actions() async throws -> [DockerEvent] {
                    let list: DockerList<DockerEvent> = try await harness.ask(
                        "docker_events_poll", DockerEventsRequest())
                    return list.elements
                }
                // The engine tells of the two in either order.
                #expect(
                    await eventually {
                        Set((try? await actions())?.map(\.action) ?? []).isSuperset(of: ["oom", "die"])
                    })
                let events = try await actions()
                let words = events.map(\.action)
                #expect(words.contains("oom") && words.contains("start"))
                #expect(events.allSatisfy { $0.containerID == made.id && $0.name == "pulp-oom-o" && $0.timestamp > 0 })
                let after: DockerServer = try await harness.ask("docker_get", DockerGetRequest(name: made.id))
                #expect(after.status == "stopped" && after.memoryLimit == 16 << 20)
                #expect(try await harness.list().isEmpty)
                #expect(try await harness.list(DockerListRequest(filter: ["status": "exited"])).map(\.id) == [made.id])
                let polled: DockerList<DockerEvent> = try await harness.ask(
                    "docker_events_poll", DockerEventsRequest(sinceNanos: events[0].timestamp, limit: 1))
                #expect(polled.elements.map(\.timestamp) == [events[1].timestamp])
            }
        }

        @Test("a container that ignores TERM is killed when its time is up")
        func ignoresTerm() async throws {
            try await TestPlugin("term").onSharedEngine { harness async throws in
                let id = try await harness.create(
                    sleeper("i", ["sh", "-c", "trap '' TERM; while true; do sleep 1; done"])
                ).id
                #expect(try await harness.command("docker_destroy", DockerTarget(id: id)) == 0)
                #expect(try await harness.list().isEmpty)
            }
        }
    }
}
