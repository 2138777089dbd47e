import PulpGuest

/// Greets: `GET /hello/:name` answers `Hello, NAME!`.
@main
struct Hello: Plugin {
    static func start(_ host: Host) {
        let greeting = host.config.string("greeting") ?? "Hello"
        host.get("/hello/:name") { request in
            .text("\(greeting), \(request.param("name"))!\n")
        }
        Log.info("ready to greet")
    }
}
