;; `pulp_step` sleeps for an hour in poll_oneoff: it must hold no thread, and end at its deadline.
(module $sleep-step
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  ;; One subscription: the monotonic clock, in an hour.
  (data (i32.const 1024) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\a0\b8\30\46\03\00\00")
  (global $next (mut i32) (i32.const 65536))
  (func $pulp_alloc (export "pulp_alloc") (param $size i32) (result i32)
    ;; Goes round in the second page: nothing here keeps what it was given.
    (if (i32.gt_u (i32.add (global.get $next) (local.get $size)) (i32.const 131072))
      (then (global.set $next (i32.const 65536))))
    (global.get $next)
    (global.set $next (i32.add (global.get $next)
      (i32.and (i32.add (local.get $size) (i32.const 7)) (i32.const -8)))))
  (func $pulp_init (export "pulp_init") (param $config i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_step (export "pulp_step") (param $envelope i32) (param $length i32) (result i32)
    (call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 2040)))
  (func $pulp_shutdown (export "pulp_shutdown") (result i32)
    (i32.const 0)))
