/// What the engine says of one container (`GET /containers/ID/json`), as far as it is used here.
struct EngineContainer: Decodable, Sendable {
    struct State: Decodable, Sendable {
        let status: String

        enum CodingKeys: String, CodingKey { case status = "Status" }
    }

    struct Config: Decodable, Sendable {
        let labels: [String: String]?
        let hasTerminal: Bool?

        enum CodingKeys: String, CodingKey {
            case labels = "Labels"
            case hasTerminal = "Tty"
        }
    }

    struct HostConfig: Decodable, Sendable {
        let nanoCPUs: Int64?
        let memory: Int64?

        enum CodingKeys: String, CodingKey {
            case nanoCPUs = "NanoCpus"
            case memory = "Memory"
        }
    }

    struct Binding: Decodable, Sendable {
        let hostPort: String

        enum CodingKeys: String, CodingKey { case hostPort = "HostPort" }
    }

    struct NetworkSettings: Decodable, Sendable {
        let ports: [String: [Binding]?]?
        let networks: [String: EngineNetwork]?

        enum CodingKeys: String, CodingKey {
            case ports = "Ports"
            case networks = "Networks"
        }
    }

    let id: String
    let name: String
    let state: State
    let config: Config
    let hostConfig: HostConfig?
    let networkSettings: NetworkSettings?

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case name = "Name"
        case state = "State"
        case config = "Config"
        case hostConfig = "HostConfig"
        case networkSettings = "NetworkSettings"
    }

    /// The host's ports for a port such as `80/tcp`.
    func published(_ port: String) -> [Int64] {
        guard let bindings = self.networkSettings?.ports?[port] else { return [] }
        return (bindings ?? []).compactMap { Int64($0.hostPort) }
    }
}

/// A network that a container is in.
struct EngineNetwork: Decodable, Sendable {
    let address: String?

    enum CodingKeys: String, CodingKey { case address = "IPAddress" }
}

/// What the engine says of a container in a list.
struct EngineListing: Decodable, Sendable {
    struct Port: Decodable, Sendable {
        let container: Int64
        let host: Int64?

        enum CodingKeys: String, CodingKey {
            case container = "PrivatePort"
            case host = "PublicPort"
        }
    }

    struct NetworkSettings: Decodable, Sendable {
        let networks: [String: EngineNetwork]?

        enum CodingKeys: String, CodingKey { case networks = "Networks" }
    }

    let id: String
    let names: [String]?
    let state: String?
    let labels: [String: String]?
    let ports: [Port]?
    let networkSettings: NetworkSettings?

    enum CodingKeys: String, CodingKey {
        case id = "Id"
        case names = "Names"
        case state = "State"
        case labels = "Labels"
        case ports = "Ports"
        case networkSettings = "NetworkSettings"
    }
}

/// The engine's answer to what makes something: its id.
struct EngineCreated: Decodable, Sendable {
    let id: String

    enum CodingKeys: String, CodingKey { case id = "Id" }
}

/// How a program that was run inside a container ended.
struct EngineExec: Decodable, Sendable {
    let exitCode: Int64?

    enum CodingKeys: String, CodingKey { case exitCode = "ExitCode" }
}

/// What the engine says of an image, as far as it is used here.
struct EngineImage: Decodable, Sendable {
    struct Config: Decodable, Sendable {
        let labels: [String: String]?

        enum CodingKeys: String, CodingKey { case labels = "Labels" }
    }

    let config: Config?

    enum CodingKeys: String, CodingKey { case config = "Config" }
}
