/// An array of records of one kind, as several functions of `spawn.docker` answer.
public struct DockerList<Element: WireEncodable & WireDecodable & Hashable & Sendable>: Hashable, Sendable {
    public var elements: [Element]

    /// A list of `elements`, in their order.
    public init(_ elements: [Element] = []) {
        self.elements = elements
    }
}

extension DockerList: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeArrayHeader(self.elements.count)
        for element in self.elements { element.encode(into: &writer) }
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init()
        for _ in 0..<(try reader.readArrayHeader()) {
            try reader.countValue()
            self.elements.append(try Element(from: &reader))
        }
    }
}

/// What a guest asks `docker_list` for.
public struct DockerListRequest: Hashable, Sendable {
    /// `name`, `status`, `id`, `label`, `ancestor`: as the engine's own filters; key `filter`, absent when empty.
    public var filter: FieldList

    /// A request for the plugin's running containers, or for those that the filter finds.
    public init(filter: FieldList = [:]) {
        self.filter = filter
    }
}

extension DockerListRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(self.filter.isEmpty ? 0 : 1)
        guard !self.filter.isEmpty else { return }
        writer.writeKey(.filter)
        writer.writeFieldMap(self.filter.firstOfEachName(.exact))
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init()
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.filter: self.filter = try reader.readFieldMap()
            default: try reader.skipValue()
            }
        }
    }
}

/// One container by its id or name: what `docker_destroy`, `docker_restart` and `docker_stats` are asked with.
public struct DockerTarget: Hashable, Sendable {
    public var id: String

    /// The container called `id`.
    public init(id: String) {
        self.id = id
    }
}

extension DockerTarget: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(1)
        writer.writeKey(.id)
        writer.writeString(self.id)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(id: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

/// What a guest asks `docker_get` for: a container by its name or id, under the key `name`.
public struct DockerGetRequest: Hashable, Sendable {
    public var name: String

    /// A request for the container called `name`.
    public init(name: String) {
        self.name = name
    }
}

extension DockerGetRequest: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(1)
        writer.writeKey(.name)
        writer.writeString(self.name)
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(name: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.name: self.name = try reader.readString()
            default: try reader.skipValue()
            }
        }
    }
}

/// A container as a guest sees it: what `docker_get` and `docker_create` answer, and `docker_list` a list of.
public struct DockerServer: Hashable, Sendable {
    /// A port of the container and the port of the host where it is published.
    public struct Port: Hashable, Sendable {
        /// The container's port as decimal text: the key of the map on the wire.
        public var container: String
        public var host: Int64

        /// A published port.
        public init(container: String, host: Int64) {
            self.container = container
            self.host = host
        }
    }

    public var id: String
    /// Without the slash that the engine puts before it.
    public var name: String
    /// `running`, `stopped` or `error`.
    public var status: String
    /// Empty when the container has no network of its own.
    public var ip: String
    public var ports: [Port]
    /// CPUs; 0, and absent on the wire, when unknown.
    public var cpuLimit: Double
    /// Bytes; 0, and absent on the wire, when unknown.
    public var memoryLimit: Int64

    /// A container; what is not given is empty.
    public init(
        id: String, name: String, status: String, ip: String = "", ports: [Port] = [], cpuLimit: Double = 0,
        memoryLimit: Int64 = 0
    ) {
        self.id = id
        self.name = name
        self.status = status
        self.ip = ip
        self.ports = ports
        self.cpuLimit = cpuLimit
        self.memoryLimit = memoryLimit
    }
}

extension DockerServer: WireEncodable, WireDecodable {
    public func encode(into writer: inout MessagePackWriter) {
        writer.writeMapHeader(5 + (self.cpuLimit == 0 ? 0 : 1) + (self.memoryLimit == 0 ? 0 : 1))
        writer.writeKey(.id)
        writer.writeString(self.id)
        writer.writeKey(.name)
        writer.writeString(self.name)
        writer.writeKey(.status)
        writer.writeString(self.status)
        writer.writeKey(.ip)
        writer.writeString(self.ip)
        writer.writeKey(.ports)
        writer.writeMapHeader(self.ports.count)
        for port in self.ports {
            writer.writeString(port.container)
            writer.writeShortest(port.host)
        }
        if self.cpuLimit != 0 {
            writer.writeKey(.cpuLimit)
            writer.writeDouble(self.cpuLimit)
        }
        if self.memoryLimit != 0 {
            writer.writeKey(.memoryLimit)
            writer.writeInt64(self.memoryLimit)
        }
    }

    public init(from reader: inout MessagePackReader) throws(WireError) {
        self.init(id: "", name: "", status: "")
        for _ in 0..<(try reader.readMapHeader()) {
            switch try reader.readKey() {
            case WireKey.id: self.id = try reader.readString()
            case WireKey.name: self.name = try reader.readString()
            case WireKey.status: self.status = try reader.readString()
            case WireKey.ip: self.ip = try reader.readString()
            case WireKey.ports:
                for _ in 0..<(try reader.readMapHeader()) {
                    try reader.countValue()
                    let container = try reader.readString()
                    self.ports.append(Port(container: container, host: try reader.readInt64()))
                }
            case WireKey.cpuLimit: self.cpuLimit = try reader.readDouble()
            case WireKey.memoryLimit: self.memoryLimit = try reader.readInt64()
            default: try reader.skipValue()
            }
        }
    }
}
