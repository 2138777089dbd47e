import ArgumentParser
import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpListener
import PulpSandbox
import ServiceLifecycle

/// `pulp run`: starts plugins, serves them, and stops them in order.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Runs plugins until SIGTERM or SIGINT.",
        discussion: """
            The address is that of --listen, else of the manifest's [http], else of the environment's HTTP_PORT, else \
            127.0.0.1:8080. On SIGTERM or SIGINT the listeners close, requests in flight finish, and the plugins shut \
            down; a second signal ends the program at once. SIGHUP reads the certificates again.
            """)

    @Argument(help: "The plugins' folders or manifests.")
    var manifests: [String] = []

    @Option(
        name: [.customLong("manifest", withSingleDash: true), .customLong("manifest")],
        help: ArgumentHelp(
            "Another way to name them: repeat it, or separate them by commas.", valueName: "path"))
    var named: [String] = []

    @Option(
        name: [.long, .customLong("http-port", withSingleDash: true)],
        help: ArgumentHelp("Where to listen: address:port, [v6]:port, a port, or unix:PATH.", valueName: "address"))
    var listen: String?

    @Option(
        name: [.long, .customLong("storage-root", withSingleDash: true)],
        help: ArgumentHelp("Where plugins keep their files.", valueName: "folder"))
    var storageRoot = "./data"

    @Option(help: "From which level on lines are logged.")
    var logLevel = LogThreshold.info

    @Option(help: "How log lines look on standard error.")
    var logFormat = LogFormat.text

    @Option(help: ArgumentHelp("The certificate chain for HTTPS, a PEM file. Needs --tls-key.", valueName: "file"))
    var tlsCert: String?

    @Option(help: ArgumentHelp("The private key for HTTPS, a PEM file. Needs --tls-cert.", valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            "Where the health pages are: address:port, or off. (default: 127.0.0.1:9464, or a free port)",
            valueName: "address"))
    var admin: String?

    @Option(help: ArgumentHelp("Event loops that serve. (default: one for each core)", valueName: "count"))
    var threads: Int?

    @Option(help: ArgumentHelp("Seconds that requests in flight may take when stopping.", valueName: "seconds"))
    var grace = 10

    /// Every path, from either way to name them.
    private var paths: [String] {
        let named = self.named.flatMap { $0.split(separator: ",") }.map { $0.trimmingCharacters(in: .whitespaces) }
        return self.manifests + named.filter { !$0.isEmpty }
    }

    func validate() throws {
        guard !self.paths.isEmpty else {
            throw ValidationError("no plugin is named; try: pulp run path/to/folder")
        }
        guard (self.tlsCert == nil) == (self.tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key go together; name both")
        }
        if let threads { try Self.check(threads, in: 1...1024, "--threads") }
        try Self.check(self.grace, in: 0...86_400, "--grace")
        _ = try self.settings()
    }

    static func check(_ value: Int, in range: ClosedRange<Int>, _ option: String) throws {
        guard range.contains(value) else {
            throw ValidationError("\(option) \(value) is not in \(range.lowerBound)...\(range.upperBound)")
        }
    }

    func run() async throws {
        let logger = ProgramLog.logger(self.logFormat, self.logLevel)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: self.threads ?? System.coreCount)
        let hub = ListenerHub(group: group, limits: .init(), logger: logger)
        let registry = Registry.builtins(listeners: hub, storage: self.storage)
        let plugins = try ManifestSet.load(self.paths, registry: registry)
        let environment = try Startup.environment(logger: logger, group: group)
        let host = Pulp.Host(
            plugins, settings: try self.settings(), registry: registry, hub: hub, environment: environment,
            group: group, logger: logger
        ) { Output.line(StartBlock.text($0)) }
        try await Self.serve(host, logger: logger)
    }

    /// Runs a host, and what goes with it, until a signal ends it.
    static func serve(_ host: Pulp.Host, beside others: [any Service] = [], logger: Logger) async throws {
        // The group's own lines say nothing that ours do not.
        let quiet = Logger(label: "pulp.services") { _ in SwiftLogNoOpLogHandler() }
        let service = ServiceGroupConfiguration.ServiceConfiguration(
            service: host, successTerminationBehavior: .gracefullyShutdownGroup)
        let beside = others.map {
            ServiceGroupConfiguration.ServiceConfiguration(
                service: $0, successTerminationBehavior: .ignore)
        }
        let services = ServiceGroup(configuration: .init(services: [service] + beside, logger: quiet))
        do {
            try await RunSignals(host: host, services: services, logger: logger).run()
        } catch let error as HostError {
            throw Problem(error.problems.map { "pulp: \($0)" })
        }
    }

    private var storage: StorageRoot {
        StorageRoot(path: self.storageRoot, environment: ProcessInfo.processInfo.environment)
    }

    private func settings() throws -> HostSettings {
        var settings = HostSettings()
        settings.listen = try self.listen.map { try Self.address($0, "--listen") }
        if let port = ProcessInfo.processInfo.environment["HTTP_PORT"], !port.isEmpty {
            settings.defaultListen = try Self.address(port, "the environment's HTTP_PORT")
        }
        if let tlsCert, let tlsKey {
            settings.tls = .init(certificateChainPath: tlsCert, privateKeyPath: tlsKey)
        }
        settings.admin =
            switch self.admin {
            case nil: .preferably(.tcp(host: "127.0.0.1", port: 9464))
            case "off"?: .off
            case let text?: .exactly(try Self.adminAddress(text))
            }
        settings.grace = .seconds(self.grace)
        return settings
    }

    static func address(_ text: String, _ source: String) throws -> ListenerConfiguration.Address {
        do {
            return try ListenAddress.parse(text)
        } catch {
            throw ValidationError("\(source): \(Output.printable(error.description))")
        }
    }

    /// A port alone is meant on the loopback interface here: the pages are for this machine.
    private static func adminAddress(_ text: String) throws -> ListenerConfiguration.Address {
        let isPort = text.allSatisfy(\.isNumber) || text.hasPrefix(":")
        let whole = isPort ? "127.0.0.1:\(text.drop { $0 == ":" })" : text
        return try Self.address(whole, "--admin")
    }
}

/// What every command that runs a guest starts with.
enum Startup {
    static func environment(
        logger: Logger, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(Problem) -> RuntimeEnvironment {
        do {
            return try PulpEnvironment.shared(logger: logger, group: group)
        } catch {
            throw Problem("\(error)")
        }
    }
}
