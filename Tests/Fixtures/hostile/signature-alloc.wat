;; `pulp_alloc` returns a 64-bit address.
(module $signature-alloc
  (memory (export "memory") 2)
  (func $pulp_init (export "pulp_init") (param $config i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_step (export "pulp_step") (param $envelope i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_shutdown (export "pulp_shutdown") (result i32)
    (i32.const 0))
  (func $pulp_alloc (export "pulp_alloc") (param i32) (result i64)
    (i64.const 65536)))
