import ArgumentParser
import Foundation
import Logging
import NIOPosix
import Pulp
import PulpEngine
import PulpListener
import PulpSandbox

/// `pulp step`: one event into a fresh plugin, and everything that comes out.
struct Step: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "Starts a plugin, steps it once, and shows what it did.",
        discussion: """
            Without --event the plugin gets an idle tick. For http.request the payload is a request, of which \
            anything may be left out:

              pulp step pulp.plugin.toml --event http.request --payload '{"path": "/hello/world"}'

            No socket is opened. Other events get the payload as it is.
            """)

    @Argument(help: "The plugin's manifest.")
    var manifest: String

    @Option(help: ArgumentHelp("The event's kind, such as http.request.", valueName: "kind"))
    var event: String?

    @Option(help: ArgumentHelp("The payload itself, @FILE, or - for standard input.", valueName: "payload"))
    var payload: String?

    @Option(help: "How the payload is written.")
    var payloadFormat = PayloadFormat.json

    @Flag(help: "Hands the payload to the plugin as it is, without an event around it.")
    var raw = false

    @Option(help: ArgumentHelp("Where the plugin keeps its files, as in pulp run.", valueName: "folder"))
    var storageRoot = "./data"

    @Option(help: "From which level on the plugin's own lines are shown.")
    var logLevel = LogThreshold.info

    func validate() throws {
        if self.raw, self.event != nil { throw ValidationError("--raw has no event around it; leave --event out") }
        if self.raw, self.payload == nil { throw ValidationError("--raw needs a --payload") }
        if self.payload != nil, self.event == nil, !self.raw {
            throw ValidationError("--payload belongs to an event; add --event KIND, or --raw")
        }
    }

    func run() async throws {
        let prepared = try self.prepare()
        var log = ProgramLog(.text, level: self.logLevel.level) { Output.error($0) }
        log.showsHost = false
        let logger = Logger(label: "pulp") { [log] _ in log }
        let http = StepHTTP()
        // Routes of every kind can be registered; nothing listens.
        let hub = ListenerHub(group: MultiThreadedEventLoopGroup.singleton, limits: .init(), logger: logger)
        let storage = StorageRoot(path: self.storageRoot, environment: ProcessInfo.processInfo.environment)
        var registry = Registry.builtins(listeners: hub, storage: storage)
        registry.gated(StepHTTPCapability(session: http))
        let plugin = try ManifestSet.load([self.manifest], registry: registry)[0]
        let environment = try Startup.environment(logger: logger)
        do {
            let clock = ContinuousClock()
            let start = clock.now
            let running = try await RunningPlugin.load(plugin.spec, registry: registry, environment: environment)
            let report = try await Self.result {
                try await running.initialize(plugin.spec.config)
                let ready = clock.now
                let payload = try prepared.bytes(for: http)
                let envelope = StepEnvelope(callNumber: 0, wallTime: WallClock.nanoseconds(), payload: payload)
                let before = clock.now
                let result = try await running.call(
                    .step(byteCount: envelope.byteCount), bytes: envelope.encodedBytes())
                return StepReport(
                    plugin: plugin.spec, event: self.eventName, payloadBytes: payload.count,
                    result: Int32(truncatingIfNeeded: result), http: self.event == "http.request" ? http : nil,
                    loading: ready - start, stepping: clock.now - before,
                    memoryBytes: await running.memoryByteCount())
            }
            await running.stop(within: .seconds(1))
            Output.line(try report.get().text)
        } catch let error as PluginError {
            throw Problem(HostError.explain(error))
        }
    }

    /// The plugin is stopped either way, so an error waits for that.
    private static func result(_ body: () async throws -> StepReport) async throws -> Result<StepReport, any Error> {
        do {
            return .success(try await body())
        } catch {
            return .failure(error)
        }
    }

    private var eventName: String {
        self.event.map { Output.printable($0) } ?? (self.raw ? "raw payload" : "idle tick")
    }

    /// Everything about the payload that can be wrong without a plugin.
    private func prepare() throws(Problem) -> PreparedPayload {
        let given = try self.payload.map { text throws(Problem) in try StepPayload.bytes(text) }
        if self.raw, self.payloadFormat == .msgpack { return .bytes(given ?? []) }
        let value = try given.map { bytes throws(Problem) in try StepPayload.value(bytes, self.payloadFormat) }
        guard let event else { return .bytes(value ?? []) }
        guard event == "http.request" else { return .bytes(StepPayload.event(event, value ?? [0xC0])) }
        return .request(try StepPayload.request(value ?? []))
    }
}

/// A payload before the plugin is there.
private enum PreparedPayload {
    case bytes([UInt8])
    /// Its parameters depend on the routes that the plugin registers.
    case request(HTTPRequestRecord)

    func bytes(for http: StepHTTP) throws(Problem) -> [UInt8] {
        switch self {
        case .bytes(let bytes): return bytes
        case .request(var request):
            try http.prepare(&request)
            return StepPayload.event("http.request", request.encodedBytes())
        }
    }
}
