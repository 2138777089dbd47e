import PulpGuest

/// Counts: what a plugin keeps from one step to the next is an ordinary variable.
@main
struct Counter: Plugin {
    static func start(_ host: Host) {
        let first = host.config.integer("first") ?? 0
        var count = first
        host.get("/count") { _ in
            count += 1
            return .text("\(count)\n")
        }
        host.post("/reset") { _ in
            count = first
            return .text("\(count)\n")
        }
        host.onShutdown {
            Log.info("stopped", ["count": "\(count)"])
        }
    }
}
