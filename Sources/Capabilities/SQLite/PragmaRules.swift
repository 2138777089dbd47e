/// Which pragmas a plugin may use: those that look, and those that change only what is its own.
///
/// Everything that is not here is refused: what reaches files, weakens durability, lifts a limit, or tells the host's
/// paths.
enum PragmaRules {
    /// With or without an argument.
    private static let free: Set<String> = [
        "analysis_limit", "application_id", "automatic_index", "case_sensitive_like",
        "collation_list", "compile_options", "data_version", "defer_foreign_keys", "encoding", "foreign_key_check",
        "foreign_key_list", "foreign_keys", "freelist_count", "function_list", "incremental_vacuum", "index_info",
        "index_list", "index_xinfo", "integrity_check", "module_list", "optimize", "page_count", "pragma_list",
        "quick_check", "recursive_triggers", "reverse_unordered_selects", "secure_delete", "shrink_memory",
        "table_info", "table_list", "table_xinfo", "user_version", "wal_checkpoint",
    ]
    /// Without an argument.
    private static let readable: Set<String> = [
        "auto_vacuum", "busy_timeout", "cache_size", "cell_size_check", "journal_mode", "journal_size_limit",
        "locking_mode",
        "max_page_count", "page_size", "query_only", "read_uncommitted", "schema_version", "synchronous", "temp_store",
        "trusted_schema", "wal_autocheckpoint",
    ]
    /// What many programs set to what it is anyhow, or to something stricter.
    private static let settable: [String: Set<String>] = [
        "journal_mode": ["wal"], "synchronous": ["normal", "full", "extra", "1", "2", "3"],
        "temp_store": ["0", "default", "file", "1"], "trusted_schema": ["off", "0", "false", "no"],
        "cell_size_check": ["on", "1", "true", "yes"], "read_uncommitted": ["off", "0", "false", "no"],
        "query_only": ["off", "0", "false", "no"], "locking_mode": ["normal"],
    ]

    static func allows(_ name: String, argument: String?) -> Bool {
        let name = name.lowercased()
        if Self.free.contains(name) { return true }
        guard let argument else { return Self.readable.contains(name) }
        // Up to ten seconds: so long a plugin's end may have to wait for it.
        if name == "busy_timeout" { return argument.utf8.count <= 4 }
        return Self.settable[name]?.contains(argument.lowercased()) == true
    }
}
