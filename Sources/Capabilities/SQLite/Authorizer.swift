import CSQLite

/// What SQLite asks about a statement while it is being prepared, and what was noticed on the way.
///
/// Not the only wall: SQLite itself keeps a guest off its schema tables (`SQLITE_DBCONFIG_DEFENSIVE`), allows no
/// attached database (`SQLITE_LIMIT_ATTACHED`), and ``StorageFileSystem`` opens no other file.
struct Authorizer {
    /// `BEGIN`, `COMMIT`, `ROLLBACK`, savepoints.
    private(set) var controlsTransaction = false
    /// What was refused, for people.
    private(set) var refusal: String?

    /// Modules of virtual tables that keep to the database.
    private static let modules: Set<String> = ["fts5", "rtree", "rtree_i32"]
    private static let forbiddenFunctions: Set<String> = ["load_extension", "fts3_tokenizer"]

    /// - Parameters:
    ///   - action: As `sqlite3_set_authorizer` has it.
    ///   - first: The action's first argument, such as a pragma's name.
    ///   - second: Its second one.
    mutating func allows(_ action: Int32, _ first: @autoclosure () -> String?, _ second: @autoclosure () -> String?)
        -> Bool
    {
        switch action {
        // Most of what is asked.
        case SQLITE_SELECT, SQLITE_READ, SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE, SQLITE_RECURSIVE: return true
        case SQLITE_FUNCTION:
            let name = second()?.lowercased() ?? ""
            return Self.forbiddenFunctions.contains(name) ? self.refuse("the function \(name)") : true
        case SQLITE_TRANSACTION, SQLITE_SAVEPOINT:
            self.controlsTransaction = true
            return true
        case SQLITE_PRAGMA:
            let name = first() ?? ""
            return PragmaRules.allows(name, argument: second()) ? true : self.refuse("PRAGMA \(name) in this form")
        case SQLITE_ATTACH: return self.refuse("ATTACH and VACUUM")
        case SQLITE_DETACH: return self.refuse("DETACH")
        case SQLITE_CREATE_VTABLE:
            let module = second()?.lowercased() ?? ""
            return Self.modules.contains(module) ? true : self.refuse("a virtual table of \(module)")
        case SQLITE_CREATE_INDEX...SQLITE_CREATE_VIEW, SQLITE_DROP_INDEX...SQLITE_DROP_VIEW, SQLITE_ALTER_TABLE,
            SQLITE_REINDEX, SQLITE_ANALYZE, SQLITE_DROP_VTABLE:
            return true
        default: return self.refuse("this statement")
        }
    }

    private mutating func refuse(_ what: String) -> Bool {
        // Names come from the guest: they are cut, and the log escapes them.
        self.refusal = "\(what.prefix(80)) is not allowed to plugins"
        return false
    }
}
