;; `pulp_alloc` calls log_write.
(module $alloc-calls-log
  (import "pulp" "log_write" (func $log_write (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  ;; {level: 2, message: "hello from a guest"}
  (data (i32.const 272) "\82\a5level\02\a7message\b2hello from a guest")
  (func $pulp_alloc (export "pulp_alloc") (param $size i32) (result i32)
    (drop (call $log_write (i32.const 272) (i32.const 35)))
    (i32.const 65536))
  (func $pulp_init (export "pulp_init") (param $config i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_step (export "pulp_step") (param $envelope i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_shutdown (export "pulp_shutdown") (result i32)
    (i32.const 0)))
