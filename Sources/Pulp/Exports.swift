// What an application needs to load plugins and to lend them capabilities of its own. The engine is not among it.
@_exported import PulpCapability
@_exported import PulpManifest
@_exported import PulpRuntime
@_exported import PulpWire
