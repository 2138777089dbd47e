import PulpGuest

struct Product: RowDecodable {
    let id: Int
    let name: String
    let price: Double?
    let picture: [UInt8]?
    let isNew: Bool
    let since: Timestamp?

    init(row: Row) throws(PluginError) {
        self.id = try row["id"]
        self.name = try row["name"]
        self.price = try row["price"]
        self.picture = try row["picture"]
        self.isNew = try row["is_new"]
        self.since = try row["since"]
    }

    var text: String {
        let price = self.price.map { "\(Int($0 * 100))" } ?? "-"
        let picture = self.picture.map { "\($0.count)" } ?? "-"
        let since = self.since.map { "\($0.seconds).\($0.nanoseconds)" } ?? "-"
        return "\(self.id) \(self.name) \(price) \(picture) \(self.isNew) \(since)\n"
    }
}

enum DatabaseCalls {
    static func run(_ call: String, _ argument: String) throws(PluginError) -> String {
        switch call {
        case "make":
            try Database.execute(
                """
                CREATE TABLE products (
                    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, price REAL, picture BLOB, is_new BOOLEAN,
                    since TIMESTAMP)
                """)
            return "made"
        case "insert":
            let picture: [UInt8] = [0, 1, 255]
            let since = Timestamp(seconds: 1_700_000_000, nanoseconds: 500_000_000)
            let first = try Database.execute(
                """
                INSERT INTO products (name, price, picture, is_new, since)
                VALUES (\(argument), \(12.5), \(picture), \(true), \(since))
                """)
            let nothing: String? = nil
            let second = try Database.execute(
                "INSERT INTO products (name, picture, is_new) VALUES (\(argument + "2"), \(nothing), \(false))")
            return "\(first.rowsAffected) \(first.lastInsertID) \(second.lastInsertID)"
        case "all":
            let products = try Database.query("SELECT * FROM products ORDER BY id").decoded(as: Product.self)
            return products.map { $0.text }.joined()
        case "one":
            let row = try Database.queryOne("SELECT name FROM products WHERE name = \(argument)")
            return row?.string("name") ?? "none"
        case "built":
            var sql: SQL = "SELECT count(*) FROM products WHERE is_new = \(true)"
            if !argument.isEmpty { sql.append(" AND instr(name, \(argument)) > 0") }
            sql.append(SQL(unchecked: " AND id > ?"))
            sql.bind(Int64(0))
            sql.append("ORDER BY \(unchecked: "id")")
            return try "\(Database.queryOne(sql)?.int(0) ?? -1)"
        case "bad": return "\(try Database.query("SELECT nothing FROM nowhere").count)"
        case "empty": return "\(try Database.query("").count)"
        case "unbound": return "\(try Database.query(SQL(unchecked: "SELECT ?, ?")).count)"
        default: return try Self.together(call, argument)
        }
    }

    private static func together(_ call: String, _ argument: String) throws(PluginError) -> String {
        switch call {
        case "batch":
            let done = try Database.batch(
                (1...3).map { "INSERT INTO products (name, is_new) VALUES (\("\(argument) \($0)"), \(true))" }
                    + ["UPDATE products SET is_new = FALSE", "SELECT count(*) AS n FROM products"])
            return "\(done.count) \(done[0].change.lastInsertID) \(done[3].change.rowsAffected) "
                + "\(done[0].rows.isEmpty) \(done[4].rows.first?.int("n") ?? -1)"
        case "batch-fails":
            let name = "\(argument) once"
            try Database.batch([
                "INSERT INTO products (name) VALUES (\(name))", "INSERT INTO products (name) VALUES (\(name))",
            ])
            return "not refused"
        case "batch-none": return "\(try Database.batch([]).count)"
        case "transaction", "rolled-back":
            return try Database.transaction { () throws(PluginError) in
                try Database.execute("INSERT INTO products (name, is_new) VALUES (\(argument), \(true))")
                if call == "rolled-back" { throw PluginError(409, "thought better of it") }
                return "\(try Database.query("SELECT 1 FROM products").count)"
            }
        case "stream":
            let count = Int64(argument) ?? 0
            var rows = try Database.stream(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT \(count)) SELECT i, 'row' FROM n",
                atOnce: 100)
            var (sum, seen) = (Int64(0), 0)
            while let row = try rows.next() {
                sum += row.int("i") ?? 0
                seen += row.string(1) == "row" ? 1 : 0
            }
            return try "\(seen) \(sum) \(rows.columns.joined(separator: ",")) \(rows.next() == nil)"
        case "streams-left":
            // Each is closed where it goes out of use: more than may be open at a time.
            for _ in 0..<40 {
                var rows = try Database.stream(SQL(unchecked: Self.manyRows), atOnce: 1)
                _ = try rows.next()
            }
            return "closed"
        case "streams-open": return try "\(Self.opened(20))"
        case "each":
            var sum: Int64 = 0
            try Database.forEach("VALUES (1), (2), (3)") { row in sum += row.int(0) ?? 0 }
            return "\(sum)"
        default: throw unknown(call)
        }
    }

    private static let manyRows =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10000) SELECT i FROM n"

    /// Streams within streams.
    private static func opened(_ count: Int) throws(PluginError) -> Int {
        guard count > 0 else { return 0 }
        var rows = try Database.stream(SQL(unchecked: Self.manyRows), atOnce: 1)
        _ = try rows.next()
        return try 1 + Self.opened(count - 1)
    }
}

/// What a row says to the wrong question.
enum RowCalls {
    static func run(_ call: String, _ argument: String) throws(PluginError) -> String {
        let rows = try Database.query(
            "SELECT 7 AS n, 'seven' AS word, NULL AS \"nothing\", 7.5 AS half, x'00ff' AS raw")
        let row = rows[0]
        switch call {
        case "getters":
            let n =
                "\(row.int("n") ?? 0) \(row.int("word") ?? -1) \(row.int("nothing") ?? -2) \(row.int("absent") ?? -3)"
            return n + " \(Int((row.double(3) ?? 0) * 2)) \(Int(row.double("n") ?? 0)) \(row.bool("n") ?? false)"
                + " \(row.bytes("raw")?.count ?? 0) \(row.string("raw") ?? "no text") \(row.int(9) ?? -4)"
                + " \(row.cell("nothing")?.isNull ?? false) \(rows.columns.joined(separator: ","))"
        case "wrong-type": return "\(try row["word"] as Int64)"
        case "null": return try row["nothing"]
        case "absent": return try row["absent"]
        case "number": return try row[12]
        case "too-large": return "\(try (Database.queryOne("SELECT 1 << 40")?[0] ?? 0) as Int)"
        case "optional": return try (row["nothing"] as String?) ?? "nil"
        case "big":
            let rows = try Database.query("SELECT printf('%.*c', \(Int64(argument) ?? 0), 'x') AS big")
            return "\(rows.first?.string("big")?.utf8.count ?? -1)"
        default: throw unknown(call)
        }
    }
}
