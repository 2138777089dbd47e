import CWasmtime

/// The text of a byte vector that the library lends, without a trailing NUL.
func text(_ vector: borrowing wasm_byte_vec_t) -> String {
    guard let bytes = unsafe vector.data, unsafe vector.size > 0 else { return "" }
    var view = unsafe UnsafeBufferPointer(start: bytes, count: vector.size)[...]
    while let last = unsafe view.last, last == 0 || last == 0x0A { unsafe view = view.dropLast() }
    return unsafe String(decoding: view, as: UTF8.self)
}

/// The text of an optional byte vector that the library lends.
func text(_ vector: UnsafePointer<wasm_byte_vec_t>?) -> String? {
    guard let vector = unsafe vector else { return nil }
    return unsafe text(vector.pointee)
}

/// Takes an error of the library: its message, and frees it.
func takeMessage(_ error: OpaquePointer) -> String {
    var vector = unsafe wasm_byte_vec_t()
    unsafe wasmtime_error_message(error, &vector)
    let message = unsafe text(vector)
    unsafe wasm_byte_vec_delete(&vector)
    unsafe wasmtime_error_delete(error)
    return message
}

/// Calls `body` with the UTF-8 of `name` as the library takes names: an address and a length, no NUL.
func withName<Result>(_ name: String, _ body: (UnsafePointer<CChar>?, Int) -> Result) -> Result {
    var name = name
    return name.withUTF8 { bytes in
        unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe body($0.baseAddress, $0.count) }
    }
}
