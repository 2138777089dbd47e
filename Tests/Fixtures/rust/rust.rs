//! A guest in Rust with its standard library: one route, GET /rust/:name, answered in capitals.
use std::alloc::{alloc, dealloc, Layout};

#[link(wasm_import_module = "pulp")]
extern "C" {
    fn http_register(pointer: *const u8, length: u32) -> u32;
    fn http_respond(pointer: *const u8, length: u32) -> u32;
}

fn layout(size: u32) -> Layout {
    Layout::from_size_align(size.max(1) as usize, 8).unwrap_or(Layout::new::<u64>())
}

#[no_mangle]
pub extern "C" fn pulp_alloc(size: u32) -> *mut u8 {
    unsafe { alloc(layout(size)) }
}

#[no_mangle]
pub unsafe extern "C" fn pulp_free(block: *mut u8, size: u32) {
    dealloc(block, layout(size));
}

#[no_mangle]
pub extern "C" fn pulp_init(_config: *const u8, _length: u32) -> u32 {
    println!("rust is up");
    let route = b"\x82\xa6method\xa3GET\xa4path\xab/rust/:name";
    unsafe { http_register(route.as_ptr(), route.len() as u32) }
}

/// What follows `mark` in `bytes`.
fn after<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some(&bytes[at + mark.len()..])
}

/// The short str at the front of `bytes`.
fn text(bytes: &[u8]) -> Option<String> {
    let (tag, rest) = bytes.split_first()?;
    if tag & 0xe0 != 0xa0 {
        return None;
    }
    let bytes = rest.get(..(tag & 0x1f) as usize)?;
    Some(String::from_utf8_lossy(bytes).to_uppercase())
}

fn respond(event: &[u8]) -> Option<u32> {
    let id = after(event, b"\xa2id\xcf")?.get(..8)?;
    let body = text(after(event, b"\xa4name")?)?;
    let mut answer = b"\x84\xa2id\xcf".to_vec();
    answer.extend_from_slice(id);
    answer.extend_from_slice(b"\xa6status\xcc\xc8\xa7headers\x80\xa4body\xc4");
    answer.push(body.len() as u8);
    answer.extend_from_slice(body.as_bytes());
    Some(unsafe { http_respond(answer.as_ptr(), answer.len() as u32) })
}

#[no_mangle]
pub unsafe extern "C" fn pulp_step(bytes: *const u8, length: u32) -> u32 {
    if length <= 20 {
        return 0;
    }
    respond(std::slice::from_raw_parts(bytes, length as usize)).unwrap_or(2)
}

#[no_mangle]
pub extern "C" fn pulp_shutdown() -> u32 {
    0
}
