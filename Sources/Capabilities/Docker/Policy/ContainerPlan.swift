import PulpCapability
import PulpWire

/// A checked request for a container: what the engine is asked for, and what must be true once it runs.
struct ContainerPlan: Sendable {
    /// A port that must be published, or the container is not what was asked for.
    struct Publication: Hashable, Sendable {
        /// Such as `80/tcp`.
        let port: String
        /// The host's ports that will do.
        let host: ClosedRange<Int64>
    }

    /// Entries of each list of a request.
    static let maximumEntries = 256
    /// Bytes of all of the environment, and of the command.
    static let maximumTextBytes = 256 << 10

    private(set) var body: ContainerBody
    private(set) var name: String
    private(set) var publications: [Publication] = []

    /// Checks a request. Looks at the file system for its volumes.
    ///
    /// - Parameters:
    ///   - request: The guest's.
    ///   - policy: The plugin's.
    ///   - freshName: Stands for a name that was not given.
    init(_ request: DockerCreateRequest, _ policy: DockerPolicy, freshName: String) throws(CapabilityError) {
        self.body = ContainerBody(image: try Self.image(request.image, policy))
        self.name = try Self.name(request.name.isEmpty ? freshName : request.name, policy)
        self.body.labels = policy.labels
        self.body.environment = try Self.environment(request.environment)
        if !request.command.isEmpty {
            try Self.check(request.command, "cmd")
            self.body.command = request.command
        }
        try self.limit(request, policy)
        try self.connect(request, policy)
        try self.publish(request.ports, policy)
        guard request.volumes.count <= BindGuard.maximumBinds else {
            throw Self.invalid("more than \(BindGuard.maximumBinds) volumes")
        }
        for volume in request.volumes.fields {
            let bind = try policy.binds.check(volume.name, volume.value)
            self.body.host.mounts.append(
                ContainerBody.Mount(source: bind.source, target: bind.target, isReadOnly: bind.isReadOnly))
        }
    }

    /// Marks the container, so that it can be found when its making was given up.
    mutating func mark(_ creation: String) {
        self.body.labels[DockerPolicy.Label.creation] = creation
    }

    private static func invalid(_ what: String) -> CapabilityError {
        CapabilityError(.emptyRequest, "docker_create: \(what)")
    }

    private static func image(_ text: String, _ policy: DockerPolicy) throws(CapabilityError) -> String {
        guard !text.isEmpty else { throw Self.invalid("no image is named") }
        guard ImageName.isPlain(text) else { throw Self.invalid("the image's name has characters that none has") }
        guard !policy.images.isEmpty else { return text }
        let name = ImageName(text)
        guard policy.images.contains(where: { $0.matches(name) }) else {
            throw DockerPolicy.denial(
                "docker_create: the image \(text) is not among those that are granted",
                allow: "[docker] images = [\"\(text)\"]")
        }
        return name.explicit
    }

    private static func name(_ asked: String, _ policy: DockerPolicy) throws(CapabilityError) -> String {
        let name = asked.hasPrefix("/") ? String(asked.dropFirst()) : asked
        guard ContainerName.isPlain(name), name.utf8.count <= 128 else {
            throw Self.invalid("the name is not made of letters, digits, '_', '.' and '-', 128 at most")
        }
        return policy.isScopeDisabled || name.hasPrefix(policy.namePrefix) ? name : policy.namePrefix + name
    }

    private static func environment(_ fields: FieldList) throws(CapabilityError) -> [String] {
        let entries = fields.fields.map { "\($0.name)=\($0.value)" }
        try Self.check(entries, "environment")
        guard !fields.fields.contains(where: { $0.name.isEmpty || $0.name.contains("=") }) else {
            throw Self.invalid("a name in the environment is empty or has a '='")
        }
        return entries
    }

    static func check(_ words: [String], _ key: String) throws(CapabilityError) {
        guard words.count <= Self.maximumEntries, words.reduce(0, { $0 + $1.utf8.count }) <= Self.maximumTextBytes
        else {
            throw CapabilityError(.emptyRequest, "\(key) has more than \(Self.maximumEntries) entries or 256 KiB")
        }
        guard !words.contains(where: { $0.utf8.contains(0) }) else {
            throw CapabilityError(.emptyRequest, "\(key) has a zero byte")
        }
    }

    private mutating func limit(_ request: DockerCreateRequest, _ policy: DockerPolicy) throws(CapabilityError) {
        self.body.host.memory = try Self.capped(
            request.memoryLimit, policy.maximumMemory, "memory_limit", raise: "memory_bytes")
        self.body.host.pids = try Self.capped(request.pidsLimit, policy.maximumPids, "pids_limit", raise: "pids")
        let cpus = request.cpuLimit
        guard cpus.isFinite, cpus >= 0 else { throw Self.invalid("cpu_limit is no number of CPUs") }
        let nanoCPUs = cpus < 1_000_000 ? Int64(cpus * 1_000_000_000) : Int64.max
        self.body.host.nanoCPUs = try Self.capped(nanoCPUs, policy.maximumNanoCPUs, "cpu_limit", raise: "milli_cpus")
        // Without a word about it there is no swap: the limit of memory is one.
        let swap = request.memorySwap == 0 ? self.body.host.memory : request.memorySwap
        guard swap >= self.body.host.memory, swap <= 2 * policy.maximumMemory else {
            throw Self.invalid(
                "memory_swap is memory and swap together: at least memory_limit, at most twice memory_bytes of "
                    + "[limits.spawn.docker]")
        }
        self.body.host.memorySwap = swap
        try self.limitDisk(request, policy)
    }

    private mutating func limitDisk(_ request: DockerCreateRequest, _ policy: DockerPolicy) throws(CapabilityError) {
        guard request.diskReadRate >= 0, request.diskWriteRate >= 0, request.diskSizeLimit >= 0 else {
            throw Self.invalid("a limit of the disk is negative")
        }
        if request.diskSizeLimit > 0 { self.body.host.storage = ["size": "\(request.diskSizeLimit)"] }
        guard request.diskReadRate > 0 || request.diskWriteRate > 0 else { return }
        guard let device = policy.diskDevice else {
            throw DockerPolicy.denial(
                "docker_create: which device disk_io_read_bps and disk_io_write_bps are about is not known",
                allow: #"[docker] disk_device = "/dev/sda""#)
        }
        if request.diskReadRate > 0 { self.body.host.readRates = [.init(path: device, rate: request.diskReadRate)] }
        if request.diskWriteRate > 0 { self.body.host.writeRates = [.init(path: device, rate: request.diskWriteRate)] }
    }

    /// What is asked for, or the most that there is; more than that is an error.
    private static func capped(
        _ asked: Int64, _ most: Int64, _ key: String, raise limit: String
    ) throws(CapabilityError) -> Int64 {
        guard asked >= 0 else { throw Self.invalid("\(key) is negative") }
        guard asked <= most else {
            throw DockerPolicy.denial(
                "docker_create: \(key) is above what the plugin may have", allow: "\(limit) in [limits.spawn.docker]")
        }
        return asked == 0 ? most : asked
    }

    private mutating func connect(_ request: DockerCreateRequest, _ policy: DockerPolicy) throws(CapabilityError) {
        let network = request.network.isEmpty ? policy.network : request.network
        if let network, network != "none", network != policy.network {
            throw DockerPolicy.denial(
                "docker_create: the network \(LogText.printable(network, limit: 100)) is not granted",
                allow: "[docker] network = \"\(LogText.printable(network, limit: 100))\"")
        }
        self.body.host.network = network
        guard !request.ip.isEmpty else { return }
        guard let network, network != "none", network != "host",
            request.ip.utf8.count <= 15, request.ip.allSatisfy({ $0.isNumber && $0.isASCII || $0 == "." })
        else { throw Self.invalid("ip is an IPv4 address in the network that [docker] network names") }
        self.body.networking = .init(endpoints: [network: .init(addresses: .init(v4: request.ip))])
    }

    private mutating func publish(_ ports: [DockerPort], _ policy: DockerPolicy) throws(CapabilityError) {
        guard ports.count <= Self.maximumEntries else { throw Self.invalid("more than \(Self.maximumEntries) ports") }
        for port in ports {
            let transport = port.transport.isEmpty ? "tcp" : port.transport.lowercased()
            guard 1...65_535 ~= port.container, 0...65_535 ~= port.host, ["tcp", "udp"].contains(transport) else {
                throw Self.invalid("a port is not in 1...65535, or its protocol neither tcp nor udp")
            }
            let (text, range) = try Self.hostPorts(port)
            let key = "\(port.container)/\(transport)"
            guard self.body.host.ports[key] == nil else { throw Self.invalid("a port is asked for twice") }
            self.body.ports[key] = ContainerBody.Empty()
            self.body.host.ports[key] = [.init(address: policy.publishAddress, port: text)]
            self.publications.append(Publication(port: key, host: range))
        }
    }

    private static func hostPorts(_ port: DockerPort) throws(CapabilityError) -> (String, ClosedRange<Int64>) {
        if port.host > 0 { return ("\(port.host)", port.host...port.host) }
        guard !port.range.isEmpty else { return ("", 1...65_535) }
        let bounds = port.range.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
        guard bounds.count == 2, let first = bounds[0], let last = bounds[1], 1...65_535 ~= first,
            first...65_535 ~= last
        else { throw Self.invalid("a port's range is not FIRST-LAST") }
        return ("\(first)-\(last)", first...last)
    }
}

/// Names and ids of containers.
enum ContainerName {
    /// Whether the engine could know a container by this text; nothing else gets into a request's path.
    static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 255, ![0x2D, 0x2E, 0x5F].contains(first) else {
            return false
        }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
    }
}
