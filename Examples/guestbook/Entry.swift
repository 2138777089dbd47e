import PulpGuest

/// One entry of the guestbook: a row, and perhaps a picture in the plugin's folder.
struct Entry {
    let id: Int64
    let name: String
    let message: String
    /// The picture's media type; empty without one.
    let pictureType: String

    /// What browsers show and no script can hide in.
    private static let pictureTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"]

    static func createTable() throws(PluginError) {
        try Database.execute(
            """
            CREATE TABLE IF NOT EXISTS entries (
                id INTEGER PRIMARY KEY, name TEXT NOT NULL, message TEXT NOT NULL, picture_type TEXT NOT NULL)
            """)
    }

    /// The newest 100, newest first.
    static func latest() throws(PluginError) -> [Entry] {
        let rows = try Database.query(
            "SELECT id, name, message, picture_type FROM entries ORDER BY id DESC LIMIT 100")
        return rows.rows.map(Entry.init(row:))
    }

    static func insert(name: String, message: String, picture: MultipartForm.Part?) throws(PluginError) -> Entry {
        // A form sends an empty file where none was chosen.
        let type = picture.map { $0.body.isEmpty ? "" : $0.type } ?? ""
        let pictureType = Self.pictureTypes.contains { $0.utf8.elementsEqual(type.utf8) } ? type : ""
        let change = try Database.execute(
            "INSERT INTO entries (name, message, picture_type) VALUES (?, ?, ?)",
            [.string(name), .string(message), .string(pictureType)])
        let entry = Entry(id: change.lastInsertID, name: name, message: message, pictureType: pictureType)
        if !pictureType.isEmpty, let picture { try Files.write(entry.picturePath, picture.body) }
        return entry
    }

    /// The picture of an entry as an answer; 404 without one.
    static func picture(of id: Int64) throws(PluginError) -> Response {
        let rows = try Database.query(
            "SELECT id, name, message, picture_type FROM entries WHERE id = ?", [.int(id)])
        guard let entry = rows.rows.first.map(Entry.init(row:)), !entry.pictureType.isEmpty else {
            return .text("there is no such picture\n", status: 404)
        }
        return Response(
            try Files.read(entry.picturePath),
            headers: ["Content-Type": entry.pictureType, "X-Content-Type-Options": "nosniff"])
    }

    var json: String {
        var fields = "\"id\":\(self.id),\"name\":\(JSON.string(self.name)),\"message\":\(JSON.string(self.message))"
        if !self.pictureType.isEmpty { fields += ",\"picture\":\"/pictures/\(self.id)\"" }
        return "{" + fields + "}"
    }

    private var picturePath: String { "pictures/\(self.id)" }

    private init(id: Int64, name: String, message: String, pictureType: String) {
        self.id = id
        self.name = name
        self.message = message
        self.pictureType = pictureType
    }

    private init(row: [MessagePackValue]) {
        func text(_ column: Int) -> String {
            if row.count > column, case .string(let value) = row[column] { value } else { "" }
        }
        if case .int(let id)? = row.first { self.id = id } else { self.id = 0 }
        self.name = text(1)
        self.message = text(2)
        self.pictureType = text(3)
    }
}

extension String {
    /// Without white space at both ends, and with at most `count` characters.
    func trimmed(to count: Int) -> String {
        var scalars = self.unicodeScalars[...]
        while let first = scalars.first, first.value <= 0x20 { scalars.removeFirst() }
        while let last = scalars.last, last.value <= 0x20 { scalars.removeLast() }
        return String(String.UnicodeScalarView(scalars.prefix(count)))
    }
}
