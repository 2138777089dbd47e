import PulpGuest

/// One entry of the guestbook: a row, and perhaps a picture in the plugin's folder.
struct Entry: RowDecodable {
    let id: Int64
    let name: String
    let message: String
    /// The picture's media type; empty without one.
    let pictureType: String

    /// What browsers show and no script can hide in.
    private static let pictureTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"]

    init(row: Row) throws(PluginError) {
        self.id = try row["id"]
        self.name = try row["name"]
        self.message = try row["message"]
        self.pictureType = try row["picture_type"]
    }

    static func createTable() throws(PluginError) {
        try Database.execute(
            """
            CREATE TABLE IF NOT EXISTS entries (
                id INTEGER PRIMARY KEY, name TEXT NOT NULL, message TEXT NOT NULL, picture_type TEXT NOT NULL)
            """)
    }

    /// The newest 100, newest first.
    static func latest() throws(PluginError) -> [Entry] {
        try Database.query("SELECT * FROM entries ORDER BY id DESC LIMIT 100").decoded(as: Entry.self)
    }

    static func insert(name: String, message: String, picture: Form.File?) throws(PluginError) -> Entry {
        let type = picture.map { $0.bytes.isEmpty ? "" : $0.type } ?? ""
        let pictureType = Self.pictureTypes.contains { $0.isSame(as: type) } ? type : ""
        // RETURNING gives the row as it was stored.
        let rows = try Database.query(
            """
            INSERT INTO entries (name, message, picture_type) VALUES (\(name), \(message), \(pictureType)) RETURNING *
            """)
        guard let row = rows.first else { throw PluginError(500, "the entry was not stored") }
        let entry = try Entry(row: row)
        if !pictureType.isEmpty, let picture { try Files.write(entry.picturePath, picture.bytes) }
        return entry
    }

    /// The picture of an entry as an answer.
    static func picture(of id: Int64) throws(PluginError) -> Response {
        let row = try Database.queryOne("SELECT * FROM entries WHERE id = \(id) AND picture_type <> ''")
        guard let row else { throw PluginError(404, "there is no such picture") }
        let entry = try Entry(row: row)
        return .bytes(
            try Files.read(entry.picturePath), type: entry.pictureType, headers: ["X-Content-Type-Options": "nosniff"])
    }

    /// The entry as an object of JSON.
    var json: String { JSONWriter.object { self.write(to: &$0) } }

    func write(to json: inout JSONWriter) {
        json.field("id", self.id)
        json.field("name", self.name)
        json.field("message", self.message)
        if !self.pictureType.isEmpty { json.field("picture", "/pictures/\(self.id)") }
    }

    private var picturePath: String { "pictures/\(self.id)" }
}
