import PulpDocker
import PulpTestSupport
import Testing

extension DockerSuite {
    /// Containers of a real engine, from their making to their end.
    @Suite("Containers", .needsEngine)
    struct ContainerTests {
        @Test("a container is made, found, listed, restarted and destroyed")
        func life() async throws {
            try await TestPlugin("life").onSharedEngine { harness async throws in
                #expect(try await harness.list().isEmpty)
                let made = try await harness.create(sleeper("web"))
                #expect(made.name == "pulp-life-web")
                #expect(made.status == "running")
                #expect(made.id.count == 64)
                #expect(made.ip.isEmpty && made.ports.isEmpty)
                #expect(made.cpuLimit == 1)
                #expect(made.memoryLimit == 1 << 30)
                for name in [made.id, "pulp-life-web", "/pulp-life-web", String(made.id.prefix(12))] {
                    #expect(
                        try await harness.ask("docker_get", DockerGetRequest(name: name), as: DockerServer.self) == made
                    )
                }
                let listed = try await harness.list()
                #expect(listed.map(\.id) == [made.id])
                #expect(listed.first?.name == made.name)
                #expect(try await harness.command("docker_restart", DockerTarget(id: made.id)) == 0)
                #expect(try await harness.list().count == 1)
                #expect(try await harness.command("docker_destroy", DockerTarget(id: made.id)) == 0)
                #expect(try await harness.list().isEmpty)
                #expect(try await harness.query("docker_get", DockerGetRequest(name: made.id)).status == 6)
                #expect(try await harness.command("docker_destroy", DockerTarget(id: made.id)) == 6)
            }
        }

        @Test("a program's output and exit code come back, whatever it writes and however it ends")
        func exec() async throws {
            try await TestPlugin("exec").onSharedEngine { harness async throws in
                let id = try await harness.create(sleeper()).id
                let both = try await harness.exec(id, "sh", "-c", "echo out; echo err >&2; exit 7")
                #expect(both.exitCode == 7)
                #expect(text(both.output).contains("out\n") && text(both.output).contains("err\n"))
                let silent = try await harness.exec(id, "true")
                #expect(silent.exitCode == 0 && silent.output.isEmpty && !silent.isTruncated)
                // No shell is between: what looks like one's language is a word.
                let words = try await harness.exec(id, "echo", "$HOME; id", "&&")
                #expect(text(words.output) == "$HOME; id &&\n")
                let killed = try await harness.exec(id, "sh", "-c", "kill -9 $$")
                #expect(killed.exitCode == 137)
                #expect(try await harness.exec(id, "nothing-of-the-kind").exitCode != 0)
            }
        }
    }
}
