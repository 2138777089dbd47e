import CSQLite
import PulpWire

/// A statement's current row, written into an answer.
enum RowWriter {
    /// The longest header of text, bytes or an array.
    private static let header = 5
    private static let number = 9

    @inline(__always)
    static func append(_ handle: OpaquePointer, _ columns: [Statement.ColumnKind], to answer: AnswerBuffer) {
        answer.append(Self.header) { $0.writeArrayHeader(columns.count) }
        for (index, kind) in columns.enumerated() {
            unsafe Self.append(handle, Int32(truncatingIfNeeded: index), kind, to: answer)
        }
    }

    @inline(__always)
    private static func append(
        _ handle: OpaquePointer, _ index: Int32, _ kind: Statement.ColumnKind, to answer: AnswerBuffer
    ) {
        switch unsafe sqlite3_column_type(handle, index) {
        case SQLITE_INTEGER:
            let value = unsafe sqlite3_column_int64(handle, index)
            answer.append(Self.number) { writer in
                if kind == .boolean { writer.writeBool(value != 0) } else { writer.writeInt64(value) }
            }
        case SQLITE_FLOAT:
            let value = unsafe sqlite3_column_double(handle, index)
            answer.append(Self.number) { $0.writeDouble(value) }
        case SQLITE_TEXT:
            let start = unsafe sqlite3_column_text(handle, index)
            let text = unsafe UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
            if kind == .moment, let moment = unsafe DateText.moment(text) {
                answer.append(15) { $0.writeTimestamp(seconds: moment.seconds, nanoseconds: moment.nanoseconds) }
            } else {
                answer.append(Self.header + text.count) { unsafe $0.writeString(utf8: text) }
            }
        case SQLITE_BLOB:
            let start = unsafe sqlite3_column_blob(handle, index)
            let blob = unsafe UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
            answer.append(Self.header + blob.count) { unsafe $0.writeBinary(blob) }
        default: answer.append(1) { $0.writeNil() }
        }
    }
}
