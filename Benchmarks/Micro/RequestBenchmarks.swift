import PulpEngine
import PulpWire
import Synchronization

/// A whole `http.request` through a guest on its SDK: allocate, fill, step with its answer, free.
///
/// The host's functions do nothing but say 0, so this is what the guest itself and the way in and out cost.
@safe final class RequestBenchmarks: FiberOwner {
    private let engine: Engine
    private let template: Template
    private let answers = AnswerCount()
    private var envelope: [UInt8] = []
    private lazy var fiber = ResidentFiber(
        template: self.template, engine: self.engine, memoryPages: 1024, owner: self)

    /// - Parameter guest: A module that answers `GET /echo/:msg`, such as `Examples/echo`.
    init(engine: Engine, guest: [UInt8]) throws {
        self.engine = engine
        let module = try Module(compiling: guest, engine: engine)
        var linker = Linker(engine: engine)
        for item in module.imports {
            guard let type = item.functionType else { continue }
            let answers = item.name == "http_respond" ? self.answers : nil
            try linker.define(
                HostFunction(
                    module: item.module ?? "", name: item.name, type: type,
                    body: .plain { call in
                        answers?.add()
                        call.setResult(0)
                    }))
        }
        self.template = try linker.freeze(module)
    }

    func run() -> [Measurement] {
        self.settle()
        self.fiber.submit(.initialize(byteCount: 0))
        self.settle()
        let rows = [0, 7].map { headers in
            self.envelope = Self.envelope(headers: headers)
            return Measurement("step, http.request, \(headers) headers, answered", count: 20_000) {
                self.fiber.submit(.step(byteCount: self.envelope.count))
                self.settle()
            }
        }
        self.fiber.close()
        precondition(self.answers.count >= rows.count * 20_000, "the guest answers every request")
        return rows
    }

    /// What the host writes for `GET /echo/hi` of a client that sends so many headers.
    private static func envelope(headers: Int) -> [UInt8] {
        var fields = FieldList()
        for number in 0..<headers {
            fields.append(name: "X-Header-\(number)", value: "a value of the usual length, which is \(number)")
        }
        let request = HTTPRequestRecord(
            id: 1 << 40, method: "GET", path: "/echo/hi", params: ["msg": "hi"], query: FieldList(), headers: fields,
            body: [], remoteAddr: "127.0.0.1:50000")
        let event = MessagePackWriter.encode { writer in
            writer.writeStepEvent(kind: .httpRequest) { request.encode(into: &$0) }
        }
        return StepEnvelope(callNumber: 0, wallTime: 0, payload: event).encodedBytes()
    }

    private func settle() {
        while true {
            switch self.fiber.resume() {
            case .yielded: continue
            case .idle: return
            case let other: preconditionFailure("the benchmark's guest does nothing else: \(other)")
            }
        }
    }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        unsafe buffer.copyBytes(from: self.envelope)
        return self.envelope.count
    }
}

/// Counts what the guest has answered.
private final class AnswerCount: Sendable {
    private let made = Atomic<Int>(0)

    var count: Int { self.made.load(ordering: .relaxed) }

    func add() { self.made.wrappingAdd(1, ordering: .relaxed) }
}
