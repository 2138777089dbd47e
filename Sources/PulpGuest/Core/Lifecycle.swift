import PulpWire

/// What the exports do.
enum Lifecycle {
    // A guest runs on one thread, and one step at a time: none is ever touched by two at once.
    nonisolated(unsafe) private static var begin: ((Config) throws(PluginError) -> (Dispatcher, StateReference))? = nil
    nonisolated(unsafe) private static var dispatcher: Dispatcher? = nil
    nonisolated(unsafe) private(set) static var state: StateReference? = nil

    /// Tells the exports, which are C, what they stand for.
    ///
    /// - Parameter begin: Configures the plugin, and gives its dispatcher and its state.
    static func install(_ begin: @escaping (Config) throws(PluginError) -> (Dispatcher, StateReference)) {
        unsafe Self.begin = begin
        unsafe pulp_install(
            { bytes, length in unsafe Lifecycle.start(UnsafeRawBufferPointer(start: bytes, count: Int(length))) },
            { bytes, length in unsafe Lifecycle.step(UnsafeRawBufferPointer(start: bytes, count: Int(length))) },
            { Lifecycle.shutdown() })
    }

    /// Begins the plugin's life; 0, or the status of what failed it.
    private static func start(_ config: UnsafeRawBufferPointer) -> Int32 {
        guard let begin = unsafe Self.begin else { return Status.unavailable.rawValue }
        do throws(PluginError) {
            let (dispatcher, state) = try unsafe begin(Config(bytes: [UInt8](config), path: "[config] "))
            if let refusal = dispatcher.refusal { throw refusal }
            unsafe Self.dispatcher = dispatcher
            unsafe Self.state = state
            return Status.ok.rawValue
        } catch {
            Self.refuse(error.message)
            return error.status == .ok ? Status.operationFailed.rawValue : error.status.rawValue
        }
    }

    /// One step; 0, or a status that tells whoever stepped by hand what failed. Failures of handlers are logged.
    private static func step(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        guard let dispatcher = unsafe self.dispatcher, let state = unsafe self.state else {
            return Status.unavailable.rawValue
        }
        do throws(WireError) {
            let envelope = try unsafe StepEnvelopeView(reading: bytes.bytes)
            unsafe Step.currentNumber = envelope.callNumber
            unsafe Step.currentTime = envelope.wallTime
            guard !envelope.payload.isEmpty else { return dispatcher.tick(state) }
            return try dispatcher.dispatch(envelope.payload, state)
        } catch {
            return Status.decodeFailed.rawValue
        }
    }

    /// Ends the plugin's life.
    private static func shutdown() -> Int32 {
        guard let end = unsafe self.dispatcher?.end, let state = unsafe self.state else { return Status.ok.rawValue }
        return Dispatcher.attempt("shutdown") { () throws(PluginError) in try end(state) }
    }

    static func refuse(_ sentence: String) {
        let bytes = [UInt8](copying: sentence)
        unsafe bytes.withUnsafeBytes { buffer in
            unsafe pulp_refuse(buffer.baseAddress, UInt32(buffer.count))
        }
    }
}
