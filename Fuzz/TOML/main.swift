/// Feeds arbitrary bytes to the TOML parser: it must answer, and its answer must make sense.
///
/// Run with `Scripts/fuzz TOML`. The module's sources are compiled into the fuzz target, so nothing is imported.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTOML(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    do throws(TOMLErrors) {
        let table = try TOML.parse(bytes)
        precondition(!table.taggedJSON().isEmpty, "a table has no JSON")
        precondition(depth(of: table) <= 128, "a table is deeper than the limit")
    } catch {
        precondition(!error.diagnostics.isEmpty, "a refusal names no mistake")
        precondition(error.diagnostics.count <= 100, "a refusal is longer than its limit")
        for diagnostic in error.diagnostics {
            let (start, end) = (diagnostic.span.start, diagnostic.span.end)
            precondition(0...end.offset ~= start.offset && end.offset <= count, "a mistake lies outside")
            precondition(start.line >= 1 && start.column >= 1, "a position counts from 1")
            precondition(!diagnostic.message.isEmpty && !diagnostic.remedy.isEmpty, "a mistake says nothing")
        }
    }
    return 0
}

private func depth(of table: TOMLTable) -> Int {
    table.entries.map { depth(of: $0.node.value) }.max() ?? 0
}

private func depth(of value: TOMLValue) -> Int {
    switch value {
    case .table(let table): 1 + depth(of: table)
    case .array(let nodes): 1 + (nodes.map { depth(of: $0.value) }.max() ?? 0)
    default: 0
    }
}
