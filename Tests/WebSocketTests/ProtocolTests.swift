import PulpTestSupport
import Testing

@Suite("The WebSocket protocol, through a guest that echoes")
struct ProtocolTests {
    @Test("keeps the well-known conformance cases", arguments: [InstancePolicy.count(1), .perCore, .perEvent])
    func cases(instances: InstancePolicy) async throws {
        var spec = try Fixture.spec("websocket")
        spec.instances = instances
        try await withSite([spec]) { site async throws in
            for example in ProtocolCases.all {
                let problem = try await Self.problem(example, at: site.address)
                #expect(problem == nil, "\(example)")
            }
            #expect(ProtocolCases.all.count > 150)
        }
    }

    /// What went wrong; nil when nothing did.
    private static func problem(_ example: ProtocolCase, at address: SocketAddress) async throws -> String? {
        let client = try await WebSocketClient.open(address)
        for bytes in example.sends {
            // The server may have closed already, which is what some cases are about.
            do { try await client.send(bytes) } catch { break }
        }
        for expected in example.echoes {
            guard let frame = try? await client.next() else { return "ended before \(expected)" }
            guard frame == expected else { return "\(frame) instead of \(expected)" }
        }
        switch example.ending {
        case .open:
            let answer = try await client.close()
            return answer?.code == 1000 ? nil : "closing gave \(String(describing: answer))"
        case .closed(let codes):
            let rest = await client.rest()
            guard rest.count == 1, let code = rest.first?.code, codes.contains(code) else {
                return "ended with \(rest)"
            }
        case .closedWithoutCode:
            let rest = await client.rest()
            guard rest == [Frame(8, [])] else { return "ended with \(rest)" }
        }
        await client.drop()
        return nil
    }

    @Test("hostile.md: refuses frames without a mask, lengths that lie, and what is no WebSocket at all")
    func hostileFrames() async throws {
        let cases: [(String, [UInt8], UInt16)] = [
            ("unmasked", WebSocketClient.bytes(.text("x"), isMasked: false), 1002),
            ("a 64-bit length with its highest bit", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4], 1002),
            (
                "the longest length there is", [0x82, 0xFF, 0x7F] + [UInt8](repeating: 0xFF, count: 7) + [1, 2, 3, 4],
                1002
            ),
            ("a gigantic length", [0x82, 0xFF, 0x3F] + [UInt8](repeating: 0xFF, count: 7) + [1, 2, 3, 4], 1009),
            ("a byte over the cap", [0x82, 0xFF, 0, 0, 0, 0, 0, 0x10, 0, 1, 1, 2, 3, 4], 1009),
            ("16 bits for what needs 7", [0x82, 0xFE, 0, 125, 1, 2, 3, 4], 1002),
            ("64 bits for what needs 16", [0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 1, 2, 3, 4], 1002),
            ("HTTP", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8), 1002),
            ("zeroes", [UInt8](repeating: 0, count: 4_096), 1002),
        ]
        try await withSite([Fixture.spec("websocket")]) { site async throws in
            for (what, bytes, code) in cases {
                let client = try await WebSocketClient.open(site.address)
                try await client.send(bytes)
                let rest = await client.rest()
                #expect(rest.map(\.code) == [code], "\(what)")
                await client.drop()
            }
            // The rest of the message counts against the cap too.
            let client = try await WebSocketClient.open(site.address)
            try await client.send(sent(Frame(2, [UInt8](repeating: 1, count: 1_048_576)), isFinal: false))
            try await client.send(sent(Frame(0, [1]), isFinal: true))
            #expect(await client.rest().map(\.code) == [1009])
            await client.drop()
        }
    }

    @Test("half a frame and silence, a flood of pings, garbage of every kind: the others are served")
    func floods() async throws {
        try await withSite([Fixture.spec("websocket")]) { site async throws in
            let half = try await WebSocketClient.open(site.address)
            try await half.send([0x81])
            let flood = try await WebSocketClient.open(site.address)
            let pings = (0..<20_000).flatMap { _ in sent(Frame(9, [1])) }
            try await flood.send(pings)
            var random = SeededRandom(seed: 7)
            for _ in 0..<50 {
                let garbage = try await WebSocketClient.open(site.address)
                try? await garbage.send((0..<200).map { _ in UInt8.random(in: 0...255, using: &random) })
                await garbage.drop()
            }
            let client = try await WebSocketClient.open(site.address)
            try await client.send("still here")
            #expect(try await client.text() == "still here")
            try await flood.send("after the flood")
            while try await flood.next() != .text("after the flood") {}
            try await half.send(Array(sent(.text("whole")).dropFirst()))
            #expect(try await half.text() == "whole")
            for each in [half, flood, client] { await each.drop() }
        }
    }
}
