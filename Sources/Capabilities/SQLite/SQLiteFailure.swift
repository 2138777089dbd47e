import CSQLite
import PulpCapability
import PulpWire

/// Why a statement failed: SQLite's code, and a sentence for whoever wrote it.
struct SQLiteFailure: Error, Hashable, Sendable {
    /// SQLite's extended result code; 0 for a refusal of the host's own.
    let code: Int32
    let text: String
    /// The manifest's key that would have allowed it.
    var limit: SettingKey?

    /// The call was of no use and has no result: the parameters are not what they should be.
    static let undecodable = SQLiteFailure(code: -1, text: "the parameters are not an array of values in MessagePack")

    init(code: Int32, text: String, limit: SettingKey? = nil) {
        self.code = code
        self.text = text
        self.limit = limit
    }

    /// A limit of the manifest.
    init(limit: SettingKey, _ text: String) {
        self.init(code: SQLITE_TOOBIG, text: "\(text); raise \(limit.name) in [limits.storage.sqlite]", limit: limit)
    }

    /// The failure as `sqlite_error` tells it.
    var record: SQLiteError {
        SQLiteError(status: self.status.rawValue, code: max(self.code, 0), message: self.text)
    }

    /// The same with at most so many bytes of text: SQLite quotes names, which may be as long as a statement.
    func clipped(to count: Int) -> SQLiteFailure {
        let text = self.text.utf8
        guard text.count > count else { return self }
        let mark = "..."
        // Back to where a character begins.
        var end = text.index(text.startIndex, offsetBy: count - mark.utf8.count)
        while text[end] & 0xc0 == 0x80 { end = text.index(before: end) }
        return SQLiteFailure(code: self.code, text: String(self.text[..<end]) + mark, limit: self.limit)
    }

    /// What the guest gets, by SQLite's code alone.
    var status: Status {
        if self == .undecodable { return .decodeFailed }
        return switch self.code & 0xff {
        case SQLITE_BUSY, SQLITE_LOCKED: .sqlBusy
        case SQLITE_CONSTRAINT: .sqlConstraint
        case SQLITE_READONLY: .sqlReadOnly
        default: .encodeFailed
        }
    }
}

extension Status {
    static let sqlBusy = Status(rawValue: 12)
    static let sqlConstraint = Status(rawValue: 13)
    static let sqlReadOnly = Status(rawValue: 14)
    /// The manifest's bound on open cursors.
    static let sqlLimit = Status(rawValue: 15)
}
