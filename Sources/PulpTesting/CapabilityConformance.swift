import NIOCore
import PulpCapability

/// What every capability owes its host, whatever a guest does: tried on every import of its table.
///
/// Pointers and lengths at 0, at the end, past it and at 2^32-1; out-pairs that overlap or lie outside; allocators that
/// fail, lie, or move the memory; requests that are cut off or lie about their lengths. The host must not crash, every
/// status must be a documented one, what cannot have worked must not answer 0, and on an error the out-pair stays as
/// it was.
///
/// ```swift
/// let report = try await CapabilityConformance.check(Greeting(), samples: ["greet": request.encodedBytes()])
/// #expect(report.failures.isEmpty)
/// ```
public enum CapabilityConformance {
    /// What was tried and what went wrong.
    public struct Report: Sendable {
        /// Calls made.
        public fileprivate(set) var callCount = 0
        /// Empty for a sound capability.
        public fileprivate(set) var failures: [Failure] = []
    }

    /// A call that did not go as it must.
    public struct Failure: Hashable, Sendable, CustomStringConvertible {
        public let importName: String
        /// What was done.
        public let attempt: String
        /// What came of it.
        public let finding: String

        public var description: String { "\(self.importName), \(self.attempt): \(self.finding)" }
    }

    /// Tries every import of the capability's table.
    ///
    /// Each import has a session of its own. What it does outside the guest it does for real: hand the capability
    /// parts that are made for tests.
    /// - Parameters:
    ///   - capability: What to try.
    ///   - setting: The plugin that it is opened for.
    ///   - samples: For each import, a request that it answers with 0. Without one the import is only refused things.
    ///   - loop: Makes the loop for an import; testing loops as it stands.
    /// - Returns: What was tried and what went wrong.
    /// - Throws: What the capability throws when it is opened.
    public static func check<Provider: Capability>(
        _ capability: Provider, _ setting: PluginSetting = PluginSetting(), samples: [String: [UInt8]] = [:],
        on loop: () -> (any EventLoop)? = { nil }
    ) async throws -> Report {
        var report = Report()
        report.failures = Self.tableFailures(Provider.imports.map(\.signature))
        for signature in Provider.imports.map(\.signature) {
            let harness = try await Harness(capability, setting, on: loop())
            let attempts = Attempts(
                signature, memoryBytes: UInt64(setting.memoryBytes), sample: samples[signature.name])
            for attempt in attempts.all {
                report.callCount += 1
                let findings = try await harness.findings(attempt, signature)
                report.failures += findings.map {
                    Failure(importName: signature.name, attempt: attempt.name, finding: $0)
                }
            }
            try await harness.endInstance()
            await harness.close()
        }
        return report
    }

    private static func tableFailures(_ signatures: [ImportSignature]) -> [Failure] {
        var names: Set<String> = []
        return signatures.filter { !names.insert("\($0.module).\($0.name) \($0.parameters.map(\.type))").inserted }.map
        {
            Failure(importName: $0.name, attempt: "table", finding: "the name is there twice with the same shape")
        }
    }
}

extension Harness {
    /// Longer than anything a handler schedules.
    private static let longTime = TimeAmount.hours(24)
    /// Turns that a handler with a task of its own is given before its guest is dropped.
    private static let patience = 200

    /// Makes one attempt; what was wrong with how it went.
    fileprivate func findings(_ attempt: Attempt, _ signature: ImportSignature) async throws -> [String] {
        try await self.withGuest { guest in
            guest.reset(to: attempt.fill)
            guest.allocator = attempt.allocator
        }
        try await self.place(attempt.request)
        let pending = try await self.start(signature.name, words: attempt.words)
        guard let status = try await self.patientResult(of: pending) else { return [] }
        var findings: [String] = []
        if !signature.statuses.isEmpty, signature.result != nil, signature.statuses[status] == nil {
            findings.append("status \(status) is not in the documentation")
        }
        if attempt.expectation == .refused, status == 0 { findings.append("status 0 for what cannot have worked") }
        if attempt.expectation == .done, status != 0 { findings.append("status \(status) for a sound request") }
        if attempt.hasPair {
            let reply = try await self.withGuest { $0.reply(status) }
            let (pair, memory) = try await self.withGuest { ($0.pair, $0.read(.max, at: 0).count) }
            if status != 0, !reply.isPairUntouched { findings.append("the out-pair was written in spite of an error") }
            if status == 0, reply.isPairUntouched { findings.append("status 0, but the out-pair was not written") }
            if status == 0, !reply.isPairUntouched, Int(pair.pointer) + Int(pair.count) > memory {
                findings.append("the answer is not inside the memory")
            }
        }
        return findings
    }

    /// The result of a call that may sleep for ever; nil, and the guest dropped, when it does.
    private func patientResult(of pending: PendingCall) async throws -> Int32? {
        if let result = pending.result { return result }
        await self.advance(by: Self.longTime)
        for _ in 0..<Self.patience where pending.result == nil { await Task.yield() }
        if pending.result == nil { try await self.abandon() }
        return pending.result
    }
}

extension FakeGuest {
    fileprivate var pair: (pointer: UInt32, count: UInt32) {
        let pointer = Int(Harness.pairPointer)
        return (self.word(at: pointer), self.word(at: pointer + 4))
    }
}
