import PulpEngine

/// The hot path of the engine alone: one operation through the resident fiber.
@safe final class StepBenchmarks: FiberOwner {
    private let engine: Engine
    private let template: Template
    private let bytes = [UInt8](repeating: 1, count: 1024)
    private lazy var fiber = ResidentFiber(
        template: self.template, engine: self.engine, memoryPages: 1024, owner: self)

    /// - Parameter guest: A module without imports, such as the heartbeat fixture.
    init(engine: Engine, guest: [UInt8]) throws {
        self.engine = engine
        self.template = try Linker(engine: engine).freeze(Module(compiling: guest, engine: engine))
    }

    func run() -> [Measurement] {
        self.settle(self.fiber)
        var rows = [20, 1024].map { count in
            Measurement("step, \(count) bytes (alloc, fill, step, free)", count: 20_000) {
                self.fiber.submit(.step(byteCount: count))
                self.settle(self.fiber)
            }
        }
        self.fiber.close()
        rows.append(
            Measurement("fresh instance, one step, closed", count: 500) {
                let fiber = ResidentFiber(
                    template: self.template, engine: self.engine, memoryPages: 1024, owner: self)
                self.settle(fiber)
                fiber.submit(.step(byteCount: 20))
                self.settle(fiber)
                fiber.close()
            })
        return rows
    }

    private func settle(_ fiber: ResidentFiber) {
        while true {
            switch fiber.resume() {
            case .yielded: continue
            case .idle: return
            case let other: preconditionFailure("the benchmark's guest does nothing else: \(other)")
            }
        }
    }

    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        unsafe self.bytes.withUnsafeBytes { bytes in
            unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<buffer.count]))
        }
        return buffer.count
    }
}
