/// What a guest asks `docker_create` for: a container, allocated and started.
///
/// Keys in order: `image`, `name`, `environment`, `volumes`, `ports`, `network`, `ip`, `memory_limit`, `cpu_limit`,
/// `disk_io_read_bps`, `disk_io_write_bps`, `disk_size_limit`, `pids_limit`, `memory_swap`, which are the reference's,
/// then `cmd`, which is ours. All but `image` are absent when they say nothing.
public struct DockerCreateRequest: Hashable, Sendable {
    public var image: String
    /// What is to stand behind `pulp-PLUGIN-`; empty: the host chooses.
    public var name: String
    public var environment: FieldList
    /// Paths of the host, each with where the container sees it; `:ro` behind that makes it read-only.
    public var volumes: FieldList
    public var ports: [DockerPort]
    /// Empty: as the manifest says, else the engine's own.
    public var network: String
    public var ip: String
    /// Bytes; 0: the most that the manifest allows. Likewise the other numbers.
    public var memoryLimit: Int64
    /// CPUs.
    public var cpuLimit: Double
    /// Bytes a second.
    public var diskReadRate: Int64
    /// Bytes a second.
    public var diskWriteRate: Int64
    /// Bytes.
    public var diskSizeLimit: Int64
    public var pidsLimit: Int64
    /// Bytes of memory and swap together.
    public var memorySwap: Int64
    /// What runs instead of the image's command, word by word.
    public var command: [String]

    /// A container of `image`, everything else as the image and the manifest have it.
    public init(image: String, name: String = "") {
        self.image = image
        self.name = name
        self.environment = [:]
        self.volumes = [:]
        self.ports = []
        self.network = ""
        self.ip = ""
        self.memoryLimit = 0
        self.cpuLimit = 0
        self.diskReadRate = 0
        self.diskWriteRate = 0
        self.diskSizeLimit = 0
        self.pidsLimit = 0
        self.memorySwap = 0
        self.command = []
    }
}

/// A port of a container that is to be published.
public struct DockerPort: Hashable, Sendable {
    /// The host's port; 0: any free one.
    public var host: Int64
    public var container: Int64
    /// `tcp` or `udp`; empty is `tcp`.
    public var transport: String
    /// For people.
    public var name: String
    /// `FIRST-LAST`: any free port of the host in between.
    public var range: String

    /// The port `container`, published as the host's port `host`.
    public init(host: Int64 = 0, container: Int64, transport: String = "tcp", name: String = "", range: String = "") {
        self.host = host
        self.container = container
        self.transport = transport
        self.name = name
        self.range = range
    }
}

extension DockerPort: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(3 + (self.name.isEmpty ? 0 : 1) + (self.range.isEmpty ? 0 : 1))
        writer.writeKey(.host)
        writer.writeShortest(self.host)
        writer.writeKey(.container)
        writer.writeShortest(self.container)
        writer.writeKey(.protocol)
        writer.writeString(self.transport)
        writer.writeText(.name, self.name)
        writer.writeText(.range, self.range)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(container: 0, transport: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.host: self.host = try reader.readInt64()
            case WireKey.container: self.container = try reader.readInt64()
            case WireKey.protocol: self.transport = try reader.readString()
            case WireKey.name: self.name = try reader.readString()
            case WireKey.range: self.range = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

extension MessagePackWriter {
    /// Writes a key and its text, or neither when the text is empty.
    fileprivate mutating func writeText(_ key: WireKey, _ text: String) {
        guard !text.isEmpty else { return }
        self.writeKey(key)
        self.writeString(text)
    }

    /// Writes a key and its number, or neither when it is 0.
    fileprivate mutating func writeNumber(_ key: WireKey, _ number: Int64) {
        guard number != 0 else { return }
        self.writeKey(key)
        self.writeInt64(number)
    }

    /// Writes a key and its map, or neither when it is empty.
    fileprivate mutating func writeFields(_ key: WireKey, _ fields: FieldList) {
        guard !fields.isEmpty else { return }
        self.writeKey(key)
        self.writeFieldMap(fields.firstOfEachName(.exact))
    }
}

extension DockerCreateRequest: WireEncodable {
    private var keyCount: Int {
        let numbers = [
            self.memoryLimit, self.diskReadRate, self.diskWriteRate, self.diskSizeLimit, self.pidsLimit,
            self.memorySwap,
        ]
        let areThere = [
            !self.name.isEmpty, !self.environment.isEmpty, !self.volumes.isEmpty, !self.ports.isEmpty,
            !self.network.isEmpty, !self.ip.isEmpty, self.cpuLimit != 0, !self.command.isEmpty,
        ]
        return 1 + numbers.count { $0 != 0 } + areThere.count { $0 }
    }

    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.keyCount)
        writer.writeKey(.image)
        writer.writeString(self.image)
        writer.writeText(.name, self.name)
        writer.writeFields(.environment, self.environment)
        writer.writeFields(.volumes, self.volumes)
        if !self.ports.isEmpty {
            writer.writeKey(.ports)
            writer.writeArrayHeader(self.ports.count)
            for port in self.ports { port.encode(into: &writer) }
        }
        writer.writeText(.network, self.network)
        writer.writeText(.ip, self.ip)
        writer.writeNumber(.memoryLimit, self.memoryLimit)
        if self.cpuLimit != 0 {
            writer.writeKey(.cpuLimit)
            writer.writeDouble(self.cpuLimit)
        }
        writer.writeNumber(.diskReadRate, self.diskReadRate)
        writer.writeNumber(.diskWriteRate, self.diskWriteRate)
        writer.writeNumber(.diskSizeLimit, self.diskSizeLimit)
        writer.writeNumber(.pidsLimit, self.pidsLimit)
        writer.writeNumber(.memorySwap, self.memorySwap)
        if !self.command.isEmpty {
            writer.writeKey(.cmd)
            writer.writeArrayHeader(self.command.count)
            for word in self.command { writer.writeString(word) }
        }
    }
}

extension DockerCreateRequest: WireDecodable {
    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(image: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.image: self.image = try reader.readString()
            case WireKey.name: self.name = try reader.readString()
            case WireKey.environment: self.environment = try reader.readFieldMap()
            case WireKey.volumes: self.volumes = try reader.readFieldMap()
            case WireKey.ports: self.ports = try DockerList<DockerPort>(from: &reader).elements
            case WireKey.network: self.network = try reader.readString()
            case WireKey.ip: self.ip = try reader.readString()
            case WireKey.memoryLimit: self.memoryLimit = try reader.readInt64()
            case WireKey.cpuLimit: self.cpuLimit = try reader.readDouble()
            case WireKey.diskReadRate: self.diskReadRate = try reader.readInt64()
            case WireKey.diskWriteRate: self.diskWriteRate = try reader.readInt64()
            case WireKey.diskSizeLimit: self.diskSizeLimit = try reader.readInt64()
            case WireKey.pidsLimit: self.pidsLimit = try reader.readInt64()
            case WireKey.memorySwap: self.memorySwap = try reader.readInt64()
            case WireKey.cmd: self.command = try reader.readStringArray()
            default: try reader.skipValue()
            }
        }
    }
}
