;; Imports all 46 functions of WASI preview 1. The payload is u32 function (in the order of the imports), then its
;; words in order (i64: 8 bytes), little-endian; the step returns the errno. A function past the last returns -1.
(module $wasi-prober
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_res_get" (func $clock_res_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_advise" (func $fd_advise (param i32 i64 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_allocate" (func $fd_allocate (param i32 i64 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_datasync" (func $fd_datasync (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_get" (func $fd_fdstat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $fd_fdstat_set_flags (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_fdstat_set_rights" (func $fd_fdstat_set_rights (param i32 i64 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_get" (func $fd_filestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_set_size" (func $fd_filestat_set_size (param i32 i64) (result i32)))
  (import "wasi_snapshot_preview1" "fd_filestat_set_times" (func $fd_filestat_set_times (param i32 i64 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pread" (func $fd_pread (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name" (func $fd_prestat_dir_name (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func $fd_pwrite (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_renumber" (func $fd_renumber (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_seek" (func $fd_seek (param i32 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_sync" (func $fd_sync (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_tell" (func $fd_tell (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory" (func $path_create_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_get" (func $path_filestat_get (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_filestat_set_times" (func $path_filestat_set_times (param i32 i32 i32 i32 i64 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_link" (func $path_link (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_readlink" (func $path_readlink (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_remove_directory" (func $path_remove_directory (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_rename" (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_symlink" (func $path_symlink (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $path_unlink_file (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (import "wasi_snapshot_preview1" "proc_raise" (func $proc_raise (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_recv" (func $sock_recv (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_send" (func $sock_send (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "sock_shutdown" (func $sock_shutdown (param i32 i32) (result i32)))
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
    (local $at i32)
    (if (i32.lt_u (local.get $length) (i32.const 24))
      (then (return (i32.const 0))))
    (local.set $at (i32.add (local.get $envelope) (i32.const 24)))
    (block $otherwise
    (block $sock_shutdown
    (block $sock_send
    (block $sock_recv
    (block $sock_accept
    (block $random_get
    (block $sched_yield
    (block $proc_raise
    (block $proc_exit
    (block $poll_oneoff
    (block $path_unlink_file
    (block $path_symlink
    (block $path_rename
    (block $path_remove_directory
    (block $path_readlink
    (block $path_open
    (block $path_link
    (block $path_filestat_set_times
    (block $path_filestat_get
    (block $path_create_directory
    (block $fd_write
    (block $fd_tell
    (block $fd_sync
    (block $fd_seek
    (block $fd_renumber
    (block $fd_readdir
    (block $fd_read
    (block $fd_pwrite
    (block $fd_prestat_dir_name
    (block $fd_prestat_get
    (block $fd_pread
    (block $fd_filestat_set_times
    (block $fd_filestat_set_size
    (block $fd_filestat_get
    (block $fd_fdstat_set_rights
    (block $fd_fdstat_set_flags
    (block $fd_fdstat_get
    (block $fd_datasync
    (block $fd_close
    (block $fd_allocate
    (block $fd_advise
    (block $clock_time_get
    (block $clock_res_get
    (block $environ_sizes_get
    (block $environ_get
    (block $args_sizes_get
    (block $args_get
    (br_table $args_get $args_sizes_get $environ_get $environ_sizes_get $clock_res_get $clock_time_get $fd_advise $fd_allocate $fd_close $fd_datasync $fd_fdstat_get $fd_fdstat_set_flags $fd_fdstat_set_rights $fd_filestat_get $fd_filestat_set_size $fd_filestat_set_times $fd_pread $fd_prestat_get $fd_prestat_dir_name $fd_pwrite $fd_read $fd_readdir $fd_renumber $fd_seek $fd_sync $fd_tell $fd_write $path_create_directory $path_filestat_get $path_filestat_set_times $path_link $path_open $path_readlink $path_remove_directory $path_rename $path_symlink $path_unlink_file $poll_oneoff $proc_exit $proc_raise $sched_yield $random_get $sock_accept $sock_recv $sock_send $sock_shutdown $otherwise
      (i32.load offset=20 (local.get $envelope))))
    (return (call $args_get
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $args_sizes_get
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $environ_get
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $environ_sizes_get
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $clock_res_get
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $clock_time_get
      (i32.load offset=0 (local.get $at))
      (i64.load offset=4 (local.get $at))
      (i32.load offset=12 (local.get $at))))
    )
    (return (call $fd_advise
      (i32.load offset=0 (local.get $at))
      (i64.load offset=4 (local.get $at))
      (i64.load offset=12 (local.get $at))
      (i32.load offset=20 (local.get $at))))
    )
    (return (call $fd_allocate
      (i32.load offset=0 (local.get $at))
      (i64.load offset=4 (local.get $at))
      (i64.load offset=12 (local.get $at))))
    )
    (return (call $fd_close
      (i32.load offset=0 (local.get $at))))
    )
    (return (call $fd_datasync
      (i32.load offset=0 (local.get $at))))
    )
    (return (call $fd_fdstat_get
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $fd_fdstat_set_flags
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $fd_fdstat_set_rights
      (i32.load offset=0 (local.get $at))
      (i64.load offset=4 (local.get $at))
      (i64.load offset=12 (local.get $at))))
    )
    (return (call $fd_filestat_get
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $fd_filestat_set_size
      (i32.load offset=0 (local.get $at))
      (i64.load offset=4 (local.get $at))))
    )
    (return (call $fd_filestat_set_times
      (i32.load offset=0 (local.get $at))
      (i64.load offset=4 (local.get $at))
      (i64.load offset=12 (local.get $at))
      (i32.load offset=20 (local.get $at))))
    )
    (return (call $fd_pread
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i64.load offset=12 (local.get $at))
      (i32.load offset=20 (local.get $at))))
    )
    (return (call $fd_prestat_get
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $fd_prestat_dir_name
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))))
    )
    (return (call $fd_pwrite
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i64.load offset=12 (local.get $at))
      (i32.load offset=20 (local.get $at))))
    )
    (return (call $fd_read
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))))
    )
    (return (call $fd_readdir
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i64.load offset=12 (local.get $at))
      (i32.load offset=20 (local.get $at))))
    )
    (return (call $fd_renumber
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $fd_seek
      (i32.load offset=0 (local.get $at))
      (i64.load offset=4 (local.get $at))
      (i32.load offset=12 (local.get $at))
      (i32.load offset=16 (local.get $at))))
    )
    (return (call $fd_sync
      (i32.load offset=0 (local.get $at))))
    )
    (return (call $fd_tell
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $fd_write
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))))
    )
    (return (call $path_create_directory
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))))
    )
    (return (call $path_filestat_get
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))
      (i32.load offset=16 (local.get $at))))
    )
    (return (call $path_filestat_set_times
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))
      (i64.load offset=16 (local.get $at))
      (i64.load offset=24 (local.get $at))
      (i32.load offset=32 (local.get $at))))
    )
    (return (call $path_link
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))
      (i32.load offset=16 (local.get $at))
      (i32.load offset=20 (local.get $at))
      (i32.load offset=24 (local.get $at))))
    )
    (return (call $path_open
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))
      (i32.load offset=16 (local.get $at))
      (i64.load offset=20 (local.get $at))
      (i64.load offset=28 (local.get $at))
      (i32.load offset=36 (local.get $at))
      (i32.load offset=40 (local.get $at))))
    )
    (return (call $path_readlink
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))
      (i32.load offset=16 (local.get $at))
      (i32.load offset=20 (local.get $at))))
    )
    (return (call $path_remove_directory
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))))
    )
    (return (call $path_rename
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))
      (i32.load offset=16 (local.get $at))
      (i32.load offset=20 (local.get $at))))
    )
    (return (call $path_symlink
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))
      (i32.load offset=16 (local.get $at))))
    )
    (return (call $path_unlink_file
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))))
    )
    (return (call $poll_oneoff
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))))
    )
    (call $proc_exit
      (i32.load offset=0 (local.get $at)))
    (return (i32.const 0))
    )
    (return (call $proc_raise
      (i32.load offset=0 (local.get $at))))
    )
    (return (call $sched_yield))
    )
    (return (call $random_get
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (return (call $sock_accept
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))))
    )
    (return (call $sock_recv
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))
      (i32.load offset=16 (local.get $at))
      (i32.load offset=20 (local.get $at))))
    )
    (return (call $sock_send
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))
      (i32.load offset=8 (local.get $at))
      (i32.load offset=12 (local.get $at))
      (i32.load offset=16 (local.get $at))))
    )
    (return (call $sock_shutdown
      (i32.load offset=0 (local.get $at))
      (i32.load offset=4 (local.get $at))))
    )
    (i32.const -1))
  (func $pulp_shutdown (export "pulp_shutdown") (result i32)
    (i32.const 0)))
