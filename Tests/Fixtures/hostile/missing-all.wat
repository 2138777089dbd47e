;; Exports nothing but its memory: one error names init, step, shutdown, in this order.
(module $missing-all
  (memory (export "memory") 2))
