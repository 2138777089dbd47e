//! The border to the host, and all `unsafe` code of the SDK: pointers go no further than this file.
//!
//! A guest is one thread, and the host never enters it while it is inside, but for [`alloc`] from inside an import.

use std::alloc::Layout;
use std::cell::{Cell, RefCell};

use crate::error::{self, Capability, Error, Result};

thread_local! {
    /// Address and size of what the host was given last: the answer of the import that runs.
    static GIVEN: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
    /// The sentence about a start that failed, for as long as the host may ask for it.
    static SENTENCE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The host's function, or where there is no host, as in a plugin's own unit tests, 99: not granted.
macro_rules! raw {
    ($name:ident($($argument:expr),*)) => {{
        #[cfg(target_arch = "wasm32")]
        {
            // SAFETY: every pointer comes from a slice or a local that lives until the call returns, with its length
            // beside it; the host writes nowhere else, and keeps nothing.
            unsafe { crate::imports::$name($($argument),*) }
        }
        #[cfg(not(target_arch = "wasm32"))]
        {
            $(let _ = $argument;)*
            error::status::NOT_GRANTED
        }
    }};
}

/// Zero bytes travel as pointer 0.
fn pointer(bytes: &[u8]) -> *const u8 {
    if bytes.is_empty() {
        std::ptr::null()
    } else {
        bytes.as_ptr()
    }
}

fn length(bytes: &[u8]) -> u32 {
    bytes.len() as u32
}

/// Where the host stores pointer and length of its answer.
struct Answer {
    pointer: *mut u8,
    length: u32,
}

impl Answer {
    fn new() -> Answer {
        GIVEN.with(|given| given.set((0, 0)));
        Answer { pointer: std::ptr::null_mut(), length: 0 }
    }

    /// The answer's bytes, which the guest owns from now on.
    fn take(self) -> Vec<u8> {
        if self.pointer.is_null() {
            return Vec::new();
        }
        let (address, size) = GIVEN.with(|given| given.replace((0, 0)));
        let length = self.length as usize;
        if address == self.pointer as usize && length <= size {
            // SAFETY: `alloc` gave this block to the host, of `size` bytes and alignment 1, from the global allocator;
            // the host has written `length` bytes and forgets it. Nobody else knows it: GIVEN was cleared.
            return unsafe { Vec::from_raw_parts(self.pointer, length, size) };
        }
        // SAFETY: the host wrote so many bytes there. Whose they are is unknown, so they are copied.
        unsafe { std::slice::from_raw_parts(self.pointer, length) }.to_vec()
    }
}

fn check(capability: &Capability, call: &str, status: i32, answer: Vec<u8>) -> Result<Vec<u8>> {
    match status {
        0 => Ok(answer),
        _ => Err(Error::refused(capability, call, status, &answer)),
    }
}

/// Imports of one shape, of one capability.
macro_rules! imports {
    (command $capability:ident: $($name:ident)+) => {
        $(pub(crate) fn $name(request: &[u8]) -> Result<()> {
            let status = raw!($name(pointer(request), length(request)));
            check(&error::$capability, stringify!($name), status, Vec::new()).map(drop)
        })+
    };
    (query $capability:ident: $($name:ident)+) => {
        $(pub(crate) fn $name(request: &[u8]) -> Result<Vec<u8>> {
            let mut answer = Answer::new();
            let status = raw!($name(pointer(request), length(request), &mut answer.pointer, &mut answer.length));
            check(&error::$capability, stringify!($name), status, answer.take())
        })+
    };
    (sql: $($name:ident)+) => {
        $(pub(crate) fn $name(sql: &str, params: &[u8]) -> Result<Vec<u8>> {
            let sql = sql.as_bytes();
            let mut answer = Answer::new();
            let status = raw!($name(
                pointer(sql), length(sql), pointer(params), length(params), &mut answer.pointer, &mut answer.length));
            check(&error::SQLITE, stringify!($name), status, answer.take()).map_err(told)
        })+
    };
}

/// Adds what the host keeps about a statement that failed: `sqlite_exec` and `sqlite_query` say only that it has.
fn told(error: Error) -> Error {
    if error.status != error::status::SQL_FAILED {
        return error;
    }
    let mut answer = Answer::new();
    match raw!(sqlite_error(&mut answer.pointer, &mut answer.length)) {
        0 => error.because(&error::SQLITE, &answer.take()),
        _ => error,
    }
}

imports! { command LOG: log_write }
imports! { query ENTROPY: entropy_read }
imports! { command HTTP_INBOUND: http_listen http_register http_respond http_respond_stream }
imports! { command WEBSOCKET: ws_register ws_send ws_close }
imports! { query WEBSOCKET: ws_send_many }
imports! { command EVENTS: sse_register sse_emit }
imports! { query HTTP_OUTBOUND: http_fetch http_fetch_begin }
imports! { sql: sqlite_exec sqlite_query }
imports! { query SQLITE: sqlite_batch }
imports! { query FILES: fs_read fs_read_at fs_list fs_stat fs_create_temp fs_mkdir_temp }
imports! { command FILES: fs_truncate fs_delete fs_rename fs_remove_all fs_mkdir_all fs_chmod }
imports! {
    query DOCKER: docker_list docker_get docker_create docker_exec docker_logs docker_stats docker_stats_all
    docker_files_read docker_events_poll docker_build_status
}
imports! { command DOCKER: docker_destroy docker_restart docker_files_write docker_files_delete docker_build }

/// An id of 64 bits is two words, the low one first.
fn words(id: u64) -> (u32, u32) {
    (id as u32, (id >> 32) as u32)
}

pub(crate) fn http_defer(id: u64) -> Result<()> {
    let (low, high) = words(id);
    check(&error::HTTP_INBOUND, "http_defer", raw!(http_defer(low, high)), Vec::new()).map(drop)
}

pub(crate) fn sse_has_subscribers(path: &[u8]) -> Result<u32> {
    let mut count = 0;
    let status = raw!(sse_has_subscribers(pointer(path), length(path), &mut count));
    check(&error::EVENTS, "sse_has_subscribers", status, Vec::new()).map(|_| count)
}

pub(crate) fn http_fetch_read(id: u64, max: u32) -> Result<Vec<u8>> {
    let (low, high) = words(id);
    let mut answer = Answer::new();
    let status = raw!(http_fetch_read(low, high, max, &mut answer.pointer, &mut answer.length));
    check(&error::HTTP_OUTBOUND, "http_fetch_read", status, answer.take())
}

pub(crate) fn http_fetch_close(id: u64) -> Result<()> {
    let (low, high) = words(id);
    check(&error::HTTP_OUTBOUND, "http_fetch_close", raw!(http_fetch_close(low, high)), Vec::new()).map(drop)
}

pub(crate) fn http_fetch_error() -> Result<Vec<u8>> {
    let mut answer = Answer::new();
    let status = raw!(http_fetch_error(&mut answer.pointer, &mut answer.length));
    check(&error::HTTP_OUTBOUND, "http_fetch_error", status, answer.take())
}

pub(crate) fn sqlite_query_stream(sql: &str, params: &[u8], rows: u32) -> Result<Vec<u8>> {
    let sql = sql.as_bytes();
    let mut answer = Answer::new();
    let status = raw!(sqlite_query_stream(
        pointer(sql),
        length(sql),
        pointer(params),
        length(params),
        rows,
        &mut answer.pointer,
        &mut answer.length
    ));
    check(&error::SQLITE, "sqlite_query_stream", status, answer.take())
}

pub(crate) fn sqlite_query_stream_next(cursor: u64, rows: u32) -> Result<Vec<u8>> {
    let (low, high) = words(cursor);
    let mut answer = Answer::new();
    let status = raw!(sqlite_query_stream_next(low, high, rows, &mut answer.pointer, &mut answer.length));
    check(&error::SQLITE, "sqlite_query_stream_next", status, answer.take())
}

pub(crate) fn sqlite_query_stream_close(cursor: u64) -> Result<()> {
    let (low, high) = words(cursor);
    let status = raw!(sqlite_query_stream_close(low, high));
    check(&error::SQLITE, "sqlite_query_stream_close", status, Vec::new()).map(drop)
}

pub(crate) fn fs_write(path: &[u8], data: &[u8], request: &[u8]) -> Result<()> {
    let status =
        raw!(fs_write(pointer(path), length(path), pointer(data), length(data), pointer(request), length(request)));
    check(&error::FILES, "fs_write", status, Vec::new()).map(drop)
}

pub(crate) fn fs_write_at(request: &[u8], data: &[u8]) -> Result<()> {
    let status = raw!(fs_write_at(pointer(request), length(request), pointer(data), length(data)));
    check(&error::FILES, "fs_write_at", status, Vec::new()).map(drop)
}

/// `pulp_alloc`: a block of the global allocator, of alignment 1; 0 when there is none.
pub fn alloc(size: u32) -> *mut u8 {
    let layout = match Layout::from_size_align(size as usize, 1) {
        Ok(layout) if size > 0 => layout,
        _ => return std::ptr::null_mut(),
    };
    // SAFETY: the layout has a size.
    let block = unsafe { std::alloc::alloc(layout) };
    GIVEN.with(|given| given.set((block as usize, layout.size())));
    block
}

/// `pulp_free`.
///
/// # Safety
/// `block` is from [`alloc`], of this `size`, and not in use any more.
pub unsafe fn free(block: *mut u8, size: u32) {
    if let (false, Ok(layout)) = (block.is_null() || size == 0, Layout::from_size_align(size as usize, 1)) {
        std::alloc::dealloc(block, layout);
    }
}

/// The bytes that the host lends for a call; none when it has none.
///
/// # Safety
/// `length` bytes can be read at `pointer` for as long as the result is used.
unsafe fn lent<'a>(pointer: *const u8, length: u32) -> &'a [u8] {
    if pointer.is_null() || length == 0 {
        return &[];
    }
    std::slice::from_raw_parts(pointer, length as usize)
}

/// `pulp_init`.
///
/// # Safety
/// `length` bytes can be read at `config`; the host frees them afterwards.
pub unsafe fn init<P: crate::Plugin>(config: *const u8, length: u32) -> i32 {
    match crate::runtime::start::<P>(lent(config, length)) {
        Ok(()) => 0,
        Err(error) => {
            SENTENCE.with(|sentence| *sentence.borrow_mut() = clipped(error.message, 4_096));
            error.status
        }
    }
}

/// `pulp_step`.
///
/// # Safety
/// `length` bytes can be read at `envelope`; the host frees them afterwards.
pub unsafe fn step(envelope: *const u8, length: u32) -> i32 {
    crate::runtime::step(lent(envelope, length))
}

/// `pulp_shutdown`.
pub fn shutdown() -> i32 {
    crate::runtime::shutdown()
}

/// `pulp_init_error_ptr`.
pub fn sentence_pointer() -> *const u8 {
    SENTENCE.with(|sentence| pointer(sentence.borrow().as_bytes()))
}

/// `pulp_init_error_len`.
pub fn sentence_length() -> i32 {
    SENTENCE.with(|sentence| sentence.borrow().len() as i32)
}

/// The front of `text`, of at most `count` bytes, and whole characters.
fn clipped(mut text: String, count: usize) -> String {
    let mut end = count.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// Makes a type a plugin: writes the functions that the host calls.
///
/// Once in a crate, which is a `cdylib`: `pulp::plugin!(Hello);`.
#[macro_export]
macro_rules! plugin {
    ($plugin:ty) => {
        // Where there are no exports the compiler would take the plugin for unused.
        #[cfg(not(target_arch = "wasm32"))]
        const _: () = {
            let _ = <$plugin as $crate::Plugin>::configure;
        };

        // Elsewhere, as in the plugin's own unit tests, there is no host to call them.
        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use $crate::sys;

            #[no_mangle]
            extern "C" fn pulp_alloc(size: u32) -> *mut u8 {
                sys::alloc(size)
            }

            #[no_mangle]
            extern "C" fn pulp_free(block: *mut u8, size: u32) {
                // SAFETY: the host frees what it has allocated, once, with the size that it asked for.
                unsafe { sys::free(block, size) }
            }

            #[no_mangle]
            extern "C" fn pulp_init(config: *const u8, length: u32) -> i32 {
                // SAFETY: the host has written so many bytes there, and frees them after the call.
                unsafe { sys::init::<$plugin>(config, length) }
            }

            #[no_mangle]
            extern "C" fn pulp_step(envelope: *const u8, length: u32) -> i32 {
                // SAFETY: as above.
                unsafe { sys::step(envelope, length) }
            }

            #[no_mangle]
            extern "C" fn pulp_shutdown() -> i32 {
                sys::shutdown()
            }

            #[no_mangle]
            extern "C" fn pulp_init_error_ptr() -> *const u8 {
                sys::sentence_pointer()
            }

            #[no_mangle]
            extern "C" fn pulp_init_error_len() -> i32 {
                sys::sentence_length()
            }
        };
    };
}
