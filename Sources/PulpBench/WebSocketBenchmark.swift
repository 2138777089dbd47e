import Foundation
import Synchronization

/// Measures WebSockets: echo through a guest against the same echo in Swift, idle sockets, one message to a thousand.
package struct WebSocketBenchmark: Sendable {
    package var manifest: String
    package var rounds = 5
    package var seconds = 3
    package var connections = 32
    package var idleConnections = 10_000
    package var threads = 1
    private let payload = "the quick brown fox jumps over the lazy dog"

    package init(manifest: String) {
        self.manifest = manifest
    }

    package func run(progress: (String) -> Void) async throws -> [FootprintBenchmark.Row] {
        OpenFiles.raiseLimit()
        var rows = try await self.echo(progress)
        progress("one message to 1,000 sockets")
        rows += try await self.fanOut()
        progress("memory of \(self.idleConnections) idle sockets")
        rows += try await self.idle()
        return rows
    }

    private func server(_ kind: WebSocketServer) throws -> ServerProcess {
        try ServerProcess([
            "bench", "serve", kind.rawValue, "--manifest", self.manifest, "--threads", "\(self.threads)",
        ])
    }

    /// Native and guest in turn, each in a process of its own, under the same clients.
    private func echo(_ progress: (String) -> Void) async throws -> [FootprintBenchmark.Row] {
        var (perSecond, cpu): ([WebSocketServer: [Double]], [WebSocketServer: [Double]]) = ([:], [:])
        for round in 0..<self.rounds {
            for kind in WebSocketServer.allCases {
                progress("echo, round \(round + 1), \(kind.rawValue)")
                let (rate, cost) = try await self.echoOnce(kind)
                perSecond[kind, default: []].append(rate)
                cpu[kind, default: []].append(cost)
            }
        }
        let rates = perSecond.mapValues { PulpBench.median($0) }
        let costs = cpu.mapValues { PulpBench.median($0) }
        func value(_ table: [WebSocketServer: Double], _ kind: WebSocketServer) -> Double { table[kind] ?? .nan }
        return [
            .init(what: "echo, native Swift", value: value(rates, .native), unit: "messages/s"),
            .init(what: "echo, guest", value: value(rates, .guest), unit: "messages/s"),
            .init(what: "echo, guest of native", value: 100 * value(rates, .guest) / value(rates, .native), unit: "%"),
            .init(what: "echo, native Swift: server's CPU", value: value(costs, .native), unit: "us/message"),
            .init(what: "echo, guest: server's CPU", value: value(costs, .guest), unit: "us/message"),
        ]
    }

    private func echoOnce(_ kind: WebSocketServer) async throws -> (perSecond: Double, cpu: Double) {
        let process = try self.server(kind)
        defer { process.stop() }
        let load = WebSocketLoad(threads: 1)
        try await load.open(self.connections, port: process.port, payload: self.payload)
        try await load.startEcho()
        try await Task.sleep(for: .milliseconds(300))
        let (before, cpuBefore) = (load.counts.frames.load(ordering: .relaxed), process.cpuMicroseconds())
        let start = ContinuousClock.now
        try await Task.sleep(for: .seconds(self.seconds))
        let count = Double(load.counts.frames.load(ordering: .relaxed) - before)
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let cpu = process.cpuMicroseconds() - cpuBefore
        await load.close()
        guard count > 0 else { throw BenchProblem("\(kind.rawValue) echoed nothing") }
        return (count / elapsed, cpu / count)
    }

    /// From the message that asks for it to the last of a thousand answers.
    private func fanOut() async throws -> [FootprintBenchmark.Row] {
        let count = 1_000
        let process = try self.server(.guest)
        defer { process.stop() }
        let load = WebSocketLoad(threads: 1)
        try await load.open(count, port: process.port, payload: self.payload)
        var rows: [FootprintBenchmark.Row] = []
        for (name, command) in [("ws_send to each", "!all "), ("ws_send_many", "!many ")] {
            var (times, cpus): ([Double], [Double]) = ([], [])
            for _ in 0..<50 {
                let (before, cpuBefore) = (load.counts.frames.load(ordering: .relaxed), process.cpuMicroseconds())
                let start = ContinuousClock.now
                try await load.send(command + self.payload, on: load.channels[0])
                while load.counts.frames.load(ordering: .relaxed) < before + count { await Task.yield() }
                times.append((ContinuousClock.now - start) / .milliseconds(1))
                cpus.append((process.cpuMicroseconds() - cpuBefore) / 1_000)
            }
            rows.append(.init(what: "1 message to 1,000 sockets, \(name)", value: PulpBench.median(times), unit: "ms"))
            rows.append(
                .init(
                    what: "  server's CPU, mean", value: cpus.reduce(0, +) / Double(cpus.count), unit: "ms"))
        }
        await load.close()
        return rows
    }

    private func idle() async throws -> [FootprintBenchmark.Row] {
        let process = try self.server(.guest)
        defer { process.stop() }
        let load = WebSocketLoad(threads: 1)
        // What the first hundred set up is not any socket's own.
        let warm = WebSocketLoad(threads: 1)
        try await warm.open(100, port: process.port, payload: self.payload)
        try await Task.sleep(for: .seconds(1))
        let before = process.residentBytes()
        try await load.open(self.idleConnections, port: process.port, payload: self.payload)
        try await Task.sleep(for: .seconds(2))
        let each = Double(process.residentBytes() - before) / Double(self.idleConnections)
        await load.close()
        await warm.close()
        return [
            .init(what: "memory per idle socket, \(self.idleConnections) of them", value: each / 1_024, unit: "KiB")
        ]
    }
}
