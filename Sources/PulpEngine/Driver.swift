import CWasmtime

/// The small module of ours that runs a guest's exports in a loop on the resident fiber.
///
/// `run` takes the guest's functions as references (null where the guest has none), then asks the host for one
/// operation after the other. `next` suspends the fiber until there is one. An operation is a word: bits 56-63 the
/// shape of the call, 48-55 which function, 0-31 the bytes to make room for. Buffers are allocated by the guest,
/// filled by the host, which says how much of them it used, and freed by the guest; ``minimumBufferBytes`` is asked for at least.
struct Driver: Sendable {
    static let moduleName = "pulp_driver"
    static let importModule = "pulp:driver"
    /// A Go guest's allocator gives the same address for all requests of 32 bytes and less.
    static let minimumBufferBytes = 64

    let template: Template

    init(engine: EngineHandle) throws(EngineError) {
        let module = try Module(compiling: Module.binary(fromText: Self.text), engine: engine)
        try Self.verifyLibrary(module)
        var linker = Linker(engine: engine)
        unsafe try linker.define(
            Self.importModule, "next", FunctionType([.i64], [.i64]),
            plain: UnsafeMutablePointer<FiberState>.nextCallback)
        unsafe try linker.define(
            Self.importModule, "fill", FunctionType([.i32], [.i32]),
            plain: UnsafeMutablePointer<FiberState>.fillCallback)
        self.template = try linker.freeze(module)
    }

    /// A compiled image carries the library's major version behind a zero byte and its length; the library does not
    /// tell its minor and patch numbers. `Scripts/bootstrap` pins those by digest.
    private static func verifyLibrary(_ module: Module) throws(EngineError) {
        let major = Array(Engine.libraryVersion.utf8.prefix { $0 != UInt8(ascii: ".") })
        let mark = [0, UInt8(major.count)] + major
        let head = try module.serialized().prefix(4096)
        guard head.indices.contains(where: { head[$0...].starts(with: mark) }) else {
            throw EngineError(
                .unsupportedLibrary,
                "libwasmtime is not \(Engine.libraryVersion), the only version that Pulp works with; run "
                    + "Scripts/bootstrap, or name a copy of that version in PULP_WASMTIME_LIBRARY and run it again")
        }
    }

    /// The guest's functions, in the order of the driver's parameters and of its table.
    enum Export: Int, CaseIterable {
        case alloc, free, initialize, step, shutdown, start, probeLastCall, probeConfigMarker
        case initErrorPointer, initErrorCount

        /// The guest's name for it; ``start`` is `_initialize`, else `_start`.
        var name: String {
            switch self {
            case .alloc: "pulp_alloc"
            case .free: "pulp_free"
            case .initialize: "pulp_init"
            case .step: "pulp_step"
            case .shutdown: "pulp_shutdown"
            case .start: "_initialize"
            case .probeLastCall: "probe_last_call"
            case .probeConfigMarker: "probe_config_marker"
            case .initErrorPointer: "pulp_init_error_ptr"
            case .initErrorCount: "pulp_init_error_len"
            }
        }
    }

    private static let text: String = """
        (module $\(moduleName)
          (type $alloc (func (param i32) (result i32)))
          (type $free (func (param i32 i32)))
          (type $bytes (func (param i32 i32) (result i32)))
          (type $void (func))
          (type $word32 (func (result i32)))
          (type $word64 (func (result i64)))
          (import "\(importModule)" "next" (func $next (param i64) (result i64)))
          (import "\(importModule)" "fill" (func $fill (param i32) (result i32)))
          (table $exports \(Export.allCases.count) funcref)
          (func $pause (export "pause"))
          (func (export "run") \(String(repeating: "(param funcref) ", count: Export.allCases.count))
            (local $word i64) (local $result i64) (local $which i32) (local $count i32) (local $asked i32)
            (local $buffer i32) (local $frees i32) (local $shape i32)
            \((0..<Export.allCases.count).map { "(table.set (i32.const \($0)) (local.get \($0)))" }.joined(separator: "\n    "))
            (local.set $frees (i32.eqz (ref.is_null (local.get \(Export.free.rawValue)))))
            (loop $again
              (local.set $word (call $next (local.get $result)))
              (if (i64.eqz (local.get $word)) (then (call $pause) (br $again)))
              (local.set $shape (i32.wrap_i64 (i64.shr_u (local.get $word) (i64.const 56))))
              (local.set $which (i32.and (i32.wrap_i64 (i64.shr_u (local.get $word) (i64.const 48))) (i32.const 255)))
              (local.set $count (i32.wrap_i64 (local.get $word)))
              (if (i32.eqz (local.get $shape))
                (then
                  (local.set $buffer (i32.const 0))
                  (if (local.get $count)
                    (then
                      (local.set $asked (select (local.get $count) (i32.const \(minimumBufferBytes))
                        (i32.gt_u (local.get $count) (i32.const \(minimumBufferBytes)))))
                      (local.set $buffer (call_indirect (type $alloc) (local.get $asked)
                        (i32.const \(Export.alloc.rawValue))))
                      (local.set $count (call $fill (local.get $buffer)))
                      (if (i32.eqz (local.get $count))
                        (then (local.set $result (i64.const 0)) (br $again)))))
                  (local.set $result (i64.extend_i32_s (call_indirect (type $bytes)
                    (local.get $buffer) (local.get $count) (local.get $which))))
                  (if (i32.and (local.get $frees) (i32.ne (local.get $buffer) (i32.const 0)))
                    (then (call_indirect (type $free) (local.get $buffer) (local.get $asked)
                      (i32.const \(Export.free.rawValue)))))
                  (br $again)))
              (if (i32.eq (local.get $shape) (i32.const 1))
                (then (call_indirect (type $void) (local.get $which)) (local.set $result (i64.const 0)) (br $again)))
              (if (i32.eq (local.get $shape) (i32.const 2))
                (then (local.set $result (i64.extend_i32_s (call_indirect (type $word32) (local.get $which))))
                  (br $again)))
              (local.set $result (call_indirect (type $word64) (local.get $which)))
              (br $again))))
        """
}
