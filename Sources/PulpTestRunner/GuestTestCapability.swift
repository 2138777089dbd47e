import NIOCore
import Pulp
import PulpCapability
import PulpWire

/// What a test module may ask of its host: two functions, the module `pulp_test`.
///
/// The records are read by whoever runs the test, not here.
struct GuestTestCapability: Capability {
    static let id: CapabilityID = "pulp.test"

    static let imports: [HostImport<GuestTestCapability>] = [
        .words(ImportSignature(module: "pulp_test", "declare", [.init("ptr"), .init("len")])) { capability, call in
            guard let bytes = Self.bytes(call) else { return Status.readFailed.rawValue }
            capability.declared(bytes)
            return Status.ok.rawValue
        },
        .suspendingWords(
            ImportSignature(
                module: "pulp_test", "step",
                [.init("req_ptr"), .init("req_len"), .init("resp_ptr_out"), .init("resp_len_out")])
        ) { capability, call in capability.step(call) },
    ]

    /// Told of the tests that there are.
    let declared: @Sendable ([UInt8]) -> Void
    /// Given each step; whoever takes it answers it once.
    let called: @Sendable (StepCall) -> Void

    private static func bytes(_ call: borrowing GuestCall) -> [UInt8]? {
        guard Int(call.word(1)) <= call.caller.scope.maximumMessageBytes else { return nil }
        return call.bytes(at: call.word(0), count: call.word(1))
    }

    private func step(_ call: borrowing GuestCall) -> SuspendedImport {
        let caller = call.caller
        guard let bytes = Self.bytes(call) else {
            return SuspendedImport(caller: caller, result: Status.readFailed.rawValue)
        }
        let suspended = SuspendedImport(caller: caller) {}
        let (bound, loop) = (NIOLoopBound(suspended, eventLoop: caller.eventLoop), caller.eventLoop)
        self.called(
            StepCall(bytes: bytes) { reply in
                loop.execute { bound.value.resume { reply.write(to: &$0) } }
            })
        return suspended
    }
}

/// One step that a test wants done, while its guest sleeps.
struct StepCall: Sendable {
    let bytes: [UInt8]
    /// To be called once, from anywhere.
    let reply: @Sendable (StepReply) -> Void
}

/// What a test's guest is told.
enum StepReply: Sendable {
    case done([UInt8])
    /// The test is over: its guest does not run any further.
    case over

    fileprivate func write(to call: inout GuestCall) -> Int32 {
        switch self {
        case .done(let bytes): return call.answer(bytes, BoundaryStatuses())
        case .over:
            call.caller.exit(0)
            return Status.operationFailed.rawValue
        }
    }
}
