import PulpGuest

enum FileCalls {
    static func run(_ call: String, _ argument: String) throws(PluginError) -> String {
        switch call {
        case "whole":
            try Files.write("a/b/file", argument)
            try Files.write("a/b/private", [1, 2, 3], mode: 0o600)
            try Files.write("a/b/part", [UInt8](repeating: 0x2e, count: 4), at: 2)
            try Files.append("a/b/file", [0x21])
            try Files.append("a/b/fresh", [0x3f])
            return try "\(Files.readText("a/b/file")) \(Files.read("a/b/part").count) "
                + "\(Files.readText("a/b/fresh")) \(Files.read("a/b/file", at: 1, count: 2).count)"
        case "look":
            let known = try Files.attributes("a/b/private")
            return try "\(known.name) \(known.size) \(known.isFolder) \(known.mode) \(known.modified.seconds > 0) "
                + "\(Files.attributes("a").isFolder) \(Files.exists("a/b/file")) \(Files.exists("a/nothing")) "
                + Files.list("a/b").map { $0.name }.joined(separator: ",") + " \(Files.list()[0].isFolder)"
        case "change":
            try Files.truncate("a/b/file", to: 3)
            try Files.rename("a/b/file", to: "c/moved")
            try Files.setMode("c/moved", 0o640)
            try Files.makeFolder("d/e")
            let copied = try Files.copy("c/moved", to: "d/e/copy")
            return try "\(Files.readText("d/e/copy")) \(copied) \(Files.attributes("c/moved").mode)"
        case "temporary":
            let file = try Files.makeTemporary(pattern: "x-*.txt")
            let folder = try Files.makeTemporaryFolder(in: "d")
            return try "\(file) \(folder) \(Files.exists(file)) \(Files.attributes(folder).isFolder)"
        case "remove":
            try Files.delete("c/moved")
            try Files.deleteAll("d")
            try Files.deleteAll("d")
            return try "\(Files.exists("c/moved")) \(Files.exists("d"))"
        case "read": return try Files.readText(argument)
        case "write":
            try Files.write(argument, "x")
            return "written"
        case "rejected":
            do throws(PluginError) {
                _ = try Files.read(argument)
                return "read"
            } catch {
                return "\(Files.isRejected(error))"
            }
        case "stream": return try Self.stream(UInt64(argument) ?? 0)
        default: throw unknown(call)
        }
    }

    /// A file that is larger than what one call may read or write.
    private static func stream(_ size: UInt64) throws(PluginError) -> String {
        var writer = try FileWriter("large")
        while writer.offset < size { try writer.write([UInt8](repeating: 7, count: 1 << 20)) }
        var more = try FileWriter(appendingTo: "large")
        try more.write([8])
        try more.write([])
        var reader = FileReader("large", pieceSize: 1 << 20)
        var (pieces, sum) = (0, UInt64(0))
        while let bytes = try reader.next() {
            pieces += 1
            sum += UInt64(bytes.last ?? 0)
        }
        let copied = try Files.copy("large", to: "copy")
        return "\(pieces) \(sum) \(reader.offset) \(copied)"
    }
}
