;; `pulp_alloc` sleeps for an hour in poll_oneoff, but only when the host calls it for an answer to entropy_read.
(module $sleep-nested-alloc
  (import "pulp" "entropy_read" (func $entropy_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  ;; {n: 8}
  (data (i32.const 256) "\81\a1n\08")
  (global $nested (mut i32) (i32.const 0))
  ;; One subscription: the monotonic clock, in an hour.
  (data (i32.const 1024) "\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\01\00\00\00\00\00\00\00\00\a0\b8\30\46\03\00\00")
  (func $pulp_alloc (export "pulp_alloc") (param $size i32) (result i32)
    (if (global.get $nested)
      (then (drop (call $poll_oneoff (i32.const 1024) (i32.const 2048) (i32.const 1) (i32.const 2040)))))
    (i32.const 65536))
  (func $pulp_init (export "pulp_init") (param $config i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_step (export "pulp_step") (param $envelope i32) (param $length i32) (result i32)
    (global.set $nested (i32.const 1))
    (call $entropy_read (i32.const 256) (i32.const 4) (i32.const 264) (i32.const 268))
    (global.set $nested (i32.const 0)))
  (func $pulp_shutdown (export "pulp_shutdown") (result i32)
    (i32.const 0)))
