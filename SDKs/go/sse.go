package pulp

import (
	"runtime"
	"unsafe"

	"pulp/internal/wire"
)

// Event is sent to the clients that listen to a path.
type Event struct {
	// Data may have several lines.
	Data string
	// ID and Name are optional, and have no line breaks.
	ID, Name string
}

// Subscriber is a client that listens to a path.
type Subscriber struct {
	ID     uint64
	Path   string
	Params map[string]string
	Query  Values
	// LastEventID is empty for a client that comes for the first time.
	LastEventID string
	RemoteAddr  string
}

// Events registers a path, or a pattern of paths, that clients may listen to.
func (app *App) Events(pattern string) {
	app.accept(command("sse_register", sseRegister, []byte(pattern)), "events "+pattern)
}

// OnSubscribe sets what is done when a client begins to listen; needs events = true in [sse].
func (app *App) OnSubscribe(f func(s *Subscriber) error) { app.onSubscribe = f }

// OnUnsubscribe sets what is done when a client has gone; reason is "gone", "slow" or "closed". Of the subscriber only
// ID and Path are set.
func (app *App) OnUnsubscribe(f func(s *Subscriber, reason string) error) { app.onLeave = f }

// Emit sends an event to all that listen to a path, as they ask for it; no error when nobody does.
func Emit(path string, event Event) error {
	var w wire.Writer
	fields := 2
	for _, text := range []string{event.ID, event.Name} {
		if text != "" {
			fields++
		}
	}
	w.Map(fields)
	w.Text("path")
	w.Text(path)
	if event.ID != "" {
		w.Text("id")
		w.Text(event.ID)
	}
	if event.Name != "" {
		w.Text("event")
		w.Text(event.Name)
	}
	w.Text("data")
	w.Text(event.Data)
	return command("sse_emit", sseEmit, w.Bytes)
}

var subscriberCount uint32

// Subscribers is how many clients listen to a path.
func Subscribers(path string) (int, error) {
	subscriberCount = 0
	bytes := []byte(path)
	status := sseHasSubscribers(pointer(bytes), uint32(len(bytes)), unsafe.Pointer(&subscriberCount))
	runtime.KeepAlive(bytes)
	if status != 0 {
		return 0, refusal("sse_has_subscribers", status)
	}
	return int(subscriberCount), nil
}

func (app *App) subscriberEvent(kind string, r *wire.Reader) error {
	subscriber, reason := &Subscriber{}, ""
	r.Fields(func(key string) {
		switch key {
		case "subscriber_id":
			subscriber.ID = r.Uint()
		case "path":
			subscriber.Path = r.Text()
		case "params":
			subscriber.Params = r.TextMap()
		case "query":
			subscriber.Query = firsts[Values](r.TextMap())
		case "last_event_id":
			subscriber.LastEventID = r.Text()
		case "remote_addr":
			subscriber.RemoteAddr = r.Text()
		case "reason":
			reason = r.Text()
		default:
			r.Skip()
		}
	})
	switch {
	case r.Failed():
		return errMalformed
	case kind == "sse.subscribe" && app.onSubscribe != nil:
		return app.onSubscribe(subscriber)
	case kind == "sse.unsubscribe" && app.onLeave != nil:
		return app.onLeave(subscriber, reason)
	}
	return nil
}
