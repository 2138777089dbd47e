/// Every key of a manifest, once.
package enum ManifestSchema {
    /// The keys of the root table, in the order of the documentation.
    package static let keys: [ManifestKey] = [
        schemaVersion, name, version, wasm, sha256, capabilities, provides, consumes, hostConsumes, dependsOn,
        restart, instances, maxMemoryPages, callTimeout, maxMessageBytes, queue, tickInterval, environment, http,
        limits, config, build, sharedMemoryGroups, dedicatedThread, snapshotable, migratable, federatedCallers,
        federatedConsumes,
    ]

    static let schemaVersion = ManifestKey(
        "schema_version", .integer(0...1), default: "1", example: "1",
        "The version of the manifest's format. 0 counts as absent.")
    static let name = ManifestKey(
        "name", .string, example: "\"hello\"", isRequired: true,
        "The plugin's name, unique among those that run together. White space around it is dropped.")
    static let version = ManifestKey(
        "version", .string, example: "\"1.0.0\"", isRequired: true,
        "The plugin's version, free text. White space around it is dropped.")
    static let wasm = ManifestKey(
        "wasm", .string, default: "\"plugin.wasm\"", example: "\"plugin.wasm\"",
        "The module's file, relative to the manifest's folder or absolute. The default is `cell.wasm` in `*.cell.toml`."
    )
    static let sha256 = ManifestKey(
        "wasm_sha256", .digest, example: "\"(64 hexadecimal digits of sha256sum plugin.wasm)\"",
        "The SHA-256 of the module, checked whenever it is loaded. Upper and lower case are the same.")
    static let capabilities = ManifestKey(
        "capabilities", .strings, example: "[\"transport.http.inbound\"]",
        "The host features that the plugin is granted. Case and white space around a name do not matter.")
    static let provides = ManifestKey(
        "provides", .strings, example: "[\"math.add\"]", "The functions that other plugins may call, by exact name.")
    static let consumes = ManifestKey(
        "consumes", .strings, example: "[\"math.add\"]",
        "The functions of other plugins that this one calls, by exact name.")
    static let hostConsumes = ManifestKey(
        "host_consumes", .strings, example: "[\"billing.charge\"]",
        "The functions of other applications that this plugin calls: exact names without white space, each once.")
    static let dependsOn = ManifestKey(
        "depends_on", .strings, example: "[\"database\"]", "The plugins that must be ready before this one starts.")
    static let restart = ManifestKey(
        "restart", .choice(RestartPolicy.allCases.map(\.rawValue)), default: "\"on_crash\"", example: "\"on_crash\"",
        "What happens after a crash: nothing, a new instance until it crashes too often, or a new instance always.")
    static let instances = ManifestKey(
        "instances", .integerOrChoice(1...Int64(InstancePolicy.largestCount), ["per-core", "per-event"]),
        default: "1", example: "\"per-core\"",
        "How many instances serve the plugin; one for each core, or a fresh one for each event.")
    static let maxMemoryPages = ManifestKey(
        "max_memory_pages", .integer(0...65_536), default: "4096", example: "4096",
        "Linear memory of an instance, in pages of 64 KiB. 0 means the default, 256 MiB.")
    static let callTimeout = ManifestKey(
        "call_timeout_ms", .integer(0...86_400_000), default: "30000", example: "30000",
        "Wall time for one entry into the guest, host calls included, in milliseconds. 0 means the default.")
    static let maxMessageBytes = ManifestKey(
        "max_message_bytes", .integer(1024...1 << 30), default: "8388608", example: "8388608",
        "The largest event, call or response, in bytes.")
    static let queue = ManifestKey(
        "queue", .integer(1...1_000_000), default: "64", example: "64",
        "How many events wait for the plugin; when it is full, more are refused with an answer that says so.")
    static let tickInterval = ManifestKey(
        "tick_interval_ms", .integer(1...86_400_000), example: "1000",
        "Steps the plugin with an empty payload at this period, in milliseconds. Without it there are no ticks, "
            + "except in `*.cell.toml`, where they are adaptive: 1 ms after an event, then slower, down to 1 s.")
    static let environment = ManifestKey(
        "env", .stringTable, example: "{ TZ = \"UTC\" }",
        "The environment that the guest sees: exactly these names and values.")
    static let http = ManifestKey(
        "http", .section(httpKeys), example: "{ listen = \"127.0.0.1:8080\" }",
        "Where the plugin's HTTP listener is. Options of the command line win.")
    static let limits = ManifestKey(
        "limits", .limits, example: "{ \"storage.fs\" = { max_total_bytes = 1048576 } }",
        "Limits of single capabilities, one table `[limits.NAME]` for each; their pages say which there are.")
    static let config = ManifestKey(
        "config", .anyTable, example: "{ greeting = \"hello\" }",
        "What `pulp_init` receives, as MessagePack. Free form; tables may nest.")
    static let build = ManifestKey(
        "build", .section(buildKeys), example: "{ language = \"swift\" }",
        "How `pulp build` makes the module. A host that runs the plugin ignores it.")

    static let sharedMemoryGroups = ManifestKey(
        "shared_memory_groups", .strings, example: "[]", hasNoEffect: true, "Accepted for the reference's manifests.")
    static let dedicatedThread = ManifestKey(
        "dedicated_thread", .boolean, default: "false", example: "false", hasNoEffect: true,
        "Accepted for the reference's manifests.")
    static let snapshotable = ManifestKey(
        "snapshotable", .boolean, default: "false", example: "false", hasNoEffect: true,
        "Accepted for the reference's manifests.")
    static let migratable = ManifestKey(
        "migratable", .boolean, default: "false", example: "false", hasNoEffect: true,
        "Accepted for the reference's manifests.")
    static let federatedCallers = ManifestKey(
        "federated_callers", .strings, example: "[]", hasNoEffect: true, "Accepted for the reference's manifests.")
    static let federatedConsumes = ManifestKey(
        "federated_consumes", .strings, example: "[]", hasNoEffect: true, "Accepted for the reference's manifests.")

    // MARK: [http]

    static let httpKeys = [listen, tlsCertificate, tlsKey]

    static let listen = ManifestKey(
        "listen", .string, example: "\"127.0.0.1:8080\"",
        "Address and port, `address:port` or `[address]:port` for IPv6; port 0 lets the system choose.")
    static let tlsCertificate = ManifestKey(
        "tls_cert", .string, example: "\"cert.pem\"",
        "The certificate chain, a PEM file relative to the manifest's folder. Needs `tls_key`.")
    static let tlsKey = ManifestKey(
        "tls_key", .string, example: "\"key.pem\"",
        "The private key, a PEM file relative to the manifest's folder. Needs `tls_cert`.")

    // MARK: [build]

    static let buildKeys = [language, sources, flags, command]

    static let language = ManifestKey(
        "language", .choice(BuildSettings.languages), example: "\"swift\"",
        "The language of the sources. Without it the files decide.")
    static let sources = ManifestKey(
        "sources", .strings, example: "[\"src\"]",
        "Files, folders and patterns (`*`, `?`) below the manifest's folder; without it, all of that folder.")
    static let flags = ManifestKey(
        "flags", .strings, example: "[\"-DDEBUG\"]", "Arguments for the compiler, after Pulp's own.")
    static let command = ManifestKey(
        "command", .strings, example: "[\"make\"]",
        "A program with its arguments, run in the manifest's folder instead of a compiler; it has to write `wasm`.")
}
