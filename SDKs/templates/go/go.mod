module plugins/PLUGIN_NAME

go 1.24

require pulp v0.0.0

// For editors. `pulp build` finds the SDK by itself.
replace pulp => "PULP_SDK/SDKs/go"
