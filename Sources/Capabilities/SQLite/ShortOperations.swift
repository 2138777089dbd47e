/// The operations of SQLite's machine (https://sqlite.org/opcode.html) that a statement on an event loop may consist of:
/// each takes a bounded time with values of 4 KiB and pages in memory. What is not here, such as virtual tables,
/// triggers, schema changes and functions but the usual aggregates, is run elsewhere.
enum ShortOperations {
    /// Operations of one program.
    static let maximumCount = 500

    private static let names: Set<String> = [
        "Add", "AddImm", "Affinity", "AggFinal", "AggStep", "AggStep1", "AggValue", "And", "BeginSubrtn", "BitAnd",
        "BitNot", "BitOr", "Blob", "Cast", "Close", "CollSeq", "Column", "ColumnsUsed", "Compare", "Concat", "Copy",
        "Count", "CursorHint", "DecrJumpZero", "DeferredSeek", "Divide", "ElseEq", "EndCoroutine", "Eq", "Explain",
        "FinishSeek", "Found", "Ge", "Gosub", "Goto", "Gt", "Halt", "IdxGE", "IdxGT", "IdxInsert", "IdxLE", "IdxLT",
        "IdxRowid", "If", "IfNoHope", "IfNot", "IfNotOpen", "IfNullRow", "IfPos", "IfSmaller", "Init",
        "InitCoroutine", "Insert", "Int64", "Integer", "IntCopy", "IsNull", "IsTrue", "IsType", "Jump", "Last", "Le",
        "Lt", "MakeRecord", "MemMax", "Move", "Multiply", "MustBeInt", "Ne", "NewRowid", "Next", "NoConflict", "Noop",
        "Not", "NotExists", "NotFound", "NotNull", "Null", "NullRow", "Offset", "OffsetLimit", "Once",
        "OpenAutoindex", "OpenDup", "OpenEphemeral", "OpenPseudo", "OpenRead", "Or", "Permutation", "Prev", "Real",
        "RealAffinity", "ReleaseReg", "Remainder", "ReopenIdx", "ResetCount", "ResetSorter", "ResultRow", "Return",
        "Rewind", "RowData", "Rowid", "SCopy", "SeekGE", "SeekGT", "SeekHit", "SeekLE", "SeekLT", "SeekRowid",
        "SeekScan", "Sequence", "SequenceTest", "ShiftLeft", "ShiftRight", "SoftNull", "Sort", "SorterCompare",
        "SorterData", "SorterInsert", "SorterNext", "SorterOpen", "SorterSort", "String", "String8", "Subtract",
        "Transaction", "Variable", "Yield", "ZeroOrNull",
    ]
    private static let functions: Set<String> = ["avg", "count", "max", "min", "sum", "total"]

    /// - Parameters:
    ///   - name: As `EXPLAIN` prints it.
    ///   - argument: The operation's fourth one; a function's is `name(count)`.
    static func contains(_ name: String, argument: String) -> Bool {
        switch name {
        case "Function", "PureFunc": false
        case "AggStep", "AggStep1", "AggFinal", "AggValue":
            Self.functions.contains(String(argument.prefix { $0 != "(" }))
        default: Self.names.contains(name)
        }
    }
}
