import PulpTesting
import Testing

@testable import PulpWASI

@Suite struct WASIDescriptorTests {
    @Test("a stream is a character device that wasi-libc takes for a terminal")
    func status() async throws {
        let wasi = try await WASIHarness()
        try await wasi.harness.withGuest { $0.reset(to: 0xff) }
        let common: UInt64 = 1 << 3 | 1 << 21 | 1 << 27
        for (descriptor, rights) in [(UInt64(0), common | 1 << 1), (1, common | 1 << 6), (2, common | 1 << 6)] {
            #expect(try await wasi.call("fd_fdstat_get", descriptor, 100) == 0)
            let expected: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0] + little(rights) + little(UInt64(0)) + [0xff]
            #expect(try await wasi.bytes(at: 100, count: 25) == expected)
            #expect(rights & (1 << 2 | 1 << 5) == 0)
        }
        #expect(try await wasi.call("fd_fdstat_get", 1, 65_536 - 23) == 21)
        #expect(try await wasi.call("fd_fdstat_get", 3, 100) == 8)
    }

    @Test("a stream's file status has 64 bytes")
    func fileStatus() async throws {
        let wasi = try await WASIHarness()
        try await wasi.harness.withGuest { $0.reset(to: 0xff) }
        #expect(try await wasi.call("fd_filestat_get", 2, 100) == 0)
        var expected = [UInt8](repeating: 0, count: 64)
        expected[16] = 2
        expected[24] = 1
        #expect(try await wasi.bytes(at: 100, count: 65) == expected + [0xff])
        #expect(try await wasi.call("fd_filestat_get", 2, 65_536 - 63) == 21)
        #expect(try await wasi.call("fd_filestat_get", 9, 100) == 8)
    }

    @Test("flags are remembered, unknown ones refused")
    func flags() async throws {
        let wasi = try await WASIHarness()
        #expect(try await wasi.call("fd_fdstat_set_flags", 1, 5) == 0)
        #expect(try await wasi.call("fd_fdstat_get", 1, 100) == 0)
        #expect(try await wasi.bytes(at: 102, count: 2) == [5, 0])
        #expect(try await wasi.call("fd_fdstat_set_flags", 1, 32) == 28)
        #expect(try await wasi.call("fd_fdstat_set_flags", 1, 0xffff_ffff) == 28)
        #expect(try await wasi.call("fd_fdstat_set_flags", 3, 0) == 8)
    }

    @Test("rights can be given up and not taken")
    func rights() async throws {
        let wasi = try await WASIHarness()
        #expect(try await wasi.call("fd_fdstat_set_rights", 1, 1 << 2, 0) == 76)
        #expect(try await wasi.call("fd_fdstat_set_rights", 1, 1 << 6, 1) == 76)
        #expect(try await wasi.call("fd_fdstat_set_rights", 1, 1 << 21, 0) == 0)
        #expect(try await wasi.write("no\n") == 8)
        #expect(try await wasi.call("fd_fdstat_set_rights", 1, 1 << 6, 0) == 76)
        #expect(try await wasi.call("fd_fdstat_set_rights", 3, 0, 0) == 8)
        #expect(wasi.harness.logs.lines.isEmpty)
    }

    @Test("a closed stream is gone, for this instance")
    func closing() async throws {
        let wasi = try await WASIHarness()
        #expect(try await wasi.call("fd_close", 1) == 0)
        #expect(try await wasi.call("fd_close", 1) == 8)
        #expect(try await wasi.write("no\n") == 8)
        #expect(try await wasi.call("fd_seek", 1, 0, 0, 0) == 8)
        #expect(try await wasi.call("fd_close", 3) == 8)
        try await wasi.harness.endInstance()
        #expect(try await wasi.write("a new instance\n") == 0)
    }

    @Test("standard error renumbered to 1 writes as standard error")
    func renumbering() async throws {
        let wasi = try await WASIHarness()
        #expect(try await wasi.call("fd_renumber", 2, 1) == 0)
        #expect(try await wasi.write("moved\n") == 0)
        #expect(wasi.harness.logs.lines.first?.metadata["stream"] == "stderr")
        #expect(try await wasi.write("no\n", to: 2) == 8)
        #expect(try await wasi.call("fd_renumber", 1, 2) == 8)
        #expect(try await wasi.call("fd_renumber", 1, 1) == 0)
        #expect(try await wasi.call("fd_renumber", 1, 0xffff_ffff) == 8)
    }

    @Test("the table behaves as a model of it under random operations")
    func model() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<200 {
            var table = DescriptorTable()
            var model: [UInt32: Descriptor.Stream] = [0: .input, 1: .output, 2: .error]
            for _ in 0..<20 {
                let numbers: [UInt32] = [0, 1, 2, 3, .max]
                let (left, right) = (numbers.randomElement(using: &random), numbers.randomElement(using: &random))
                guard let left, let right else { continue }
                if Bool.random(using: &random) {
                    #expect(table.close(left) == (model[left] == nil ? .badf : .success))
                    model[left] = nil
                } else if let moved = model[left], model[right] != nil {
                    #expect(table.renumber(left, to: right) == .success)
                    model[left] = nil
                    model[right] = moved
                } else {
                    #expect(table.renumber(left, to: right) == .badf)
                }
                for number in numbers { #expect(table[number]?.stream == model[number]) }
            }
        }
    }
}
