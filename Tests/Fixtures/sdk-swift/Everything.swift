import PulpGuest

/// Everything of the SDK's core, each at a path of its own.
@main
struct Everything: Plugin {
    var settings: Settings
    var visits = 0
    var ticks = 0
    var beats = 0
    /// Which tick handlers were called, in order.
    var order: [Int] = []
    var waiting: [Reply] = []
    /// Lines about what the live connections told.
    var story: [String] = []
    var sockets: [WebSocket] = []

    init(config: Config) throws(PluginError) {
        self.settings = try Settings(config: config)
        Log.info("ready", ["name": self.settings.name])
    }

    static func configure(_ app: inout Application<Self>) throws(PluginError) {
        Self.serveRequests(&app)
        Self.serveAnswers(&app)
        Self.serveFailures(&app)
        Self.serveLive(&app)
        Self.provideFunctions(&app)
        if app.config.has("pattern") { app.get(try app.config.string("pattern")) { _, _ in .status(200) } }

        app.onTick { plugin in
            plugin.ticks += 1
            if plugin.order.count < 4 { plugin.order.append(1) }
        }
        app.every(milliseconds: 50) { plugin in plugin.beats += 1 }
        app.onTick { (plugin) throws(PluginError) in
            if plugin.order.count < 4 { plugin.order.append(2) }
            if plugin.story.count > 1000 { throw PluginError(status: .unavailable, message: "too long a story") }
        }
        app.onShutdown { plugin in Log.info("stopped", ["visits": "\(plugin.visits)"]) }
    }

    private static func serveRequests(_ app: inout Application<Self>) {
        app.get("/config") { plugin, _ in .text(plugin.settings.description) }
        app.get("/visits/:name") { plugin, request in
            plugin.visits += 1
            return .text("Hello, \(request.params["name"])! (\(plugin.visits))\n")
        }
        app.get("/files/*path") { _, request in .text("rest \(request.params["path"])") }
        app.get("/files/special") { _, _ in .text("special") }
        app.get("/:one/:two/pair") { _, request in .text("\(request.params["two"]) \(request.params["none"])|") }
        app.any("/method") { _, request in .text(request.method) }
        app.serve("REPORT", "/method") { _, _ in .text("own method") }
        app.post("/echo") { _, request in .bytes(request.bytes) }
        app.post("/form") { _, request in Self.form(request) }
        app.get("/request") { _, request in Self.describe(request) }
        app.get("/step") { _, _ in .text("\(Step.number) \(Step.wallTime)") }
        app.get("/strings") { _, _ in .text(Strings.all()) }
        app.get("/order") { plugin, _ in .text(plugin.order.map { "\($0)" }.joined(separator: " ")) }
        app.get("/exhaust") { _, _ in
            var all: [[UInt8]] = []
            while true { all.append([UInt8](repeating: 1, count: 1 << 20)) }
        }
        app.get("/counts") { plugin, _ in .text("\(plugin.ticks) \(plugin.beats)") }
    }

    private static func describe(_ request: borrowing Request) -> Response {
        var headers = 0
        request.headers.forEach { _, _ in headers += 1 }
        let text = JSONWriter.object { json in
            json.field("path", request.path)
            json.field("host", request.host)
            json.field("isLocal", request.remoteAddress.utf8.starts(with: "127.0.0.1:".utf8))
            json.field("q", request.query["q"] ?? "none")
            json.array("all") { all in for value in request.query.all("q") { all.value(value) } }
            json.array("accept") { all in for value in request.headers.all("ACCEPT") { all.value(value) } }
            json.field("theme", request.cookies["theme"] ?? "none")
            json.field("them", request.cookies["them"] ?? "none")
            json.field("headers", headers)
            json.null("nothing")
        }
        return .json(text)
    }

    private static func form(_ request: borrowing Request) -> Response {
        guard let form = request.form else { return .text("no form\n", status: 400) }
        let file = form.file("picture")
        let names = form.all("name").joined(separator: ",")
        return .text(
            "\(names)|\(form["text"] ?? "none")|\(file?.name ?? "none")|\(file?.type ?? "")|\(file?.bytes.count ?? 0)")
    }

    private static func serveAnswers(_ app: inout Application<Self>) {
        app.get("/answers/html") { _, _ in .html("<p>\(1)</p>", headers: ["Cache-Control": "no-store"]) }
        app.get("/answers/bytes") { _, _ in .bytes([0, 255], type: "application/x-two") }
        app.get("/answers/status") { _, _ in .status(204) }
        app.get("/answers/redirect") { _, _ in .redirect(to: "/elsewhere") }
        app.get("/answers/headers") { _, _ in
            Response().header("X-One", "1").header("x-one", "2").cookie("a=1; Path=/").cookie("b=2")
        }
        app.get("/later") { plugin, request in
            plugin.waiting.append(request.reply)
            return .later
        }
        app.post("/now") { (plugin, request) throws(PluginError) in
            let waiting = plugin.waiting
            plugin.waiting = []
            for reply in waiting { try reply.send(.text(request.text)) }
            return .text("\(waiting.count)")
        }
        app.get("/twice") { (_, request) throws(PluginError) in
            try request.reply.send(.text("first"))
            return .text("second")
        }
        app.get("/stream") { (_, request) throws(PluginError) in
            .stream(try HTTPClient.stream(FetchRequest(request.query["url"] ?? "")), headers: ["X-Passed": "on"])
        }
    }

    private static func serveFailures(_ app: inout Application<Self>) {
        app.get("/throws/own") { (_, request) throws(PluginError) in
            throw PluginError(418, "no \(request.query["what"] ?? "tea") here")
        }
        app.get("/throws/host") { (_, _) throws(PluginError) in
            throw PluginError(status: .unavailable, message: "the cellar is flooded")
        }
        app.get("/throws/header") { _, _ in Response(headers: ["bad name": "x"]) }
        app.get("/throws/status") { _, _ in .status(99) }
    }

    private static func serveShouts(_ app: inout Application<Self>) {
        app.webSocket(
            "/shout",
            received: { _, socket, message in
                if case .text(let text) = message { socket.send(text + "!") }
            })
    }

    private static func serveLive(_ app: inout Application<Self>) {
        // Alone it is the pattern of every connection.
        if app.config.has("alone") { return Self.serveShouts(&app) }
        app.webSocket(
            "/rooms/:room",
            opened: { (plugin, socket, request) throws(PluginError) in
                if request.params["room"].utf8.elementsEqual("secret".utf8) {
                    socket.close(code: 4003, reason: "members only")
                    throw PluginError(status: .denied, message: "nobody may enter")
                }
                plugin.sockets.append(socket)
                socket.send("welcome to \(request.params["room"]), \(request.query["name"] ?? "you")")
            },
            received: { plugin, socket, message in
                switch message {
                case .text(let text): WebSocket.send("all: \(text)", to: plugin.sockets)
                case .binary(let bytes): socket.send(bytes)
                }
            },
            closed: { plugin, socket, end in
                plugin.sockets.removeAll { $0.id == socket.id }
                plugin.story.append("left \(end.code) \(end.reason)")
            })
        Self.serveShouts(&app)
        app.events(
            "/news/:topic",
            subscribed: { plugin, _, request in
                plugin.story.append("reads \(request.params["topic"]) after \(request.lastEventID)|")
            },
            unsubscribed: { plugin, _ in plugin.story.append("reads no more") })
        app.events("/quiet")
        app.post("/news/:topic") { (_, request) throws(PluginError) in
            let path = "/news/\(request.params["topic"])"
            try Events.emit(request.text, to: path, id: request.query["id"] ?? "", event: "headline")
            return .text("\(Events.subscriberCount(of: path))")
        }
        app.get("/story") { plugin, _ in .text(plugin.story.joined(separator: "\n")) }
    }
}
