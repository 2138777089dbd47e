import Foundation
import PulpTestSupport
import Testing

@testable import Pulp

/// Listeners that plugins ask for, and versions that ask for others.
@Suite("Listeners of versions")
struct ListenerTests {
    @Test("instances that ask for one address at once share it, and it goes with the last version that wants it")
    func shared() async throws {
        try await withTemporaryFolder { folder in
            let (first, second) = ("\(folder)/1.sock", "\(folder)/2.sock")
            @Sendable func spec(_ version: String, _ path: String) throws -> PluginSpec {
                var spec = try PluginSpec.version(version, ["listen": "unix:\(path)"])
                spec.instances = .count(6)
                return spec
            }
            @Sendable func answer(_ path: String) async throws -> String {
                let connection = try await HTTPConnection.open(try SocketAddress(unixDomainSocketPath: path))
                let text = try await connection.request("GET", "/version").text
                await connection.close()
                return text
            }
            try await withHost([spec("v1", first)], loops: 2) { rig in
                #expect(try await answer(first) == "v1")
                try await rig.deploy(spec("v2", first))
                #expect(await eventually { rig.versionCount == 1 })
                #expect(try await answer(first) == "v2")
                try await rig.deploy(spec("v3", second))
                #expect(try await answer(second) == "v3")
                #expect(await eventually { rig.versionCount == 1 })
                #expect(await eventually { !FileManager.default.fileExists(atPath: first) })
                await #expect(throws: (any Error).self) { try await answer(first) }
                // Back to what was given up.
                try await rig.deploy(spec("v4", first))
                #expect(try await answer(first) == "v4")
            }
        }
    }

    @Test("the instance after a crash has the listener that the plugin has")
    func restarted() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/own.sock"
            var first = try PluginSpec.version("v1", ["listen": "unix:\(path)", "traps": "/trap"])
            first.restart = .always
            try await withHost([first]) { rig in
                let connection = try await HTTPConnection.open(try SocketAddress(unixDomainSocketPath: path))
                #expect(try await connection.request("GET", "/trap").status == 500)
                #expect(await eventually { (try? await connection.request("GET", "/version").text) == "v1" })
                #expect(rig.host.isReady)
                await connection.close()
            }
        }
    }

    @Test("a version that does not come up leaves no listener")
    func failed() async throws {
        try await withTemporaryFolder { folder in
            try await withHost([.version("v1")]) { rig in
                // More of them than there may be listeners.
                for number in 0...ListenerHub.maximumExtraListeners {
                    let path = "\(folder)/\(number).sock"
                    await #expect(throws: HostError.self) {
                        try await rig.deploy("v2", ["listen": "unix:\(path)", "fail": "code"])
                    }
                    #expect(!FileManager.default.fileExists(atPath: path))
                }
                try await rig.deploy("v2", ["listen": "unix:\(folder)/last.sock"])
                #expect(try await rig.get("/version").status == 404)
            }
        }
    }
}
