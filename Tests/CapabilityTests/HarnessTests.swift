import NIOCore
import NIOPosix
import PulpCapability
import PulpTesting
import PulpWire
import Synchronization
import Testing

/// A capability that does what one may do, right or wrong as it is told.
private struct Sample: Capability {
    static let id: CapabilityID = "test.sample"
    static let imports: [HostImport<Self>] = [
        .query("double", statuses: [4: "n is 0"]) { (_, request: EntropyRequest, _) in
            guard request.count > 0 else { throw CapabilityError(.operationFailed, "n is 0") }
            return EntropyRequest(count: request.count &* 2)
        },
        .suspendingQuery("slow_double") { (sample, request: EntropyRequest, _) in
            if sample.sleepsForEver { try await Task.sleep(for: .seconds(3_600)) }
            return EntropyRequest(count: request.count &* 2)
        },
        .words(ImportSignature("answer", [.init("ptr"), .init("len")], statuses: [0: "done"])) { sample, call in
            sample.isHonest ? Status.notGranted.rawValue : 0
        },
        .words(
            ImportSignature("store", ["req_ptr", "req_len", "resp_ptr_out", "resp_len_out"].map { .init($0) })
        ) { sample, call in
            guard !sample.isHonest else { return 1 }
            _ = call.store(UInt32(0xffff_ffff), at: call.word(2))
            _ = call.store(UInt32(1), at: call.word(3))
            return call.word(1) == 1 ? 5 : 0
        },
    ]

    var isHonest = true
    var sleepsForEver = false
    var log: CallLog?

    func instanceEnded(_ instance: InstanceID, in session: Self) { self.log?.add("ended \(instance)") }
    func close(_ session: Self) { self.log?.add("closed") }
}

private final class CallLog: Sendable {
    private let entries = Mutex<[String]>([])
    var all: [String] { self.entries.withLock { $0 } }
    func add(_ entry: String) { self.entries.withLock { $0.append(entry) } }
}

@Suite struct HarnessTests {
    @Test("records go in and come out through the table that the runtime links")
    func query() async throws {
        let harness = try await Harness(Sample())
        let reply = try await harness.query("double", EntropyRequest(count: 21))
        #expect(reply.status == 0)
        #expect(try reply.decoded(as: EntropyRequest.self).count == 42)
        let refused = try await harness.query("double", EntropyRequest(count: 0))
        #expect(refused.status == 4)
        #expect(refused.isPairUntouched)
        #expect(refused.bytes.isEmpty)
        #expect(harness.logs.lines.last?.metadata["reason"] == "n is 0")
    }

    @Test("a handler that waits is waited for, on a testing loop and on a real one")
    func suspending() async throws {
        for loop in [nil, MultiThreadedEventLoopGroup.singleton.next() as any EventLoop] {
            let harness = try await Harness(Sample(), on: loop)
            let reply = try await harness.query("slow_double", EntropyRequest(count: 4))
            #expect(try reply.decoded(as: EntropyRequest.self).count == 8)
            #expect(try await harness.query("slow_double", [0xc1]).status == 3)
        }
    }

    @Test("a guest can be dropped while it sleeps")
    func abandoning() async throws {
        let harness = try await Harness(Sample(sleepsForEver: true))
        try await harness.withGuest { $0.write(EntropyRequest(count: 1).encodedBytes(), at: 128) }
        let call = try await harness.start("slow_double", words: [128, 8, 64, 68])
        #expect(call.result == nil)
        try await harness.abandon()
        await #expect(throws: CancellationError.self) { try await call.value() }
    }

    @Test("the life of a session is told to the capability")
    func life() async throws {
        let log = CallLog()
        let harness = try await Harness(Sample(log: log))
        try await harness.endInstance()
        await harness.close()
        #expect(log.all == ["ended 1", "closed"])
    }

    @Test("a name that is not in the table is an error that lists those that are")
    func unknownName() async throws {
        let harness = try await Harness(Sample())
        let error = await #expect(throws: HarnessError.self) { try await harness.call("duoble") }
        #expect(error?.description.contains("slow_double") == true)
        await #expect(throws: HarnessError.self) {
            try await harness.start("double", words: [UInt64](repeating: 0, count: 13))
        }
    }

    @Test("a guest's memory can move under a handler that allocates")
    func moving() async throws {
        let harness = try await Harness(Sample())
        try await harness.withGuest { $0.allocator = .moving }
        let reply = try await harness.query("double", EntropyRequest(count: 21))
        #expect(try reply.decoded(as: EntropyRequest.self).count == 42)
        #expect(try await harness.withGuest { $0.read(.max, at: 0).count } == 65_536 * 2)
    }

    @Test("the fake guest's own reads and writes stay inside its memory")
    func guestBounds() async throws {
        let harness = try await Harness(Sample())
        try await harness.withGuest { guest in
            guest.write([1, 2, 3, 4], at: 65_534)
            guest.write([9], at: -1)
        }
        #expect(try await harness.withGuest { $0.read(100, at: 65_534) } == [1, 2])
        #expect(try await harness.withGuest { $0.read(1, at: 70_000) } == [])
        #expect(try await harness.withGuest { $0.read(-1, at: -5) } == [])
        #expect(try await harness.withGuest { $0.allocate(-1) } == nil)
        #expect(try await harness.withGuest { $0.allocate(.max) } == nil)
    }

    @Test("conformance has nothing to say about an honest capability")
    func honest() async throws {
        let sample = EntropyRequest(count: 3).encodedBytes()
        let report = try await CapabilityConformance.check(
            Sample(), samples: ["double": sample, "slow_double": sample])
        let others = report.failures.filter { $0.importName != "answer" }
        #expect(others.isEmpty, "\(others)")
        // Its status is not in its own list: the one thing to say.
        #expect(report.failures.allSatisfy { $0.finding == "status 99 is not in the documentation" })
        #expect(!report.failures.isEmpty)
    }

    @Test("conformance finds what a dishonest capability does")
    func dishonest() async throws {
        let report = try await CapabilityConformance.check(Sample(isHonest: false))
        let findings = Set(report.failures.map { "\($0.importName): \($0.finding)" })
        #expect(findings.contains("answer: status 0 for what cannot have worked"))
        #expect(findings.contains("store: the out-pair was written in spite of an error"))
        #expect(findings.contains("store: the answer is not inside the memory"))
    }

    @Test("conformance finds a sample that is refused, and one name for two imports")
    func badTable() async throws {
        let report = try await CapabilityConformance.check(
            Sample(), samples: ["double": EntropyRequest(count: 0).encodedBytes()])
        #expect(report.failures.contains { $0.importName == "double" && $0.finding == "status 4 for a sound request" })
        let twins = try await CapabilityConformance.check(Twins())
        #expect(twins.failures.map(\.finding) == ["the name is there twice with the same shape"])
    }

    @Test("an event to a plugin that is not ready is finished at once")
    func sink() {
        let sink = CollectingSink(.restarting)
        let event = Event()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        sink.deliver(event, from: loop, to: nil)
        #expect(event.outcomes.all == ["the plugin is restarting after a crash"])
        sink.availability = .ready
        sink.deliver(event, from: loop, to: InstanceID(number: 4))
        #expect(sink.deliveries.map(\.instance) == [InstanceID(number: 4)])
        #expect(sink.deliveries.first?.payload == [0xc0])
    }
}

private struct Twins: Capability {
    static let id: CapabilityID = "test.twins"
    static let imports: [HostImport<Self>] = (0..<2).map { _ in
        .words(ImportSignature("twin", [])) { _, _ in 0 }
    }
}

private final class Event: GuestEvent {
    let outcomes = CallLog()
    var kind: StepEventKind { .httpRequest }

    func writePayload(into writer: inout MessagePackWriter) { writer.writeNil() }

    func finished(_ outcome: StepOutcome) {
        if case .failed(let failure) = outcome { self.outcomes.add(failure.description) }
    }
}
