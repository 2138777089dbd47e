import Foundation
import NIOCore
import NIOPosix
import PulpHTTPOutbound
import PulpTestSupport
import PulpTesting
import PulpWire
import Testing

@Suite("The capability", .serialized) struct ConformanceTests {
    @Test("stands whatever a guest does")
    func conformance() async throws {
        try await withServer { _, answer in
            answer.reply(200, [], "x")
        } _: { server async throws in
            let sample = HTTPFetchRequest(url: server.url).encodedBytes()
            var setting = PluginSetting.fetching()
            setting.memoryBytes = 65_536
            let report = try await CapabilityConformance.check(
                HTTPOutboundCapability.testing(), setting,
                samples: ["http_fetch": sample, "http_fetch_begin": sample],
                on: { MultiThreadedEventLoopGroup.singleton.next() })
            #expect(report.failures.isEmpty, "\(report.failures.prefix(10))")
            #expect(report.callCount > 500)
        }
    }

    @Test("leaves no descriptor, thread or memory behind after 1,000 lives")
    func cycles() async {
        // In a process of its own: other suites run beside this one, and what is weighed is the process.
        await #expect(processExitsWith: .success) { try await Self.cyclesAlone() }
    }

    private static func cyclesAlone() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        try await withServer { _, answer in
            answer.reply(200, [], "x")
        } _: { server async throws in
            func live() async throws {
                let harness = try await Harness(HTTPOutboundCapability.testing(), .fetching(), on: loop)
                #expect(try await harness.get(server.url).status == 0)
                #expect(try await harness.begin(server.url).status == 0)
                await harness.close()
            }
            for _ in 0..<50 { try await live() }
            #expect(await eventually { server.openCount == 0 })
            let before = Usage.now
            for _ in 0..<1_000 { try await live() }
            #expect(await eventually { server.openCount == 0 })
            #expect(await eventually { Usage.now.descriptors <= before.descriptors + 4 })
            let after = Usage.now
            #expect(after.threads <= before.threads + 8)
            #expect(after.residentBytes < before.residentBytes + 64 << 20)
        }
    }
}

/// What this process holds of the system.
struct Usage {
    let descriptors: Int
    let threads: Int
    let residentBytes: Int

    static var now: Usage {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        func number(_ key: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(key) } ?? ""
            return Int(line.filter(\.isNumber)) ?? 0
        }
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return Usage(
            descriptors: entries.count, threads: number("Threads:"), residentBytes: number("VmRSS:") * 1024)
    }
}
