import PulpEngine

/// What a module must export, checked before anything of it runs.
package struct ExportCheck: Sendable {
    /// Required exports that are missing, in the order init, step, shutdown, memory, allocator.
    package var missing: [String] = []
    /// `name: has this type, must have that`.
    package var wrong: [String] = []

    package var isGood: Bool { self.missing.isEmpty && self.wrong.isEmpty }

    package static let required: [(name: String, type: FunctionType)] = [
        ("pulp_init", FunctionType([.i32, .i32], [.i32])),
        ("pulp_step", FunctionType([.i32, .i32], [.i32])),
        ("pulp_shutdown", FunctionType([], [.i32])),
        ("pulp_alloc", FunctionType([.i32], [.i32])),
    ]

    package static let optional: [(name: String, type: FunctionType)] = [
        ("pulp_free", FunctionType([.i32, .i32], [])),
        ("_initialize", FunctionType([], [])),
        ("_start", FunctionType([], [])),
        ("probe_last_call", FunctionType([], [.i64])),
        ("probe_config_marker", FunctionType([], [.i64])),
        ("pulp_init_error_ptr", FunctionType([], [.i32])),
        ("pulp_init_error_len", FunctionType([], [.i32])),
        ("pulp_on_call", FunctionType([.i32, .i32, .i32, .i32, .i32, .i32], [.i32])),
        ("pulp_on_call_error_ptr", FunctionType([], [.i32])),
        ("pulp_on_call_error_len", FunctionType([], [.i32])),
    ]

    package init(_ module: Module) {
        for (name, type) in Self.required { self.check(module, name, type, isRequired: true) }
        if case .memory = module.export("memory")?.kind {} else { self.missing.append("memory") }
        for (name, type) in Self.optional { self.check(module, name, type, isRequired: false) }
    }

    private mutating func check(_ module: Module, _ name: String, _ type: FunctionType, isRequired: Bool) {
        guard let export = module.export(name) else {
            if isRequired { self.missing.append(name) }
            return
        }
        guard export.functionType != type else { return }
        let found = export.functionType.map { "\($0)" } ?? "not a function"
        self.wrong.append("\(name) is \(found) and must be \(type)")
    }

    /// One sentence that names everything, or nil.
    package var problem: String? {
        var parts: [String] = []
        if !self.missing.isEmpty { parts.append("missing required exports: [\(self.missing.joined(separator: " "))]") }
        if !self.wrong.isEmpty { parts.append("exports of the wrong type: \(self.wrong.joined(separator: "; "))") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }
}
