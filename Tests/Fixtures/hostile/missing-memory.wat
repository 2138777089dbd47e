;; Has no memory.
(module $missing-memory
  (func $pulp_init (export "pulp_init") (param $config i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_step (export "pulp_step") (param $envelope i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_shutdown (export "pulp_shutdown") (result i32)
    (i32.const 0))
  (func $pulp_alloc (export "pulp_alloc") (param $size i32) (result i32)
    (i32.const 0)))
