import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOPosix
import Pulp
import PulpEngine
import PulpManifest
import PulpRuntime

/// Measures `http_fetch` as a guest sees it against the client library alone, in turn, with the same server on this
/// machine: what Pulp adds to a request.
package struct FetchBenchmark: Sendable {
    package struct Row: Codable, Sendable {
        package let what: String
        package let value: Double
        package let unit: String
    }

    package var rounds = 9
    /// Requests of each kind in a round, one after the other.
    package var requests = 500

    package init() {}

    package func run(progress: @Sendable (String) -> Void) async throws -> [Row] {
        let servers = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await LeanestHandler.serve(on: servers, body: "hi", contentType: "text/plain")
        let url = "http://127.0.0.1:\(server.localAddress?.port ?? 0)/"
        let client = HTTPClient(eventLoopGroupProvider: .shared(group))
        let plugin = try await self.plugin(url, group)
        var (plain, guest): ([Double], [Double]) = ([], [])
        for round in 0...self.rounds {
            progress("fetch, round \(round) of \(self.rounds)")
            let library = try await self.timed { try await self.fetchPlainly(url, client, group.next()) }
            let seen = try await self.timed {
                _ = try await plugin.call(.step(byteCount: 20), bytes: [UInt8](repeating: 0, count: 20))
            }
            // The first round warms both up.
            if round > 0 {
                plain.append(library)
                guest.append(seen)
            }
        }
        await plugin.close()
        try await client.shutdown()
        try await server.close()
        let (library, seen) = (PulpBench.median(plain), PulpBench.median(guest))
        return [
            Row(what: "a request by async-http-client alone", value: library, unit: "us"),
            Row(what: "http_fetch, seen from the guest", value: seen, unit: "us"),
            Row(what: "added", value: seen - library, unit: "us"),
        ]
    }

    /// Microseconds for one request.
    private func timed(_ body: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body()
        return Double((ContinuousClock.now - start) / .nanoseconds(1)) / 1000 / Double(self.requests)
    }

    private func fetchPlainly(_ url: String, _ client: HTTPClient, _ loop: any EventLoop) async throws {
        let request = try HTTPClient.Request(url: url)
        try await Self.fetch(self.requests, request, client, loop).get()
    }

    /// One request after the other, on the loop.
    private static func fetch(
        _ count: Int, _ request: HTTPClient.Request, _ client: HTTPClient, _ loop: any EventLoop
    ) -> EventLoopFuture<Void> {
        guard count > 0 else { return loop.makeSucceededVoidFuture() }
        let delegate = ResponseAccumulator(request: request)
        return client.execute(request: request, delegate: delegate, eventLoop: .delegate(on: loop)).futureResult
            .flatMap { _ in self.fetch(count - 1, request, client, loop) }
    }

    private func plugin(_ url: String, _ group: MultiThreadedEventLoopGroup) async throws -> RunningPlugin {
        var logger = Logger(label: "pulp.bench")
        logger.logLevel = .warning
        var spec = PluginSpec(
            name: "fetches", version: "1", module: .bytes(try Module.binary(fromText: self.text(url))))
        spec.capabilities = ["transport.http.outbound"]
        spec.capabilitySections["http"] = [CapabilitySetting(name: "allow", value: .strings(["127.0.0.1"]))]
        spec.limits.callTimeout = .seconds(60)
        let environment = try PulpEnvironment.shared(logger: logger, group: group)
        let registry = Registry.builtins(listeners: nil, storage: nil)
        let plugin = try await RunningPlugin.load(spec, registry: registry, environment: environment)
        try await plugin.initialize([])
        return plugin
    }

    /// A guest whose step makes all requests of a round.
    private func text(_ url: String) -> String {
        let request = [0x81, 0xa3] + Array("url".utf8) + [0xd9, UInt8(url.utf8.count)] + Array(url.utf8)
        let data = request.map { String(format: "\\%02x", $0) }.joined()
        return """
            (module
              (import "pulp" "http_fetch" (func $fetch (param i32 i32 i32 i32) (result i32)))
              (memory (export "memory") 2)
              (data (i32.const 0) "\(data)")
              (func (export "pulp_alloc") (param i32) (result i32) (i32.const 65536))
              (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
              (func (export "pulp_shutdown") (result i32) (i32.const 0))
              (func (export "pulp_step") (param i32 i32) (result i32) (local $left i32)
                (local.set $left (i32.const \(self.requests)))
                (loop $again
                  (if (call $fetch (i32.const 0) (i32.const \(request.count)) (i32.const 4096) (i32.const 4100))
                    (then (unreachable)))
                  (local.set $left (i32.sub (local.get $left) (i32.const 1)))
                  (br_if $again (local.get $left)))
                (i32.const 0)))
            """
    }
}
