import PulpCapability

extension DockerCapability {
    package static let section: String? = "docker"
    package static let settings = [
        Key.images, Key.bindRoots, Key.network, Key.publishAddress, Key.diskDevice, Key.events, Key.onStop,
        Key.stopSeconds,
    ]
    package static let limits = [
        Limit.containers, Limit.calls, Limit.memoryBytes, Limit.milliCPUs, Limit.pids, Limit.logBytes, Limit.execBytes,
        Limit.fileBytes, Limit.buildBytes, Limit.buildSeconds, Limit.events,
    ]

    /// The keys of `[docker]`.
    enum Key {
        static let images = SettingKey(
            "images", .strings, example: #"["local/busybox:*", "registry.example.com/app"]"#,
            "Images that containers may be made of; `*` stands for anything but `/`, no tag for every tag. Without the "
                + "key: every image that the engine has; none is ever pulled.")
        static let bindRoots = SettingKey(
            "bind_roots", .strings, example: #"["/srv/worlds"]"#,
            "Folders below which containers may bind folders of the host, beside those of `DOCKER_BIND_ROOTS`.")
        static let network = SettingKey(
            "network", .string, example: #""host""#,
            "The network that containers join, `host` among them; without the key the engine's default, and no other "
                + "may be asked for but `none`.")
        static let publishAddress = SettingKey(
            "publish_address", .string, example: #""0.0.0.0""#,
            "The address of the host on which ports are published; without the key `127.0.0.1`.")
        static let diskDevice = SettingKey(
            "disk_device", .string, example: #""/dev/sda""#,
            "The device that `disk_io_read_bps` and `disk_io_write_bps` are about; without the key they are refused.")
        static let events = SettingKey(
            "events", .boolean(default: false), "Whether `docker.event` events are sent to the plugin.")
        static let onStop = SettingKey(
            "on_stop", .choice(["keep", "remove"], default: "keep"),
            "What becomes of the plugin's containers when it stops: they go on, and are the plugin's again when it "
                + "starts, or they are removed.")
        static let stopSeconds = SettingKey.integer(
            "stop_seconds", in: 0...300, default: 10,
            "How long a container may take to stop before it is killed; less where the call's deadline is nearer.")
    }

    /// The keys of `[limits.spawn.docker]`.
    enum Limit {
        static let containers = SettingKey.integer(
            "containers", in: 1...10_000, default: 64, "Containers that the plugin may have, stopped ones among them.")
        static let calls = SettingKey.integer(
            "calls", in: 1...1_024, default: 64, "Calls that may wait for the engine at once.")
        static let memoryBytes = SettingKey.integer(
            "memory_bytes", in: 6 << 20...1 << 44, default: 1 << 30,
            "The most memory that a container may have, and what it has when it asks for none.")
        static let milliCPUs = SettingKey.integer(
            "milli_cpus", in: 10...1_024_000, default: 1_000,
            "The most of the machine's CPUs that a container may have, in thousandths, and what it has when it asks "
                + "for none.")
        static let pids = SettingKey.integer(
            "pids", in: 1...4_194_304, default: 512,
            "The most processes that a container may have, and what it has when it asks for none.")
        static let logBytes = SettingKey.integer(
            "log_bytes", in: 1 << 10...64 << 20, default: 1 << 20, "The end of a log that `docker_logs` answers.")
        static let execBytes = SettingKey.integer(
            "exec_bytes", in: 1 << 10...64 << 20, default: 1 << 20,
            "The front of the output that `docker_exec` answers.")
        static let fileBytes = SettingKey.integer(
            "file_bytes", in: 1 << 10...256 << 20, default: 4 << 20, "The largest file that is read or written.")
        static let buildBytes = SettingKey.integer(
            "build_bytes", in: 1 << 10...64 << 30, default: 256 << 20, "The files that an image may be built from.")
        static let buildSeconds = SettingKey.integer(
            "build_seconds", in: 1...86_400, default: 600, "How long a build may take.")
        static let events = SettingKey.integer(
            "events", in: 1...100_000, default: 1_000, "Events that are kept, for five minutes.")
    }
}
