import Logging
import PulpWire

/// The shapes that nearly all imports have. The guest boundary exists once, here: bounds, decoding, the handler,
/// encoding, the guest's allocator, the out-pair, and the mapping of errors to statuses.
extension HostImport {
    /// `(ptr, len) -> status` with a MessagePack request.
    public static func command<Request: WireDecodable & SendableMetatype>(
        _ name: String, summary: String = "", statuses: [Int32: String] = [:], boundary: BoundaryStatuses = .init(),
        _ handler: @escaping @Sendable (Session, Request, any GuestCaller) throws -> Void
    ) -> Self {
        Self(
            .command(name, summary, statuses, boundary),
            .plain { session, call in
                call.receive(boundary) { (request: Request, caller) in try handler(session, request, caller) }
            })
    }

    /// `(ptr, len) -> status` with raw bytes, lent for the length of the call.
    public static func bytesCommand(
        _ name: String, summary: String = "", statuses: [Int32: String] = [:], boundary: BoundaryStatuses = .init(),
        _ handler: @escaping @Sendable (Session, RawSpan, any GuestCaller) throws -> Void
    ) -> Self {
        Self(
            .command(name, summary, statuses, boundary),
            .plain { session, call in
                call.receiveBytes(boundary) { (bytes, caller) throws(CapabilityError) in
                    do {
                        try handler(session, bytes, caller)
                    } catch {
                        throw CapabilityError(wrapping: error, boundary)
                    }
                }
            })
    }

    /// `(ptr, len) -> status` with UTF-8 text; malformed text is repaired.
    public static func textCommand(
        _ name: String, summary: String = "", statuses: [Int32: String] = [:], boundary: BoundaryStatuses = .init(),
        _ handler: @escaping @Sendable (Session, String, any GuestCaller) throws -> Void
    ) -> Self {
        Self(
            .command(name, summary, statuses, boundary, decodes: false),
            .plain { session, call in
                call.receiveBytes(boundary) { (bytes, caller) throws(CapabilityError) in
                    do {
                        try handler(session, String(decoding: [UInt8](copying: bytes), as: UTF8.self), caller)
                    } catch {
                        throw CapabilityError(wrapping: error, boundary)
                    }
                }
            })
    }

    /// `(req_ptr, req_len, resp_ptr_out, resp_len_out) -> status` with MessagePack both ways.
    public static func query<Request: WireDecodable & SendableMetatype, Response: WireEncodable & SendableMetatype>(
        _ name: String, summary: String = "", statuses: [Int32: String] = [:], boundary: BoundaryStatuses = .init(),
        _ handler: @escaping @Sendable (Session, Request, any GuestCaller) throws -> Response
    ) -> Self {
        Self(
            .query(name, summary, statuses, boundary),
            .plain { session, call in
                var response: Response?
                let status = call.receive(boundary) { (request: Request, caller) in
                    response = try handler(session, request, caller)
                }
                guard let response else { return status }
                return call.answer(response, boundary)
            })
    }

    /// ``query(_:summary:statuses:boundary:_:)`` whose handler may wait: the guest sleeps, its loop goes on. The
    /// handler's task is cancelled when the guest ends before.
    public static func suspendingQuery<Request: WireDecodable & Sendable, Response: WireEncodable & Sendable>(
        _ name: String, summary: String = "", statuses: [Int32: String] = [:], boundary: BoundaryStatuses = .init(),
        _ handler: @escaping @Sendable (Session, Request, PluginScope) async throws -> Response
    ) -> Self where Session: Sendable {
        Self(
            .query(name, summary, statuses, boundary),
            .suspending { session, call in
                call.suspend(boundary) { (request: Request, scope) in
                    try await handler(session, request, scope)
                } answer: {
                    $0.answer($1, boundary)
                }
            })
    }

    /// ``command(_:summary:statuses:boundary:_:)`` whose handler may wait.
    public static func suspendingCommand<Request: WireDecodable & Sendable>(
        _ name: String, summary: String = "", statuses: [Int32: String] = [:], boundary: BoundaryStatuses = .init(),
        _ handler: @escaping @Sendable (Session, Request, PluginScope) async throws -> Void
    ) -> Self where Session: Sendable {
        Self(
            .command(name, summary, statuses, boundary),
            .suspending { session, call in
                call.suspend(boundary) { (request: Request, scope) in
                    try await handler(session, request, scope)
                } answer: {
                    _, _ in
                    Status.ok.rawValue
                }
            })
    }
}

extension CapabilityError {
    /// Any error of a handler as a status and a sentence.
    init(wrapping error: any Error, _ boundary: BoundaryStatuses) {
        switch error {
        case let error as CapabilityError: self = error
        case let error as WireError: self.init(boundary.undecodable, "\(error)")
        default: self.init(boundary.failed, "\(error)")
        }
    }
}

extension GuestCall {
    /// Words 0 and 1 are a request: bounds, decoding, the handler. The status.
    fileprivate func receive<Request: WireDecodable & SendableMetatype>(
        _ boundary: BoundaryStatuses, _ handler: (Request, any GuestCaller) throws -> Void
    ) -> Int32 {
        self.receiveBytes(boundary) { (bytes, caller) throws(CapabilityError) in
            let request: Request
            do throws(WireError) {
                request = try Request(decoding: bytes)
            } catch {
                throw CapabilityError(boundary.undecodable, "the request is not what it should be: \(error)")
            }
            do {
                try handler(request, caller)
            } catch {
                throw CapabilityError(wrapping: error, boundary)
            }
        }
    }

    fileprivate func receiveBytes(
        _ boundary: BoundaryStatuses, _ handler: (RawSpan, any GuestCaller) throws(CapabilityError) -> Void
    ) -> Int32 {
        let count = self.word(1)
        guard count > 0 else { return boundary.empty.rawValue }
        guard Int(count) <= self.caller.scope.maximumMessageBytes else { return boundary.unreadable.rawValue }
        do throws(CapabilityError) {
            let caller = self.caller
            let isReadable: Void? = try self.withBytes(at: self.word(0), count: count) {
                (bytes) throws(CapabilityError) in
                try handler(bytes, caller)
            }
            return isReadable == nil ? boundary.unreadable.rawValue : Status.ok.rawValue
        } catch {
            if !error.message.isEmpty {
                self.caller.scope.logger.debug("import refused", metadata: ["reason": "\(error.message)"])
            }
            return error.status.rawValue
        }
    }

    /// Encodes `response` into memory of the guest's allocator and stores the pair.
    ///
    /// On any error the out-pair is untouched.
    /// - Parameters:
    ///   - response: What the guest is told.
    ///   - boundary: The statuses for memory that is not the guest's, and for an allocator that refuses.
    ///   - pair: The word that has the address of the pair's first half; the next has that of the second.
    public mutating func answer<Response: WireEncodable>(
        _ response: Response, _ boundary: BoundaryStatuses, pair: Int = 2
    ) -> Int32 {
        let count = response.encodedByteCount
        return unsafe self.answer(count: count, boundary, pair: pair) { buffer in
            (try? unsafe MessagePackWriter.write(into: buffer) { response.encode(into: &$0) }) == count
        }
    }

    /// As ``answer(_:_:pair:)`` with raw bytes; none are stored as (0, 0).
    public mutating func answer(_ bytes: [UInt8], _ boundary: BoundaryStatuses, pair: Int = 2) -> Int32 {
        unsafe self.answer(count: bytes.count, boundary, pair: pair) { buffer in
            unsafe buffer.copyBytes(from: bytes)
            return true
        }
    }

    /// As ``answer(_:_:pair:)`` with lent bytes.
    public mutating func answer(_ bytes: RawSpan, _ boundary: BoundaryStatuses = .init(), pair: Int = 2) -> Int32 {
        unsafe bytes.withUnsafeBytes { source in
            unsafe self.answer(count: source.count, boundary, pair: pair) { buffer in
                unsafe buffer.copyMemory(from: source)
                return true
            }
        }
    }

    private mutating func answer(
        count: Int, _ boundary: BoundaryStatuses, pair: Int, _ write: (UnsafeMutableRawBufferPointer) -> Bool
    ) -> Int32 {
        var pointer: UInt32 = 0
        if count > 0 {
            guard let allocated = self.caller.allocate(count) else { return boundary.unallocated.rawValue }
            pointer = allocated
        }
        // The allocator ran guest code: both places are checked now, not before.
        let memoryCount = unsafe self.caller.memory.count
        guard Int(self.word(pair)) + 4 <= memoryCount, Int(self.word(pair + 1)) + 4 <= memoryCount else {
            return boundary.unwritable.rawValue
        }
        var isWritten = true
        guard unsafe self.fill(at: pointer, count: count, { isWritten = unsafe write($0) }) else {
            return boundary.unwritable.rawValue
        }
        guard isWritten else { return boundary.unencodable.rawValue }
        guard self.store(pointer, at: self.word(pair)), self.store(UInt32(count), at: self.word(pair + 1)) else {
            return boundary.unwritable.rawValue
        }
        return Status.ok.rawValue
    }
}

extension ImportSignature {
    fileprivate static func command(
        _ name: String, _ summary: String, _ statuses: [Int32: String], _ boundary: BoundaryStatuses,
        decodes: Bool = true
    ) -> Self {
        var statuses = Self.merged(statuses, boundary, answers: false)
        if !decodes { statuses[boundary.undecodable.rawValue] = nil }
        return Self(name, [Parameter("ptr"), Parameter("len")], summary: summary, statuses: statuses)
    }

    fileprivate static func query(
        _ name: String, _ summary: String, _ statuses: [Int32: String], _ boundary: BoundaryStatuses
    ) -> Self {
        Self(
            name, [Parameter("req_ptr"), Parameter("req_len"), Parameter("resp_ptr_out"), Parameter("resp_len_out")],
            summary: summary, statuses: Self.merged(statuses, boundary, answers: true))
    }

    private static func merged(_ own: [Int32: String], _ boundary: BoundaryStatuses, answers: Bool) -> [Int32: String] {
        var all = own
        var usual: [(Status, String)] = [
            (.ok, "done"), (boundary.empty, "empty request"), (boundary.unreadable, "request outside the memory"),
            (boundary.undecodable, "request not decodable"), (.notGranted, "not granted"),
        ]
        if answers {
            usual += [
                (boundary.unencodable, "answer not encodable"), (boundary.unallocated, "`pulp_alloc` gave no room"),
                (boundary.unwritable, "answer or out-pair outside the memory"),
            ]
        }
        for (status, meaning) in usual where all[status.rawValue] == nil { all[status.rawValue] = meaning }
        return all
    }
}
