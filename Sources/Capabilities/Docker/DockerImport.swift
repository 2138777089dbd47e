import NIOCore
import PulpCapability
import PulpWire

/// The shapes of this capability's imports: the guest sleeps while a task talks to the engine, bounded in number and by
/// the call's deadline, and cancelled when the guest is dropped.
extension HostImport where Session == DockerSession {
    typealias Work<Request, Answer> = @Sendable (DockerSession, Request, NIODeadline) async throws -> Answer

    /// The statuses that all functions share.
    private static var statuses: [Int32: String] {
        [
            0: "done", 1: "a field is invalid, or not allowed", 2: "request outside the memory",
            3: "request empty or not decodable", 4: "the engine failed or refused, or a limit is reached",
            6: "no such container of this plugin", 10: "the engine is not there", 99: "not granted",
        ]
    }

    private static var answering: [Int32: String] {
        Self.statuses.merging(
            [
                5: "answer not encodable", 7: "`pulp_alloc` gave no room", 8: "answer or out-pair outside the memory",
            ]
        ) { $1 }
    }

    private static func signature(_ name: String, _ words: [String], _ summary: String, _ statuses: [Int32: String])
        -> ImportSignature
    {
        ImportSignature(name, words.map { ImportSignature.Parameter($0) }, summary: summary, statuses: statuses)
    }

    /// `(ptr, len) -> status`.
    static func asking<Request: WireDecodable & Sendable>(
        _ name: String, _ summary: String, more: [Int32: String] = [:], _ work: @escaping Work<Request, Void>
    ) -> Self {
        let signature = Self.signature(name, ["ptr", "len"], summary, Self.statuses.merging(more) { $1 })
        return .waiting(signature, absent: nil, work) { _, _ in Status.ok.rawValue }
    }

    /// `(req_ptr, req_len, resp_ptr_out, resp_len_out) -> status` with MessagePack both ways.
    static func querying<Request: WireDecodable & Sendable, Answer: WireEncodable & Sendable>(
        _ name: String, _ summary: String, _ work: @escaping Work<Request, Answer>
    ) -> Self {
        let words = ["req_ptr", "req_len", "resp_ptr_out", "resp_len_out"]
        return .waiting(Self.signature(name, words, summary, Self.answering), absent: nil, work) {
            $0.answer($1, .init())
        }
    }

    /// As ``querying(_:_:_:)`` with bytes for an answer.
    static func reading<Request: WireDecodable & Sendable>(
        _ name: String, _ summary: String, _ work: @escaping Work<Request, [UInt8]>
    ) -> Self {
        let words = ["req_ptr", "req_len", "resp_ptr_out", "resp_len_out"]
        return .waiting(Self.signature(name, words, summary, Self.answering), absent: nil, work) {
            $0.answer($1, .init())
        }
    }

    /// As ``querying(_:_:_:)`` with a request that may be empty, and a list whose being empty is (0, 0).
    static func listing<Request: WireDecodable & Sendable, Element>(
        _ name: String, _ summary: String, absent: Request, emptyIsNothing: Bool = false,
        _ work: @escaping Work<Request, DockerList<Element>>
    ) -> Self {
        let words = ["opt_ptr", "opt_len", "resp_ptr_out", "resp_len_out"]
        return .waiting(Self.signature(name, words, summary, Self.answering), absent: absent, work) { call, list in
            emptyIsNothing && list.elements.isEmpty ? call.answer([], .init()) : call.answer(list, .init())
        }
    }

    /// As ``querying(_:_:_:)`` without looking at the request, not even at where it is.
    static func telling<Answer: WireEncodable & Sendable>(
        _ name: String, _ summary: String,
        _ work: @escaping @Sendable (DockerSession, NIODeadline) async throws -> Answer
    ) -> Self {
        let words = ["ignored_ptr", "ignored_len", "resp_ptr_out", "resp_len_out"]
        return .suspendingWords(Self.signature(name, words, summary, Self.answering)) { session, call in
            Self.suspend(session, call.caller, name, (), { try await work($0, $2) }, { $0.answer($1, .init()) })
        }
    }

    private static func waiting<Request: WireDecodable & Sendable, Answer: Sendable>(
        _ signature: ImportSignature, absent: Request?, _ work: @escaping Work<Request, Answer>,
        _ answer: @escaping @Sendable (inout GuestCall, Answer) -> Int32
    ) -> Self {
        .suspendingWords(signature) { session, call in
            let caller = call.caller
            do throws(CapabilityError) {
                let request = try call.request(absent: absent)
                return Self.suspend(session, caller, signature.name, request, work, answer)
            } catch {
                session.report(signature.name, error)
                return SuspendedImport(caller: caller, result: error.status.rawValue)
            }
        }
    }

    private static func suspend<Request: Sendable, Answer: Sendable>(
        _ session: DockerSession, _ caller: any GuestCaller, _ name: String, _ request: Request,
        _ work: @escaping Work<Request, Answer>, _ answer: @escaping @Sendable (inout GuestCall, Answer) -> Int32
    ) -> SuspendedImport {
        let handle = TaskHandle()
        let suspended = SuspendedImport(caller: caller) { handle.task?.cancel() }
        let bound = NIOLoopBound(suspended, eventLoop: caller.eventLoop)
        let loop = caller.eventLoop
        let deadline = session.deadline(of: caller)
        handle.task = session.calls.start {
            do {
                session.begin()
                let result = try await work(session, request, deadline)
                loop.execute { bound.value.resume { answer(&$0, result) } }
            } catch {
                let refusal = session.refusal(error)
                session.report(name, refusal)
                loop.execute { bound.value.resume { _ in refusal.status.rawValue } }
            }
        }
        guard handle.task == nil else { return suspended }
        session.report(
            name,
            CapabilityError(
                .operationFailed, "\(name): too many calls wait for the engine; raise calls in [limits.spawn.docker]"))
        return SuspendedImport(caller: caller, result: Status.operationFailed.rawValue)
    }
}

/// Ties the task to the closure that cancels it, made before it.
private final class TaskHandle {
    var task: Task<Void, Never>?
}

extension GuestCall {
    /// The request in words 0 and 1; `absent` when it has no bytes and that is allowed.
    fileprivate func request<Request: WireDecodable & Sendable>(
        absent: Request?
    ) throws(CapabilityError) -> Request {
        let (pointer, count) = (self.word(0), self.word(1))
        guard count > 0 else {
            guard let absent else { throw CapabilityError(.decodeFailed, "") }
            return absent
        }
        guard Int(count) <= self.caller.scope.maximumMessageBytes,
            let decoded = self.withBytes(
                at: pointer, count: count, { bytes in Result { try Request(decoding: bytes) } })
        else { throw CapabilityError(.readFailed, "") }
        guard case .success(let request) = decoded else { throw CapabilityError(.decodeFailed, "") }
        return request
    }
}
