// Go-echo is a guest as the reference's are: Go, built with -buildmode=c-shared, answering GET /echo/:msg and
// POST /echo, and keeping the configuration's marker for the host's probe.
package main

import "unsafe"

//go:wasmimport pulp http_register
func httpRegister(pointer unsafe.Pointer, length uint32) uint32

//go:wasmimport pulp http_respond
func httpRespond(pointer unsafe.Pointer, length uint32) uint32

var (
	marker   int64
	lastCall uint64
	// What the host asked for stays reachable until it is freed, else the collector would take it.
	pinned = map[uint32][]byte{}
)

func main() {}

//go:wasmexport pulp_alloc
func pulpAlloc(size uint32) uint32 {
	if size == 0 {
		return 0
	}
	block := make([]byte, size)
	address := uint32(uintptr(unsafe.Pointer(&block[0])))
	pinned[address] = block
	return address
}

//go:wasmexport pulp_free
func pulpFree(address, size uint32) { delete(pinned, address) }

// lent gives the bytes that the host wrote; they lie in a block of pulpAlloc's.
func lent(address, length uint32) []byte {
	block := pinned[address]
	if uint32(len(block)) < length {
		return nil
	}
	return block[:length]
}

func register(method, path string) uint32 {
	var w writer
	w.mapHeader(2)
	w.text("method")
	w.text(method)
	w.text("path")
	w.text(path)
	return httpRegister(unsafe.Pointer(&w.bytes[0]), uint32(len(w.bytes)))
}

//go:wasmexport pulp_init
func pulpInit(address, length uint32) uint32 {
	if length > 0 && !readConfig(lent(address, length)) {
		return 2
	}
	if status := register("GET", "/echo/:msg"); status != 0 {
		return 100 + status
	}
	if status := register("POST", "/echo"); status != 0 {
		return 200 + status
	}
	return 0
}

func readConfig(bytes []byte) bool {
	r := reader{bytes: bytes}
	for pairs := r.mapHeader(); pairs > 0 && !r.failed; pairs-- {
		// Only a 9-byte int64 counts, as in the reference's guests.
		if string(r.slice()) == "marker" && r.peek() == 0xd3 {
			r.big(1)
			marker = int64(r.big(8))
		} else {
			r.skip()
		}
	}
	return !r.failed
}

type request struct {
	id          uint64
	method      string
	param, body []byte
}

//go:wasmexport pulp_step
func pulpStep(address, length uint32) uint32 {
	envelope := lent(address, length)
	if len(envelope) < 20 {
		return 1
	}
	lastCall = little(envelope[:8])
	payload := envelope[20:]
	if uint64(len(payload)) < little(envelope[16:20]) {
		return 1
	}
	if len(payload) == 0 {
		return 0
	}
	return event(payload)
}

func event(payload []byte) uint32 {
	r := reader{bytes: payload}
	kind := ""
	for pairs := r.mapHeader(); pairs > 0 && !r.failed; pairs-- {
		switch key := string(r.slice()); {
		case key == "kind":
			kind = string(r.slice())
		case key == "payload" && kind == "http.request":
			asked, ok := readRequest(&r)
			if !ok {
				return 3
			}
			return answer(asked)
		default:
			r.skip()
		}
	}
	if r.failed {
		return 2
	}
	return 0
}

func readRequest(r *reader) (asked request, ok bool) {
	for pairs := r.mapHeader(); pairs > 0 && !r.failed; pairs-- {
		switch string(r.slice()) {
		case "id":
			asked.id = r.unsigned()
		case "method":
			asked.method = string(r.slice())
		case "params":
			for params := r.mapHeader(); params > 0 && !r.failed; params-- {
				r.skip()
				asked.param = r.slice()
			}
		case "body":
			asked.body = r.slice()
		default:
			r.skip()
		}
	}
	return asked, !r.failed
}

func answer(asked request) uint32 {
	status, kind, body := uint64(200), "text/plain; charset=utf-8", asked.param
	switch asked.method {
	case "GET":
	case "POST":
		kind, body = "application/octet-stream", asked.body
	default:
		status, body = 405, []byte("method not allowed\n")
	}
	var w writer
	w.mapHeader(4)
	w.text("id")
	w.unsigned(asked.id)
	w.text("status")
	w.unsigned(status)
	w.text("headers")
	w.mapHeader(1)
	w.text("Content-Type")
	w.text(kind)
	w.text("body")
	w.binary(body)
	if result := httpRespond(unsafe.Pointer(&w.bytes[0]), uint32(len(w.bytes))); result != 0 {
		return 300 + result
	}
	return 0
}

//go:wasmexport pulp_shutdown
func pulpShutdown() uint32 { return 0 }

//go:wasmexport probe_last_call
func probeLastCall() uint64 { return lastCall }

//go:wasmexport probe_config_marker
func probeConfigMarker() int64 { return marker }
