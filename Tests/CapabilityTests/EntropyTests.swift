import PulpCapability
import PulpEntropy
import PulpTesting
import PulpWire
import Testing

@Suite struct EntropyTests {
    @Test("a guest gets as many bytes as it asked for", arguments: [1, 2, 255, 256, 32_768] as [UInt32])
    func bytes(count: UInt32) async throws {
        let harness = try await Harness(EntropyCapability(random: .seeded(1)))
        let reply = try await harness.query("entropy_read", EntropyRequest(count: count))
        #expect(reply.status == 0)
        let expected = try #require(RandomSource.seeded(1).bytes(Int(count)))
        #expect(try reply.decoded(as: EntropyResponse.self).bytes == expected)
    }

    @Test("65,536 bytes are the most")
    func most() async throws {
        var setting = PluginSetting()
        setting.memoryBytes = 1 << 17
        let harness = try await Harness(EntropyCapability(random: .seeded(1)), setting)
        let reply = try await harness.query("entropy_read", EntropyRequest(count: 65_536))
        #expect(reply.status == 0)
        // Map of one, key "bytes", bin 32.
        #expect(reply.bytes.prefix(12) == [0x81, 0xa5, 0x62, 0x79, 0x74, 0x65, 0x73, 0xc6, 0, 1, 0, 0])
        #expect(try reply.decoded(as: EntropyResponse.self).bytes.count == 65_536)
    }

    @Test("refusals have the reference's numbers, and leave the out-pair")
    func refusals() async throws {
        let harness = try await Harness(EntropyCapability(random: .seeded(1)))
        func status(_ bytes: [UInt8]) async throws -> Int32 {
            let reply = try await harness.query("entropy_read", bytes)
            #expect(reply.isPairUntouched)
            return reply.status
        }
        #expect(try await status([]) == 1)
        #expect(try await harness.call("entropy_read", 65_535, 2, 64, 68) == 2)
        #expect(try await status([0xc1]) == 3)
        #expect(try await status(record(["n": -1]).encodedBytes()) == 3)
        #expect(try await status(record(["n": 4_294_967_296]).encodedBytes()) == 3)
        #expect(try await status([0x80]) == 4)
        #expect(try await status(EntropyRequest(count: 0).encodedBytes()) == 4)
        #expect(try await status(EntropyRequest(count: 65_537).encodedBytes()) == 5)
        #expect(try await status(EntropyRequest(count: .max).encodedBytes()) == 5)
        let broken = try await Harness(EntropyCapability(random: .failing))
        #expect(try await broken.query("entropy_read", EntropyRequest(count: 1)).status == 6)
    }

    @Test(
        "an allocator that fails is 8, one that lies is 9",
        arguments: zip(FakeGuest.Allocator.allCases, [0, 8, 0, 0, 9, 9] as [Int32]))
    func allocators(allocator: FakeGuest.Allocator, expected: Int32) async throws {
        let harness = try await Harness(EntropyCapability(random: .seeded(1)))
        try await harness.withGuest { $0.allocator = allocator }
        let reply = try await harness.query("entropy_read", EntropyRequest(count: 16))
        #expect(reply.status == expected)
        #expect(reply.isPairUntouched == (expected != 0))
        if expected == 0 { #expect(try reply.decoded(as: EntropyResponse.self).bytes.count == 16) }
    }

    @Test("an out-pair outside the memory is 9, wherever it is")
    func pairs() async throws {
        let harness = try await Harness(EntropyCapability(random: .seeded(1)))
        let request = EntropyRequest(count: 16).encodedBytes()
        try await harness.withGuest { $0.write(request, at: 128) }
        for (pointer, count) in [(65_533, 64), (64, 65_533), (0xffff_ffff, 64), (64, 0xffff_fffd)] as [(UInt64, UInt64)]
        {
            #expect(try await harness.call("entropy_read", 128, UInt64(request.count), pointer, count) == 9)
        }
        #expect(try await harness.withGuest { $0.word(at: 64) } == 0)
    }

    @Test("the import stands every hostile guest")
    func conformance() async throws {
        let report = try await CapabilityConformance.check(
            EntropyCapability(random: .seeded(1)),
            samples: ["entropy_read": EntropyRequest(count: 32).encodedBytes()])
        #expect(report.failures.isEmpty, "\(report.failures)")
        #expect(report.callCount > 250)
    }
}

func record(_ value: MessagePackValue) -> MessagePackValue { value }
