import PulpGuestTesting

struct RoomTests: PluginTests {
    static func tests(_ suite: inout Suite) {
        suite.test("passes a message on to everybody") { host in
            let ada = host.connect("/chat")
            let ben = host.connect("/chat")
            ada.send("hello")
            host.expect(messages: [MessageMatch("hello", on: ada), MessageMatch("hello", on: ben)])
        }
    }
}
