/// What the engine is asked to make (`POST /containers/create`), as far as it is used here.
struct ContainerBody: Encodable, Sendable {
    struct Empty: Encodable, Sendable {}

    struct Binding: Encodable, Sendable {
        let address: String
        let port: String

        enum CodingKeys: String, CodingKey {
            case address = "HostIp"
            case port = "HostPort"
        }
    }

    struct Mount: Encodable, Sendable {
        let type = "bind"
        let source: String
        let target: String
        let isReadOnly: Bool

        enum CodingKeys: String, CodingKey {
            case type = "Type"
            case source = "Source"
            case target = "Target"
            case isReadOnly = "ReadOnly"
        }
    }

    struct Rate: Encodable, Sendable {
        let path: String
        let rate: Int64

        enum CodingKeys: String, CodingKey {
            case path = "Path"
            case rate = "Rate"
        }
    }

    struct HostConfig: Encodable, Sendable {
        var memory: Int64 = 0
        var memorySwap: Int64 = 0
        var nanoCPUs: Int64 = 0
        var pids: Int64 = 0
        var network: String?
        var ports: [String: [Binding]] = [:]
        var mounts: [Mount] = []
        var readRates: [Rate]?
        var writeRates: [Rate]?
        var storage: [String: String]?
        let droppedCapabilities = ["ALL"]
        /// What the usual images need to prepare their files, to take a low port and to become another user.
        let capabilities = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "NET_BIND_SERVICE", "SETGID", "SETUID"]
        let security = ["no-new-privileges"]

        enum CodingKeys: String, CodingKey {
            case memory = "Memory"
            case memorySwap = "MemorySwap"
            case nanoCPUs = "NanoCpus"
            case pids = "PidsLimit"
            case network = "NetworkMode"
            case ports = "PortBindings"
            case mounts = "Mounts"
            case readRates = "BlkioDeviceReadBps"
            case writeRates = "BlkioDeviceWriteBps"
            case storage = "StorageOpt"
            case droppedCapabilities = "CapDrop"
            case capabilities = "CapAdd"
            case security = "SecurityOpt"
        }
    }

    struct Endpoint: Encodable, Sendable {
        struct Addresses: Encodable, Sendable {
            let v4: String

            enum CodingKeys: String, CodingKey { case v4 = "IPv4Address" }
        }

        let addresses: Addresses

        enum CodingKeys: String, CodingKey { case addresses = "IPAMConfig" }
    }

    struct Networking: Encodable, Sendable {
        let endpoints: [String: Endpoint]

        enum CodingKeys: String, CodingKey { case endpoints = "EndpointsConfig" }
    }

    var image: String
    var command: [String]?
    var environment: [String] = []
    var labels: [String: String] = [:]
    var ports: [String: Empty] = [:]
    /// As in the reference: programs that read a console do not find it closed.
    let hasInput = true
    var host = HostConfig()
    var networking: Networking?

    enum CodingKeys: String, CodingKey {
        case image = "Image"
        case command = "Cmd"
        case environment = "Env"
        case labels = "Labels"
        case ports = "ExposedPorts"
        case hasInput = "OpenStdin"
        case host = "HostConfig"
        case networking = "NetworkingConfig"
    }
}
