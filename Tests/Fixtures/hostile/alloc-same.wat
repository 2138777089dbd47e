;; `pulp_alloc` always returns the same address, as Go guests do for 32 bytes and less. That is no fault:
;; `pulp_step` returns the length it was given.
(module $alloc-same
  (memory (export "memory") 2)
  (func $pulp_alloc (export "pulp_alloc") (param $size i32) (result i32)
    (i32.const 65536))
  (func $pulp_init (export "pulp_init") (param $config i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_step (export "pulp_step") (param $envelope i32) (param $length i32) (result i32)
    (local.get $length))
  (func $pulp_shutdown (export "pulp_shutdown") (result i32)
    (i32.const 0)))
