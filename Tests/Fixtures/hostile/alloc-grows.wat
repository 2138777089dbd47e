;; `pulp_alloc` grows the memory by a page for each call, so that it may move. That is no fault: `pulp_step`
;; returns the first byte of the payload, or 0.
(module $alloc-grows
  (memory (export "memory") 2)
  (func $pulp_alloc (export "pulp_alloc") (param $size i32) (result i32)
    (i32.mul (memory.grow (i32.const 1)) (i32.const 65536)))
  (func $pulp_init (export "pulp_init") (param $config i32) (param $length i32) (result i32)
    (i32.const 0))
  (func $pulp_step (export "pulp_step") (param $envelope i32) (param $length i32) (result i32)
    (if (result i32) (i32.gt_u (local.get $length) (i32.const 20))
      (then (i32.load8_u offset=20 (local.get $envelope)))
      (else (i32.const 0))))
  (func $pulp_shutdown (export "pulp_shutdown") (result i32)
    (i32.const 0)))
