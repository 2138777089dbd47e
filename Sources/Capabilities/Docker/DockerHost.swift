/// What the machine and its environment say to `spawn.docker`, for all plugins of the host.
package struct DockerHost: Sendable {
    /// Where the engine listens.
    package let socketPath: String
    /// Why the environment's `DOCKER_HOST` cannot be used.
    package let problem: String?
    /// The environment's `DOCKER_BIND_ROOTS`.
    let bindRoots: [String]
    /// The environment's `DOCKER_SCOPE_DISABLE`: every plugin sees every container, as the reference's orchestrator does.
    let isScopeDisabled: Bool
    /// The environment's `TEMPLATES_DIR`: where images may be built from.
    let templates: String
    /// Tells this host's containers from those of another host on the same engine, also after a restart.
    let identity: String
    /// CPUs of the machine.
    let cores: Int

    /// - Parameters:
    ///   - environment: The host's own.
    ///   - root: What tells two hosts of one machine apart and is the same after a restart: the folder of their storage.
    ///   - cores: CPUs of the machine.
    package init(environment: [String: String], root: String, cores: Int) {
        let place = environment["DOCKER_HOST"] ?? ""
        if place.isEmpty {
            self.socketPath = "/var/run/docker.sock"
            self.problem = nil
        } else if place.hasPrefix("unix:///") {
            self.socketPath = String(place.dropFirst("unix://".count))
            self.problem = nil
        } else {
            self.socketPath = ""
            self.problem = "DOCKER_HOST is \(place), but the engine is spoken to on a unix socket only: unix:///PATH"
        }
        self.bindRoots = (environment["DOCKER_BIND_ROOTS"] ?? "").split(separator: ":").map(String.init)
        self.isScopeDisabled = ["1", "true"].contains(environment["DOCKER_SCOPE_DISABLE"]?.lowercased())
        let templates = environment["TEMPLATES_DIR"] ?? ""
        self.templates = templates.isEmpty ? "/app/templates" : templates
        let named = environment["PULP_HOST_ID"] ?? ""
        self.identity = named.isEmpty ? Self.digest(root) : Self.plain(named)
        self.cores = max(cores, 1)
    }

    /// Text as the engine's names and labels take it.
    static func plain(_ text: String) -> String {
        String(
            text.map { letter in
                letter.isASCII && (letter.isLetter || letter.isNumber || "_.-".contains(letter)) ? letter : "_"
            })
    }

    /// FNV-1a: a name for a path, not a secret.
    private static func digest(_ text: String) -> String {
        String(text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }, radix: 16)
    }
}
