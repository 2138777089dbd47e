import PulpGuest

enum DockerCalls {
    static func run(_ call: String, _ argument: String) throws(PluginError) -> String {
        switch call {
        case "create":
            var wanted = DockerCreateRequest(image: "local/busybox:1", name: argument)
            wanted.command = ["sh", "-c", "echo started; sleep 1000"]
            wanted.network = "none"
            let made = try Docker.create(wanted)
            return "\(made.name) \(made.status)"
        case "look":
            let server = try Docker.get(argument)
            let (all, found) = try (Docker.list(), Docker.list(["name": server.name]))
            return "\(server.name) \(all.count) \(found.count) \(all[0].id == server.id)"
        case "exec":
            let answer = try Docker.exec(argument, ["sh", "-c", "echo out; exit 3"])
            return "\(String(repairing: answer.output.wireBytes).count) \(answer.exitCode)"
        case "logs":
            let all = try Docker.logs(DockerLogsRequest(id: argument))
            let more = try Docker.logs(DockerLogsRequest(id: argument, sinceNanos: all.nextNanos))
            return "\(String(repairing: all.logs.wireBytes)) \(more.logs.count)"
        case "stats":
            let (one, all) = try (Docker.stats(argument), Docker.stats())
            return "\(one.name) \(all.count)"
        case "files":
            try Docker.writeFile("/tmp/file", of: argument, [1, 2, 3])
            let bytes = try Docker.readFile("/tmp/file", of: argument)
            try Docker.deleteFile("/tmp/file", of: argument)
            return "\(bytes.count)"
        case "read": return "\(try Docker.readFile("/tmp/file", of: argument).count)"
        case "restart":
            try Docker.restart(argument)
            return "restarted"
        case "events":
            let events = try Docker.events()
            let later = try Docker.events(after: events.last?.timestamp ?? 0, limit: 5)
            return events.map { $0.action }.joined(separator: ",") + " \(later.count)"
        case "build":
            try Docker.build(DockerBuildRequest(imageTag: "local/busybox:made"))
            return "begun"
        case "build-status":
            let status = try Docker.buildStatus()
            return "\(status.isBuilding) \(status.lastError.isEmpty)"
        case "destroy":
            try Docker.destroy(argument)
            return try "\(Docker.list().count)"
        default: throw unknown(call)
        }
    }
}
