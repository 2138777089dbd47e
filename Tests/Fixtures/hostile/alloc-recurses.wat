;; `pulp_alloc` always calls entropy_read, whose answer needs `pulp_alloc`: a recursion through the host without
;; end.
(module $alloc-recurses
  (import "pulp" "entropy_read" (func $entropy_read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  ;; {n: 8}
  (data (i32.const 256) "\81\a1n\08")
  (func $pulp_alloc (export "pulp_alloc") (param $size i32) (result i32)
    (drop (call $entropy_read (i32.const 256) (i32.const 4) (i32.const 264) (i32.const 268)))
    (i32.const 65536))
  (func $pulp_init (export "pulp_init") (param $config i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_step (export "pulp_step") (param $envelope i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_shutdown (export "pulp_shutdown") (result i32)
    (i32.const 0)))
