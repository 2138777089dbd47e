// Package pulp is for writing plugins of Pulp in Go.
//
// A plugin is a package main that hands a function to [Run] from its init:
//
//	func main() {}
//
//	func init() {
//		pulp.Run(func(app *pulp.App) error {
//			app.Get("/hello/:name", func(r *pulp.Request) (*pulp.Response, error) {
//				return pulp.Text("Hello, " + r.Param("name") + "!\n"), nil
//			})
//			return nil
//		})
//	}
//
// It is built with GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared.
//
// A plugin steps one event at a time. Calls that wait (for a database, a file, another server) put the plugin to
// sleep, not its host. Goroutines run only while a step does.
package pulp

import (
	"errors"
	"time"
	"unsafe"

	"pulp/internal/wire"
)

// Handler answers a request. An error is logged and answered with 500, or with the status of a [*StatusError].
type Handler func(r *Request) (*Response, error)

// App is what a plugin registers its handlers with, while it starts.
type App struct {
	// Config is the table [config] of the manifest.
	Config Config

	routes      []route[Handler]
	sockets     []route[WebSocket]
	conns       map[uint64]*Conn
	onTick      func(now time.Time) error
	onShutdown  func() error
	onSubscribe func(s *Subscriber) error
	onLeave     func(s *Subscriber, reason string) error
	onContainer func(e *ContainerEvent) error
	onOther     func(kind string, payload []byte) error
	refused     error
}

var (
	start    func(app *App) error
	running  *App
	stepTime uint64
	failure  []byte
)

// Run says how the plugin starts: start is called once for each instance, in pulp_init. An error fails the start.
func Run(f func(app *App) error) { start = f }

// Now is when the event that is stepped was handed over, by the host's clock.
//
// A test may set that clock; [time.Now] always tells the system's.
func Now() time.Time { return time.Unix(0, int64(stepTime)) }

// Get registers a handler for GET. In the pattern, :name stands for one segment and *name for all that is left.
//
// A route that the host refuses fails the plugin's start with its sentence.
func (app *App) Get(pattern string, handler Handler) { app.Handle("GET", pattern, handler) }

// Post registers a handler for POST, as Get does for GET.
func (app *App) Post(pattern string, handler Handler) { app.Handle("POST", pattern, handler) }

// Put registers a handler for PUT, as Get does for GET.
func (app *App) Put(pattern string, handler Handler) { app.Handle("PUT", pattern, handler) }

// Patch registers a handler for PATCH, as Get does for GET.
func (app *App) Patch(pattern string, handler Handler) { app.Handle("PATCH", pattern, handler) }

// Delete registers a handler for DELETE, as Get does for GET.
func (app *App) Delete(pattern string, handler Handler) { app.Handle("DELETE", pattern, handler) }

// Handle registers a handler for any method.
func (app *App) Handle(method, pattern string, handler Handler) {
	var w wire.Writer
	w.Map(2)
	w.Text("method")
	w.Text(method)
	w.Text("path")
	w.Text(pattern)
	if app.accept(command("http_register", httpRegister, w.Bytes), method+" "+pattern) {
		app.routes = append(app.routes, newRoute(method, pattern, handler))
	}
}

// Listen moves the plugin's routes to a listener on an address of their own; before the first route.
//
// An address that the host refuses fails the plugin's start, as a route does.
func (app *App) Listen(address string) error {
	var w wire.Writer
	w.Map(1)
	w.Text("addr")
	w.Text(address)
	err := command("http_listen", httpListen, w.Bytes)
	app.accept(err, "listening on "+address)
	return err
}

// OnTick sets what is done in steps without an event, which a plugin with tick_interval_ms gets.
func (app *App) OnTick(f func(now time.Time) error) { app.onTick = f }

// OnShutdown sets what is done when the plugin is stopped in good order.
func (app *App) OnShutdown(f func() error) { app.onShutdown = f }

// OnEvent sets what is done with events of kinds that this package does not know, of an application's own capabilities.
// The payload is MessagePack; [Decode] reads it.
func (app *App) OnEvent(f func(kind string, payload []byte) error) { app.onOther = f }

// accept keeps the first registration that was refused: the start fails with it.
func (app *App) accept(err error, what string) bool {
	if err != nil && app.refused == nil {
		if what != "" {
			err = errors.New(what + ": " + err.Error())
		}
		app.refused = err
	}
	return err == nil
}

// Decode reads one MessagePack value: nil, bool, int64, uint64, float64, string, []byte, [time.Time], []any or
// map[string]any. It nests at most 64 deep and has at most 100,000 values.
func Decode(bytes []byte) (any, error) {
	r := wire.NewReader(bytes)
	value := r.Value()
	if r.Failed() {
		return nil, errMalformed
	}
	return value, nil
}

var errMalformed = errors.New("the bytes are not the MessagePack that they should be")

// pinned holds what the host asked for until it is freed or taken: the collector would have it otherwise.
var pinned = map[uint32][]byte{}

//go:wasmexport pulp_alloc
func pulpAlloc(size uint32) uint32 {
	if size == 0 {
		return 0
	}
	block := make([]byte, size)
	address := uint32(uintptr(unsafe.Pointer(unsafe.SliceData(block))))
	pinned[address] = block
	return address
}

//go:wasmexport pulp_free
func pulpFree(address, size uint32) { delete(pinned, address) }

// lent gives what the host wrote; it lies in a block of pulpAlloc's, and stays valid for whoever keeps it.
func lent(address, length uint32) ([]byte, bool) {
	block := pinned[address]
	if uint32(len(block)) < length {
		return nil, false
	}
	return block[:length:length], true
}

//go:wasmexport pulp_init
func pulpInit(address, length uint32) (status uint32) {
	config, ok := lent(address, length)
	if !ok {
		return fail("the configuration lies in no block of pulp_alloc's")
	}
	if start == nil {
		return fail("the plugin has no start: call pulp.Run from an init function")
	}
	app := &App{conns: map[uint64]*Conn{}}
	app.Config.refuse = func(err error) {
		app.accept(err, "")
		if running != nil {
			Log.Error("the configuration is wrong", "error", err)
		}
	}
	if err := guarded("start", func() error {
		if err := app.Config.read(config); err != nil {
			return err
		}
		return start(app)
	}); err != nil {
		return fail(err.Error())
	}
	if app.refused != nil {
		return fail(app.refused.Error())
	}
	running = app
	return 0
}

func fail(sentence string) uint32 {
	failure = []byte(sentence)
	if len(failure) > 4096 {
		failure = failure[:4096]
		for len(failure) > 0 && failure[len(failure)-1]&0xc0 == 0x80 {
			failure = failure[:len(failure)-1]
		}
		failure = failure[:max(len(failure)-1, 0)]
	}
	return 1
}

//go:wasmexport pulp_init_error_ptr
func pulpInitErrorPointer() uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(failure))))
}

//go:wasmexport pulp_init_error_len
func pulpInitErrorLength() uint32 { return uint32(len(failure)) }

//go:wasmexport pulp_shutdown
func pulpShutdown() uint32 {
	if running == nil || running.onShutdown == nil {
		return 0
	}
	if err := guarded("shutdown", running.onShutdown); err != nil {
		Log.Error("the shutdown failed", "error", err)
		return 1
	}
	return 0
}

//go:wasmexport pulp_step
func pulpStep(address, length uint32) uint32 {
	envelope, ok := lent(address, length)
	if !ok || len(envelope) < 20 || running == nil {
		return 1
	}
	stepTime = little(envelope[8:16])
	payload := envelope[20:]
	if uint64(len(payload)) < little(envelope[16:20]) {
		return 1
	}
	payload = payload[:little(envelope[16:20])]
	if len(payload) == 0 {
		if running.onTick != nil {
			report("tick", guarded("tick", func() error { return running.onTick(Now()) }))
		}
		return 0
	}
	return running.event(payload)
}

func little(bytes []byte) (value uint64) {
	for i, b := range bytes {
		value |= uint64(b) << (8 * i)
	}
	return value
}

func (app *App) event(payload []byte) uint32 {
	r := wire.NewReader(payload)
	kind, result := "", uint32(0)
	r.Fields(func(key string) {
		switch key {
		case "kind":
			kind = r.Text()
		case "payload":
			result = app.dispatch(kind, r)
		default:
			r.Skip()
		}
	})
	if r.Failed() {
		Log.Error("an event cannot be read", "kind", kind)
		return 2
	}
	return result
}

func (app *App) dispatch(kind string, r *wire.Reader) uint32 {
	switch kind {
	case "http.request":
		request, ok := readRequest(r)
		if !ok {
			return 3
		}
		app.serve(request)
	case "ws.open", "ws.frame", "ws.close":
		report(kind, guarded(kind, func() error { return app.socketEvent(kind, r) }))
	case "sse.subscribe", "sse.unsubscribe":
		report(kind, guarded(kind, func() error { return app.subscriberEvent(kind, r) }))
	case "docker.event":
		report(kind, guarded(kind, func() error { return app.containerEvent(r) }))
	default:
		rest := r.Raw()
		if app.onOther != nil && !r.Failed() {
			report(kind, guarded(kind, func() error { return app.onOther(kind, rest) }))
		}
	}
	return 0
}

func report(what string, err error) {
	if err != nil {
		Log.Error("a handler failed", "event", what, "error", err)
	}
}

// guarded turns a panic into an error, and logs where it happened.
func guarded(what string, f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value}
			Log.Write(LevelError, err.Error(), map[string]any{"in": what, "stack": stack()})
		}
	}()
	return f()
}
