import PulpEngine
import PulpManifest

/// Plugins that are bad company: what a serving plugin must not feel.
enum NoisyNeighbour {
    /// Its step never returns.
    case spinner
    /// Its step waits through WASI, again and again, a millisecond each time.
    case sleeper

    func spec() throws -> PluginSpec {
        var spec = PluginSpec(name: "\(self)", version: "1", module: .bytes(try Module.binary(fromText: self.text)))
        spec.limits.callTimeout = .seconds(24 * 3600)
        return spec
    }

    private var text: String {
        """
        (module
          (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (func (export "pulp_alloc") (param i32) (result i32) (i32.const 1024))
          (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
          (func (export "pulp_shutdown") (result i32) (i32.const 0))
          (func (export "pulp_step") (param i32 i32) (result i32)
            ;; One subscription at 0: the monotonic clock, 1 ms from now.
            (i32.store (i32.const 16) (i32.const 1))
            (i64.store (i32.const 24) (i64.const 1000000))
            (loop $again \(self.body) (br $again))
            (unreachable)))
        """
    }

    private var body: String {
        switch self {
        case .spinner: ""
        case .sleeper: "(drop (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))"
        }
    }
}
