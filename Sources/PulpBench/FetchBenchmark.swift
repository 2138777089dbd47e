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
        var (plain, guest): ([Cost], [Cost]) = ([], [])
        for round in 0...self.rounds {
            progress("fetch, round \(round) of \(self.rounds)")
            let library = try await self.measured { try await self.fetchPlainly(url, client, group.next()) }
            let seen = try await self.measured {
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
        return self.rows("latency", plain.map(\.latency), guest.map(\.latency))
            + self.rows("CPU, the server's included", plain.map(\.cpu), guest.map(\.cpu))
    }

    private func rows(_ what: String, _ plain: [Double], _ guest: [Double]) -> [Row] {
        let (library, seen) = (PulpBench.median(plain), PulpBench.median(guest))
        return [
            Row(what: "async-http-client alone: \(what)", value: library, unit: "us"),
            Row(what: "http_fetch, from the guest: \(what)", value: seen, unit: "us"),
            Row(what: "added: \(what)", value: seen - library, unit: "us"),
        ]
    }

    /// Microseconds for one request.
    private struct Cost {
        let latency: Double
        /// Of the whole process: unlike the latency, hardly longer on a machine that others use as well.
        let cpu: Double
    }

    private func measured(_ body: () async throws -> Void) async throws -> Cost {
        let (start, cpu) = (ContinuousClock.now, Self.processCPU())
        try await body()
        let requests = Double(self.requests)
        return Cost(
            latency: Double((ContinuousClock.now - start) / .nanoseconds(1)) / 1000 / requests,
            cpu: (Self.processCPU() - cpu) / requests)
    }

    private static func processCPU() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1000
    }

    private func fetchPlainly(_ url: String, _ client: HTTPClient, _ loop: any EventLoop) async throws {
        try await loop.flatSubmit { Self.fetch(self.requests, url, client, loop) }.get()
    }

    /// One request after the other, on the loop; each reads the URL, as a program does that is given one.
    private static func fetch(
        _ count: Int, _ url: String, _ client: HTTPClient, _ loop: any EventLoop
    ) -> EventLoopFuture<Void> {
        guard count > 0 else { return loop.makeSucceededVoidFuture() }
        do {
            let request = try HTTPClient.Request(url: url)
            let delegate = ResponseAccumulator(request: request)
            return client.execute(request: request, delegate: delegate, eventLoop: .delegate(on: loop)).futureResult
                .flatMap { _ in self.fetch(count - 1, url, client, loop) }
        } catch {
            return loop.makeFailedFuture(error)
        }
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
