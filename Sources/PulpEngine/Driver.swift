import CWasmtime

/// The small module of ours that runs a guest's exports in a loop on the resident fiber.
///
/// `run` takes the guest's functions as references (null where the guest has none), then asks the host for one
/// operation after the other. `next` suspends the fiber until there is one. An operation is a word: bits 56-63 the
/// shape of the call, 48-55 which function, 0-31 the bytes to make room for. Buffers are allocated by the guest,
/// filled by the host, which says how much of them it used, and freed by the guest; ``minimumBufferBytes`` is asked for at least.
///
/// A call of a function has one buffer: a cell for the answer's pointer and length, the name, whose length is in bits
/// 32-47 of the operation, and the arguments. Before it is freed, `take` gives the host the answer, which the guest then
/// frees, or `explain` what the guest says about a status that is not 0.
struct Driver: Sendable {
    static let moduleName = "pulp_driver"
    static let importModule = "pulp:driver"
    /// A Go guest's allocator gives the same address for all requests of 32 bytes and less.
    static let minimumBufferBytes = 64
    /// Where a function writes pointer and length of its answer.
    static let answerCellBytes = 8

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
        unsafe try linker.define(
            Self.importModule, "take", FunctionType([.i32], [.i64]),
            plain: UnsafeMutablePointer<FiberState>.takeCallback)
        unsafe try linker.define(
            Self.importModule, "explain", FunctionType([.i32, .i32], []),
            plain: UnsafeMutablePointer<FiberState>.explainCallback)
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
        case initErrorPointer, initErrorCount, onCall, callErrorPointer, callErrorCount

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
            case .onCall: "pulp_on_call"
            case .callErrorPointer: "pulp_on_call_error_ptr"
            case .callErrorCount: "pulp_on_call_error_len"
            }
        }
    }

    /// A call of a function: `$name` bytes of its name, `$count` of everything.
    private static let callText: String = """
        (func $free (param $pointer i32) (param $count i32)
          (if (i32.eqz (local.get $pointer)) (then (return)))
          (if (ref.is_null (table.get $exports (i32.const \(Export.free.rawValue)))) (then (return)))
          (call_indirect (type $free) (local.get $pointer) (local.get $count) (i32.const \(Export.free.rawValue))))
        (func $call (param $name i32) (param $count i32) (result i64)
          (local $asked i32) (local $buffer i32) (local $text i32) (local $rest i32) (local $status i32)
          (local $answer i64)
          (local.set $asked (select (local.get $count) (i32.const \(minimumBufferBytes))
            (i32.gt_u (local.get $count) (i32.const \(minimumBufferBytes)))))
          (local.set $buffer (call_indirect (type $alloc) (local.get $asked) (i32.const \(Export.alloc.rawValue))))
          (if (i32.eqz (call $fill (local.get $buffer))) (then (return (i64.const 0))))
          (local.set $text (i32.add (local.get $buffer) (i32.const \(answerCellBytes))))
          (local.set $rest (i32.sub (local.get $count) (i32.add (local.get $name) (i32.const \(answerCellBytes)))))
          (local.set $status (call_indirect (type $function)
            (select (local.get $text) (i32.const 0) (local.get $name))
            (local.get $name)
            (select (i32.add (local.get $text) (local.get $name)) (i32.const 0) (local.get $rest))
            (local.get $rest)
            (local.get $buffer) (i32.add (local.get $buffer) (i32.const 4))
            (i32.const \(Export.onCall.rawValue))))
          (if (local.get $status)
            (then
              (if (i32.eqz (i32.or
                  (ref.is_null (table.get $exports (i32.const \(Export.callErrorPointer.rawValue))))
                  (ref.is_null (table.get $exports (i32.const \(Export.callErrorCount.rawValue))))))
                (then
                  (call $explain
                    (call_indirect (type $word32) (i32.const \(Export.callErrorPointer.rawValue)))
                    (call_indirect (type $word32) (i32.const \(Export.callErrorCount.rawValue)))))))
            (else
              (local.set $answer (call $take (local.get $buffer)))
              (call $free (i32.wrap_i64 (local.get $answer))
                (i32.wrap_i64 (i64.shr_u (local.get $answer) (i64.const 32))))))
          (call $free (local.get $buffer) (local.get $asked))
          (i64.extend_i32_s (local.get $status)))
        """

    private static let text: String = """
        (module $\(moduleName)
          (type $alloc (func (param i32) (result i32)))
          (type $free (func (param i32 i32)))
          (type $bytes (func (param i32 i32) (result i32)))
          (type $void (func))
          (type $word32 (func (result i32)))
          (type $word64 (func (result i64)))
          (type $function (func (param i32 i32 i32 i32 i32 i32) (result i32)))
          (import "\(importModule)" "next" (func $next (param i64) (result i64)))
          (import "\(importModule)" "fill" (func $fill (param i32) (result i32)))
          (import "\(importModule)" "take" (func $take (param i32) (result i64)))
          (import "\(importModule)" "explain" (func $explain (param i32 i32)))
          (table $exports \(Export.allCases.count) funcref)
          (func $pause (export "pause"))
          \(callText)
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
              (if (i32.eq (local.get $shape) (i32.const 4))
                (then
                  (local.set $result (call $call
                    (i32.and (i32.wrap_i64 (i64.shr_u (local.get $word) (i64.const 32))) (i32.const 65535))
                    (local.get $count)))
                  (br $again)))
              (local.set $result (call_indirect (type $word64) (local.get $which)))
              (br $again))))
        """
}
