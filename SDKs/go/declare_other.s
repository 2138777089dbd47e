//go:build !wasm

// Imports have no body. With this file the package compiles for every machine, so that editors and go vet can read it.
