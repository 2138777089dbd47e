import CWasmtime

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The address of the library's engine.
@safe struct EngineHandle: @unchecked Sendable {
    // "An engine is safe to share and use from any thread": the library's documentation of `wasm_engine_t`.
    let pointer: OpaquePointer
}

/// The process's Wasmtime: compilation settings, the pool that instances come from, the ticker and the driver.
///
/// One per process: its modules and traps must not meet another engine's. It lives until the process ends, because
/// the library keeps process-wide state for it.
public final class Engine: Sendable {
    /// The only version of the library that Pulp works with.
    public static let libraryVersion = "50.0.1"

    public let settings: EngineSettings
    public let ticker: EpochTicker
    let handle: EngineHandle
    let driver: Driver

    /// Starts the engine, its ticker thread (parked) and the driver module.
    ///
    /// - Parameter settings: What to reserve. Address space is reserved at once, memory is not.
    /// - Throws: ``EngineError/Code/unsupportedLibrary`` for another libwasmtime than ``libraryVersion``;
    ///   ``EngineError/Code/addressSpace`` when the process may not reserve the pool.
    public init(_ settings: EngineSettings = EngineSettings()) throws(EngineError) {
        let settings = Self.fitted(settings)
        if settings.tellsSourceLines { Self.askForSourceLines() }
        self.settings = settings
        guard let engine = unsafe wasm_engine_new_with_config(Self.configuration(settings)) else {
            throw EngineError(
                .addressSpace, "the engine could not start; allow more address space (ulimit -v) or fewer instances")
        }
        self.handle = unsafe EngineHandle(pointer: engine)
        self.driver = try Driver(engine: self.handle)
        self.ticker = EpochTicker(engine: self.handle)
        Thread.start { [ticker] in ticker.run() }
    }

    private static func configuration(_ settings: EngineSettings) -> OpaquePointer? {
        let config = unsafe wasm_config_new()
        unsafe wasmtime_config_strategy_set(config, UInt8(PULP_STRATEGY_CRANELIFT))
        unsafe wasmtime_config_cranelift_opt_level_set(config, UInt8(PULP_OPT_LEVEL_SPEED))
        unsafe wasmtime_config_epoch_interruption_set(config, true)
        unsafe wasmtime_config_max_wasm_stack_set(config, settings.guestStackBytes)
        unsafe wasmtime_config_async_stack_size_set(config, settings.fiberStackBytes)
        // Only what core guests of the contract use: less for a hostile module to reach.
        unsafe wasmtime_config_wasm_threads_set(config, false)
        unsafe wasmtime_config_wasm_memory64_set(config, false)
        unsafe wasmtime_config_wasm_multi_memory_set(config, false)
        unsafe wasmtime_config_wasm_gc_set(config, false)
        unsafe wasmtime_config_wasm_function_references_set(config, false)
        unsafe wasmtime_config_wasm_exceptions_set(config, false)
        unsafe wasmtime_config_wasm_stack_switching_set(config, false)
        unsafe wasmtime_config_concurrency_support_set(config, false)
        let pool = unsafe wasmtime_pooling_allocation_config_new()
        let instances = UInt32(settings.maximumInstances)
        // Two core instances a guest: its own and the driver's.
        unsafe wasmtime_pooling_allocation_config_total_core_instances_set(pool, instances * 2)
        unsafe wasmtime_pooling_allocation_config_total_memories_set(pool, instances)
        unsafe wasmtime_pooling_allocation_config_total_tables_set(pool, instances * 2)
        unsafe wasmtime_pooling_allocation_config_total_stacks_set(pool, instances)
        unsafe wasmtime_pooling_allocation_config_total_gc_heaps_set(pool, 0)
        unsafe wasmtime_pooling_allocation_config_max_core_instance_size_set(pool, 1 << 20)
        unsafe wasmtime_pooling_allocation_config_table_elements_set(pool, settings.tableElements)
        unsafe wasmtime_pooling_allocation_config_max_memory_size_set(pool, 4 << 30)
        unsafe wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(
            pool, settings.memoryKeepResidentBytes)
        unsafe wasmtime_pooling_allocation_config_table_keep_resident_set(pool, 64 << 10)
        unsafe wasmtime_pooling_allocation_config_async_stack_keep_resident_set(pool, 16 << 10)
        unsafe wasmtime_pooling_allocation_strategy_set(config, pool)
        unsafe wasmtime_pooling_allocation_config_delete(pool)
        return unsafe config
    }

    /// Fewer instances where the process's address space is limited: 5 GiB of it a slot, half of the limit at most.
    private static func fitted(_ settings: EngineSettings) -> EngineSettings {
        var settings = settings
        settings.maximumInstances = min(max(settings.maximumInstances, 1), 30_000)
        var limit = rlimit()
        #if canImport(Glibc)
            guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return settings }
        #else
            guard unsafe getrlimit(RLIMIT_AS, &limit) == 0 else { return settings }
        #endif
        let slots = limit.rlim_cur / (10 << 30)
        if slots < UInt64(settings.maximumInstances) { settings.maximumInstances = max(Int(slots), 1) }
        return settings
    }

    /// The library reads its own variable when an engine starts; there is no function for it.
    private static func askForSourceLines() {
        unsafe setenv("WASMTIME_BACKTRACE_DETAILS", "1", 1)
    }
}
