import Foundation
import PulpTestSupport
import Testing

@testable import PulpDocker

@Suite("Policy")
struct PolicyTests {
    private func policy(_ change: (inout TestPlugin) -> Void = { _ in }) async throws -> DockerPolicy {
        var plugin = TestPlugin()
        change(&plugin)
        let harness = try await plugin.open(on: "/tmp/none.sock")
        let host = DockerHost(
            environment: plugin.environment.merging(["PULP_HOST_ID": "tests"]) { $1 }, root: "", cores: 4)
        return DockerPolicy(harness.scope, host: host)
    }

    private func plan(_ policy: DockerPolicy, _ change: (inout DockerCreateRequest) -> Void) throws -> ContainerPlan {
        var request = DockerCreateRequest(image: "local/busybox:1")
        change(&request)
        return try ContainerPlan(request, policy, freshName: "fresh")
    }

    private func denial(_ policy: DockerPolicy, _ change: (inout DockerCreateRequest) -> Void) throws -> String {
        do {
            _ = try self.plan(policy, change)
        } catch let error as CapabilityError {
            #expect(error.status.rawValue == 1)
            return error.message
        }
        return "allowed"
    }

    @Test(
        "an image is granted by its name, never by an id",
        arguments: [
            ("local/busybox:*", "local/busybox:1", true), ("local/busybox:*", "local/busybox", true),
            ("local/busybox:*", "local/busybox@sha256:00", false), ("local/busybox:1", "local/busybox:12", false),
            ("local/busybox:1", "local/busybox:1@sha256:00", false),
            ("registry.example.com/app", "registry.example.com/app:3", true),
            ("registry.example.com/app", "registry.example.com/app@sha256:00", true),
            ("registry.example.com/app", "registry.example.com/app2", false),
            ("registry.example.com/*", "registry.example.com/a/b", false),
            ("registry.example.com:5000/app", "registry.example.com:5000/app:1", true), ("*", "sha256:0123", false),
            ("*", "busybox", true), ("*", "evil/busybox", false), ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("busybox", "docker.io/library/busybox", false),
        ])
    func images(_ pattern: String, _ image: String, _ isGranted: Bool) {
        #expect(ImagePattern(pattern).matches(ImageName(image)) == isGranted)
    }

    @Test("an image that is not granted is refused with the line that would grant it")
    func imageDenial() async throws {
        let policy = try await self.policy { $0.settings["images"] = .strings(["local/busybox:*"]) }
        #expect(try self.denial(policy) { $0.image = "evil:1" }.contains(#"[docker] images = ["evil:1"]"#))
        #expect(try self.denial(policy) { $0.image = "deadbeef" }.contains("images"))
        #expect(try self.plan(policy) { $0.image = "local/busybox" }.body.image == "local/busybox:latest")
        let open = try await self.policy()
        #expect(try self.plan(open) { $0.image = "sha256:0123" }.body.image == "sha256:0123")
        for image in ["", "a b", "a\u{0}", "ü", "../../x?y", String(repeating: "a", count: 513)] {
            #expect(try self.denial(open) { $0.image = image } != "allowed", "\(image)")
        }
    }

    @Test("names are the plugin's, and nothing else gets into a name")
    func names() async throws {
        let policy = try await self.policy { $0.name = "my plugin/ü" }
        #expect(policy.namePrefix == "pulp-my_plugin__-")
        #expect(try self.plan(policy) { _ in }.name == "pulp-my_plugin__-fresh")
        #expect(try self.plan(policy) { $0.name = "/web" }.name == "pulp-my_plugin__-web")
        #expect(try self.plan(policy) { $0.name = "pulp-my_plugin__-web" }.name == "pulp-my_plugin__-web")
        for name in ["a/b", "..", "-a", "a?b", "a b", "/", String(repeating: "a", count: 129)] {
            #expect(try self.denial(policy) { $0.name = name } != "allowed", "\(name)")
        }
        let unscoped = try await self.policy { $0.environment["DOCKER_SCOPE_DISABLE"] = "TRUE" }
        #expect(try self.plan(unscoped) { $0.name = "web" }.name == "web")
    }

    @Test("limits are the manifest's: less may be asked for, more is an error, nothing means all of it")
    func limits() async throws {
        let policy = try await self.policy {
            $0.limits = ["memory_bytes": 64 << 20, "milli_cpus": 1_500, "pids": 10]
        }
        let host = try self.plan(policy) { _ in }.body.host
        #expect((host.memory, host.memorySwap, host.nanoCPUs, host.pids) == (64 << 20, 64 << 20, 1_500_000_000, 10))
        let less = try self.plan(policy) {
            $0.memoryLimit = 8 << 20
            $0.cpuLimit = 0.25
            $0.pidsLimit = 3
            $0.memorySwap = 16 << 20
        }.body.host
        #expect((less.memory, less.memorySwap, less.nanoCPUs, less.pids) == (8 << 20, 16 << 20, 250_000_000, 3))
        #expect(try self.denial(policy) { $0.memoryLimit = 65 << 20 }.contains("memory_bytes in [limits.spawn.docker]"))
        #expect(try self.denial(policy) { $0.cpuLimit = 1.6 }.contains("milli_cpus in [limits.spawn.docker]"))
        #expect(try self.denial(policy) { $0.pidsLimit = 11 }.contains("pids in [limits.spawn.docker]"))
        for change: (inout DockerCreateRequest) -> Void in [
            { $0.memoryLimit = -1 }, { $0.memoryLimit = .max }, { $0.memoryLimit = .min }, { $0.cpuLimit = .nan },
            { $0.cpuLimit = .infinity }, { $0.cpuLimit = -0.1 }, { $0.cpuLimit = 1e300 }, { $0.pidsLimit = -1 },
            { $0.memorySwap = -1 }, { $0.memorySwap = .max }, { $0.memorySwap = 1 }, { $0.diskSizeLimit = -1 },
            { $0.diskReadRate = -1 }, { $0.diskReadRate = 1 },
        ] {
            #expect(try self.denial(policy, change) != "allowed")
        }
        let disk = try await self.policy { $0.settings["disk_device"] = .string("/dev/sda") }
        let rates = try self.plan(disk) { $0.diskReadRate = 7 }.body.host
        #expect(
            rates.readRates?.first?.path == "/dev/sda" && rates.readRates?.first?.rate == 7 && rates.writeRates == nil)
    }

    @Test("a container may do little more than run: no privileges, no capabilities but a few, no new ones")
    func privileges() async throws {
        let host = try self.plan(try await self.policy()) { _ in }.body.host
        let text = String(decoding: try JSONEncoder().encode(host), as: UTF8.self)
        #expect(text.contains(#""CapDrop":["ALL"]"#) && text.contains(#""SecurityOpt":["no-new-privileges"]"#))
        for word in ["Privileged", "PidMode", "IpcMode", "SYS_", "NET_RAW", "Devices\"", "UsernsMode"] {
            #expect(!text.contains(word), "\(word)")
        }
    }

    @Test("networks: the manifest's or none; another one's, another container's and the host's only when granted")
    func networks() async throws {
        let policy = try await self.policy()
        #expect(try self.plan(policy) { _ in }.body.host.network == nil)
        #expect(try self.plan(policy) { $0.network = "none" }.body.host.network == "none")
        for network in ["host", "container:x", "bridge", "other"] {
            #expect(
                try self.denial(policy) { $0.network = network }.contains("[docker] network = \"\(network)\""),
                "\(network)")
        }
        let granted = try await self.policy { $0.settings["network"] = .string("host") }
        #expect(try self.plan(granted) { _ in }.body.host.network == "host")
        #expect(try self.denial(granted) { $0.network = "bridge" } != "allowed")
        let own = try await self.policy { $0.settings["network"] = .string("games") }
        let plan = try self.plan(own) { $0.ip = "10.0.0.5" }
        #expect(plan.body.networking?.endpoints["games"]?.addresses.v4 == "10.0.0.5")
        #expect(try self.denial(own) { $0.ip = "10.0.0.5; rm" } != "allowed")
        #expect(try self.denial(policy) { $0.ip = "10.0.0.5" } != "allowed")
    }

    @Test("ports are published where the manifest says, each once, and what must be published is known")
    func ports() async throws {
        let policy = try await self.policy()
        let plan = try self.plan(policy) {
            $0.ports = [
                DockerPort(host: 8080, container: 80), DockerPort(container: 53, transport: "UDP"),
                DockerPort(container: 25_565, transport: "", range: "30000-30010"),
            ]
        }
        #expect(plan.publications.map(\.port) == ["80/tcp", "53/udp", "25565/tcp"])
        #expect(plan.publications.map(\.host) == [8080...8080, 1...65_535, 30_000...30_010])
        #expect(plan.body.host.ports["80/tcp"]?.first?.address == "127.0.0.1")
        #expect(plan.body.host.ports["25565/tcp"]?.first?.port == "30000-30010")
        for port in [
            DockerPort(container: 0), DockerPort(container: 65_536), DockerPort(host: -1, container: 1),
            DockerPort(host: .max, container: .min), DockerPort(container: 1, transport: "sctp"),
            DockerPort(container: 1, range: "5"), DockerPort(container: 1, range: "9-5"),
            DockerPort(container: 1, range: "-"),
            DockerPort(container: 1, range: "1-99999"),
        ] {
            #expect(try self.denial(policy) { $0.ports = [port] } != "allowed", "\(port)")
        }
        #expect(
            try self.denial(policy) { $0.ports = [DockerPort(container: 1), DockerPort(container: 1)] } != "allowed")
        #expect(
            try self.denial(policy) { $0.ports = (1...257).map { DockerPort(container: Int64($0)) } } != "allowed")
    }

    @Test("an environment and a command are words, bounded and without zero bytes")
    func words() async throws {
        let policy = try await self.policy()
        #expect(try self.plan(policy) { $0.environment = ["A": "b=c"] }.body.environment == ["A=b=c"])
        for environment: FieldList in [["": "x"], ["A=B": "x"], ["A": "x\u{0}"]] {
            #expect(try self.denial(policy) { $0.environment = environment } != "allowed")
        }
        #expect(try self.denial(policy) { $0.command = [String(repeating: "x", count: 300_000)] } != "allowed")
        #expect(try self.denial(policy) { $0.command = [String](repeating: "x", count: 300) } != "allowed")
    }

    @Test("DOCKER_HOST names a unix socket, and anything else is said when the plugin starts")
    func hosts() async throws {
        #expect(DockerHost(environment: [:], root: "", cores: 1).socketPath == "/var/run/docker.sock")
        #expect(DockerHost(environment: ["DOCKER_HOST": "unix:///a b"], root: "", cores: 1).socketPath == "/a b")
        let host = DockerHost(environment: ["DOCKER_HOST": "tcp://10.0.0.1:2375"], root: "", cores: 1)
        #expect(host.problem?.contains("unix:///PATH") == true)
        let one = DockerHost(environment: [:], root: "/a", cores: 1),
            other = DockerHost(environment: [:], root: "/b", cores: 1)
        #expect(one.identity != other.identity && !one.identity.isEmpty)
        #expect(one.identity == DockerHost(environment: [:], root: "/a", cores: 1).identity)
    }
}
