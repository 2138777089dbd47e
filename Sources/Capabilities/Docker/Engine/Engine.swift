import NIOCore

/// The engine as the capability uses it: its client, and what is known of whether it is there.
struct Engine: Sendable {
    let client: EngineClient
    let availability: EngineAvailability

    /// Makes a call and collects its answer.
    func call(
        _ request: EngineRequest, by deadline: NIODeadline, limit: Int = EngineClient.usualLimit
    ) async throws -> ByteBuffer {
        try await self.stream(request, by: deadline) { try await $0.collect(limit) }
    }

    /// Makes a call and decodes its answer.
    func call<Answer: Decodable>(
        _ request: EngineRequest, by deadline: NIODeadline, limit: Int = EngineClient.usualLimit, as type: Answer.Type
    ) async throws -> Answer {
        let bytes = try await self.call(request, by: deadline, limit: limit)
        return try EngineClient.decode(bytes, as: type)
    }

    /// Makes a call and lends its answer as it comes.
    ///
    /// - Parameters:
    ///   - deadline: When the call ends by itself; nil for one that goes on for as long as it is wanted.
    ///   - isProbe: Whether the call is made although the engine was not there a moment ago.
    func stream<Value>(
        _ request: EngineRequest, by deadline: NIODeadline?, isProbe: Bool = false,
        _ read: (inout EngineBody) async throws -> Value
    ) async throws -> Value {
        if !isProbe { try self.availability.check() }
        do {
            return try await self.client.stream(request, by: deadline) { body in
                self.availability.isReachable()
                return try await read(&body)
            }
        } catch let fault as EngineFault {
            if case .unreachable = fault { self.availability.isUnreachable(fault) }
            throw fault
        }
    }
}
