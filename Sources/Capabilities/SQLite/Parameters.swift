import CSQLite
import PulpWire

/// Values of a guest, bound to a statement's parameters.
struct Parameters {
    private init() {}

    /// Binds an array of values; nil and no bytes at all are none. Extra ones are ignored, as the reference's driver does.
    static func bind(_ bytes: RawSpan, to statement: Statement, _ handle: OpaquePointer) throws(SQLiteFailure) {
        var values = 0
        if !bytes.isEmpty {
            var reader = MessagePackReader(bytes)
            do throws(WireError) {
                values = try reader.readArrayHeader()
            } catch {
                throw SQLiteFailure.undecodable
            }
            if statement.parameterCount > 0 || values > 0 {
                for place in 1..<(values + 1) {
                    try unsafe Self.bind(&reader, at: place, to: statement, handle)
                }
            }
        }
        if let name = statement.unknownName { throw Self.misfit("missing named argument \"\(name.dropFirst())\"") }
        let missing =
            if let placement = statement.placement {
                placement.keys.filter { $0 > values || $0 < 1 }.min()
            } else {
                statement.parameterCount > values ? values + 1 : nil
            }
        if let missing { throw Self.misfit("missing argument with index \(missing)") }
    }

    private static func bind(
        _ reader: inout MessagePackReader, at place: Int, to statement: Statement, _ handle: OpaquePointer
    ) throws(SQLiteFailure) {
        guard let placement = statement.placement else {
            let isUsed = place <= statement.parameterCount
            return try unsafe Self.bindNext(&reader, at: isUsed ? Int32(place) : nil, handle)
        }
        let indices = placement[place] ?? []
        guard let last = indices.last else { return try unsafe Self.bindNext(&reader, at: nil, handle) }
        for index in indices.dropLast() {
            var copy = reader
            try unsafe Self.bindNext(&copy, at: index, handle)
        }
        try unsafe Self.bindNext(&reader, at: last, handle)
    }

    private static func bindNext(
        _ reader: inout MessagePackReader, at index: Int32?, _ handle: OpaquePointer
    ) throws(SQLiteFailure) {
        let outcome: Int32?
        do throws(WireError) {
            outcome = try unsafe Self.value(&reader, at: index, handle)
        } catch {
            throw SQLiteFailure.undecodable
        }
        guard let outcome else {
            throw Self.misfit("unsupported type of argument \(index.map { "\($0)" } ?? "")")
        }
        guard outcome == SQLITE_OK else {
            guard outcome == SQLITE_TOOBIG else {
                throw Self.misfit("argument \(index ?? 0) cannot be bound (\(outcome))")
            }
            throw SQLiteFailure(limit: SQLiteLimits.valueBytes, "argument \(index ?? 0) is too big (\(outcome))")
        }
    }

    /// Reads one value and binds it, unless `index` is nil. SQLite's code; nil for a value that SQL has no type for.
    private static func value(
        _ reader: inout MessagePackReader, at index: Int32?, _ handle: OpaquePointer
    ) throws(WireError) -> Int32? {
        guard let index, let kind = reader.peekKind() else {
            try reader.skipValue()
            return SQLITE_OK
        }
        switch kind {
        case .nil:
            _ = reader.readNil()
            return unsafe sqlite3_bind_null(handle, index)
        case .bool: return unsafe sqlite3_bind_int64(handle, index, try reader.readBool() ? 1 : 0)
        case .integer:
            var unsigned = reader
            if let value = try? unsigned.readUInt64(), value > UInt64(Int64.max) { return nil }
            return unsafe sqlite3_bind_int64(handle, index, try reader.readInt64())
        case .float: return unsafe sqlite3_bind_double(handle, index, try reader.readDouble())
        case .string: return unsafe Self.bindText(try reader.readStringSpan(), handle, index)
        case .binary:
            let bytes = try reader.readBinary()
            guard !bytes.isEmpty else { return unsafe sqlite3_bind_zeroblob(handle, index, 0) }
            return unsafe bytes.withUnsafeBytes {
                unsafe pulp_sqlite_bind_blob(handle, index, $0.baseAddress, UInt64($0.count))
            }
        case .extension:
            let (seconds, nanoseconds) = try reader.readTimestamp()
            guard let text = DateText.text(.init(seconds: seconds, nanoseconds: nanoseconds)) else { return nil }
            return unsafe Self.bindText(text.utf8Span.span.bytes, handle, index)
        case .array, .map:
            try reader.skipValue()
            return nil
        case .invalid:
            try reader.skipValue()
            return nil
        }
    }

    private static func bindText(_ text: RawSpan, _ handle: OpaquePointer, _ index: Int32) -> Int32 {
        guard !text.isEmpty else { return unsafe pulp_sqlite_bind_text(handle, index, "", 0) }
        return unsafe text.withUnsafeBytes { bytes in
            let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
            return unsafe pulp_sqlite_bind_text(handle, index, start, UInt64(bytes.count))
        }
    }

    private static func misfit(_ text: String) -> SQLiteFailure {
        SQLiteFailure(code: SQLITE_RANGE, text: text)
    }
}
