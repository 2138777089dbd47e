import PulpGuestTesting

struct BoardTests: PluginTests {
    static func tests(_ suite: inout Suite) {
        suite.test("sends what is posted to everybody who listens") { host in
            let ada = host.subscribe("/events")
            let ben = host.subscribe("/events")
            host.post("/events", "hello").expect(status: 204)
            host.expect(events: [EventMatch(data: "hello", on: ada), EventMatch(data: "hello", on: ben)])
        }
    }
}
