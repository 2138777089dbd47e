import Foundation
import PulpTestSupport

/// For each import a request that a sound engine answers with 0.
enum Samples {
    static let all: [String: [UInt8]] = [
        "docker_list": DockerListRequest(filter: ["name": "x"]).encodedBytes(),
        "docker_get": DockerGetRequest(name: "x").encodedBytes(),
        "docker_create": sleeper("x").encodedBytes(),
        "docker_destroy": DockerTarget(id: "x").encodedBytes(),
        "docker_restart": DockerTarget(id: "x").encodedBytes(),
        "docker_exec": DockerExecRequest(id: "x", command: ["true"]).encodedBytes(),
        "docker_logs": DockerLogsRequest(id: "x", tail: 5).encodedBytes(),
        "docker_stats": DockerTarget(id: "x").encodedBytes(),
        "docker_stats_all": [0xc0],
        "docker_files_read": DockerFileReadRequest(id: "x", path: "/f").encodedBytes(),
        "docker_files_write": DockerFileWriteRequest(id: "x", path: "/f", data: [1, 2, 3]).encodedBytes(),
        "docker_files_delete": DockerFileDeleteRequest(container: "x", path: "/f").encodedBytes(),
        "docker_events_poll": DockerEventsRequest().encodedBytes(),
        "docker_build": DockerBuildRequest(imageTag: "local/x:1").encodedBytes(),
        "docker_build_status": [0xc0],
    ]

    static let queries: Set<String> = [
        "docker_list", "docker_get", "docker_create", "docker_exec", "docker_logs", "docker_stats", "docker_stats_all",
        "docker_files_read", "docker_events_poll", "docker_build_status",
    ]
}

// What the process holds.

func descriptorCount() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
}

func threadCount() -> Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
}

func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * 4_096
}
