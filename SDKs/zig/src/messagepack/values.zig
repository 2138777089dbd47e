/// A name and its value: of a header, a query, a parameter.
pub const Pair = struct { name: []const u8, value: []const u8 };

/// The bytes of a value that is not read.
pub const Raw = struct { bytes: []const u8 = "" };

/// A value of SQL or of a configuration. Times are nanoseconds since 1970.
pub const Value = union(enum) {
    nil,
    boolean: bool,
    integer: i64,
    float: f64,
    text: []const u8,
    bytes: []const u8,
    time: i128,
    nested: []const u8,
};

/// Bytes that are written as bin.
pub const Binary = struct { bytes: []const u8 };
