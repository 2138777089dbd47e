;; The start function never ends: instantiation itself must be under a deadline.
(module $loop-start
  (memory (export "memory") 2)
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
    (i32.const 0))
  (func $pulp_shutdown (export "pulp_shutdown") (result i32)
    (i32.const 0))
  (func $start
    (loop $again (br $again))
    (unreachable))
  (start $start))
