import PulpGuest

/// Every wrapper of a capability that the SDK has: `POST /FAMILY/CALL` runs one and answers what came of it; a refusal
/// is 500 with `STATUS SENTENCE`.
@main
struct Capabilities: Plugin {
    /// A stream that is kept from one request to the next.
    var kept: FetchStream?

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        app.post("/basics/:call") { (_, request) throws(PluginError) in
            Self.answer { () throws(PluginError) in try BasicCalls.run(request.params["call"], request.text) }
        }
        app.post("/database/:call") { (_, request) throws(PluginError) in
            Self.answer { () throws(PluginError) in try DatabaseCalls.run(request.params["call"], request.text) }
        }
        app.post("/rows/:call") { (_, request) throws(PluginError) in
            Self.answer { () throws(PluginError) in try RowCalls.run(request.params["call"], request.text) }
        }
        app.post("/files/:call") { (_, request) throws(PluginError) in
            Self.answer { () throws(PluginError) in try FileCalls.run(request.params["call"], request.text) }
        }
        app.post("/docker/:call") { (_, request) throws(PluginError) in
            Self.answer { () throws(PluginError) in try DockerCalls.run(request.params["call"], request.text) }
        }
        app.post("/fetch/:call") { (plugin, request) throws(PluginError) in
            let (call, url) = (request.params["call"], request.text)
            return Self.answer { () throws(PluginError) in try FetchCalls.run(call, url, &plugin.kept) }
        }
        app.post("/pass-on") { (_, request) throws(PluginError) in
            .stream(try HTTPClient.stream(FetchRequest(request.text)), headers: ["X-From": "elsewhere"])
        }
        app.post("/own") { (_, request) throws(PluginError) in
            throw PluginError(request.text == "server" ? 503 : 404, "there is no \(request.text)")
        }
        app.post("/thrown") { (_, request) throws(PluginError) in .bytes(try Files.read(request.text)) }
    }

    private static func answer(_ body: () throws(PluginError) -> String) -> Response {
        do throws(PluginError) {
            return .text(try body())
        } catch {
            return .text("\(error.status.rawValue) \(error)", status: 500)
        }
    }
}

func unknown(_ call: String) -> PluginError { PluginError(status: .notFound, message: "no such call: \(call)") }

enum BasicCalls {
    static func run(_ call: String, _ argument: String) throws(PluginError) -> String {
        switch call {
        case "log":
            Log.trace("trace", ["n": "0"])
            Log.debug("debug", ["n": "1"])
            Log.info("info", ["n": "2", "text": argument])
            Log.notice("notice", ["n": "3"])
            Log.warning("warning", ["n": "4"])
            Log.error("error", ["n": "5"])
            Log.critical("critical", ["n": "6"])
            return "logged"
        case "random":
            let first = try Random.bytes(32)
            var random = Random()
            let dice = Int.random(in: 1...6, using: &random)
            let numbers = (0..<100).map { _ in random.next() }
            let repeats = numbers.indices.contains { numbers[($0 + 1)...].contains(numbers[$0]) }
            let (second, one, other) = try (Random.bytes(32), Random.number(), Random.number())
            let differ = first != second && one != other
            return "\(first.count) \(1...6 ~= dice) \(differ && !repeats)"
        case "random-bytes":
            return "\(try Random.bytes(UInt32(argument) ?? 0).count)"
        case "clock":
            let (start, now) = (Clock.monotonic, Clock.now)
            let step = Timestamp(nanoseconds: Step.wallTime)
            return "\(Clock.monotonic >= start) \(now.seconds - step.seconds) \(now.seconds)"
        default: throw unknown(call)
        }
    }
}
