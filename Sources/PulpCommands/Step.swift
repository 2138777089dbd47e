import ArgumentParser
import Foundation
import Pulp
import PulpEngine

/// `pulp step`: one event into a fresh plugin, and everything that comes out.
struct Step: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "step", abstract: "Starts a plugin, steps it once, and shows what it did.",
        discussion: """
            Without --event the plugin gets an idle tick. For http.request the payload is a request, of which \
            anything may be left out:

              pulp step . --event http.request --payload '{"path": "/hello/world"}'

            No socket is opened. Other events get the payload as it is.
            """)

    @Argument(help: "The plugin's folder or its manifest.")
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
        let http = StepHTTP()
        let visit = PluginVisit(
            path: self.manifest, storageRoot: self.storageRoot, logLevel: self.logLevel, http: http)
        let report = try await visit.run { plugin, running, loading in
            let payload = try prepared.bytes(for: http)
            let envelope = StepEnvelope(callNumber: 0, wallTime: WallClock.nanoseconds(), payload: payload)
            let clock = ContinuousClock()
            let before = clock.now
            let result = try await running.call(.step(byteCount: envelope.byteCount), bytes: envelope.encodedBytes())
            return StepReport(
                plugin: plugin, event: self.eventName, payloadBytes: payload.count,
                result: Int32(truncatingIfNeeded: result), http: self.event == "http.request" ? http : nil,
                loading: loading, stepping: clock.now - before, memoryBytes: await running.memoryByteCount())
        }
        Output.line(report.text)
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
