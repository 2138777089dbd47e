package pulp

import (
	"errors"
	"io/fs"
	"runtime"
	"strconv"
)

// Error is a call that the host refused.
//
// Compare with [errors.Is] and [ErrNotGranted], [ErrNotFound] and the others, or look at Status.
type Error struct {
	// Call is the import, "http_fetch".
	Call string
	// Status is what it answered; never 0.
	Status int
	// Sentence says what went wrong.
	Sentence string
	// Code is the host's word for it, of outbound HTTP only: "blocked", "timeout", ... See docs/abi.md.
	Code string
	// Allow is what [http] allow of the manifest could hold to let a fetch through; empty for most.
	Allow string
	// Failed is which statement of a batch failed, from 0; -1 for all other errors.
	Failed int
}

func (e *Error) Error() string {
	return e.Call + ": " + e.Sentence + " (status " + strconv.Itoa(e.Status) + ")"
}

type kind struct{ text string }

func (k *kind) Error() string { return k.text }

// What an [*Error] may be, whatever the call.
var (
	// ErrNotGranted: the manifest does not list the capability.
	ErrNotGranted error = &kind{"the manifest does not grant the capability"}
	// ErrNotFound: what is named does not exist; fs.ErrNotExist too.
	ErrNotFound error = &kind{"not found"}
	// ErrUnavailable: what stands behind the capability is not there now.
	ErrUnavailable error = &kind{"not available"}
	// ErrLimit: a limit of the manifest is reached.
	ErrLimit error = &kind{"a limit is reached"}
	// ErrClosed: the database, the stream or the plugin is closed.
	ErrClosed error = &kind{"closed"}
	// ErrBusy: the database is locked by another.
	ErrBusy error = &kind{"busy"}
	// ErrConstraint: SQL broke a constraint.
	ErrConstraint error = &kind{"a constraint does not hold"}
	// ErrReadOnly: SQL would write where it must not.
	ErrReadOnly error = &kind{"read-only"}
)

// Is compares by what the status means for this call.
func (e *Error) Is(target error) bool {
	found := statusOf(e.Call, e.Status).kind
	if found == nil {
		return false
	}
	return target == found || found == ErrNotFound && target == fs.ErrNotExist
}

type meaning struct {
	kind     error
	sentence string
}

func hasPrefix(text, prefix string) bool {
	return len(text) >= len(prefix) && text[:len(prefix)] == prefix
}

// capabilityOf names what the manifest has to list for a call.
func capabilityOf(call string) string {
	switch {
	case hasPrefix(call, "http_fetch"):
		return "transport.http.outbound"
	case hasPrefix(call, "http_"):
		return "transport.http.inbound"
	case hasPrefix(call, "ws_"):
		return "transport.ws.inbound"
	case hasPrefix(call, "sse_"):
		return "transport.sse"
	case hasPrefix(call, "fs_"):
		return "storage.fs"
	case hasPrefix(call, "sqlite_"):
		return "storage.sqlite"
	case hasPrefix(call, "docker_"):
		return "spawn.docker"
	}
	return "the call's"
}

func statusOf(call string, status int) meaning {
	if status == 99 {
		return meaning{ErrNotGranted, "the manifest does not grant it; add \"" + capabilityOf(call) + "\" to capabilities"}
	}
	switch {
	case hasPrefix(call, "sqlite_"):
		if found, ok := sqliteStatuses[status]; ok {
			return found
		}
	case hasPrefix(call, "fs_"):
		if found, ok := fileStatuses[status]; ok {
			return found
		}
	case hasPrefix(call, "docker_") && status == 1:
		return meaning{nil, "a field is invalid, or not allowed"}
	case hasPrefix(call, "docker_") && status == 11:
		return meaning{nil, "a build of this plugin is running"}
	}
	if found, ok := particular[call][status]; ok {
		return meaning{nil, found}
	}
	if found, ok := usual[status]; ok {
		return found
	}
	return meaning{nil, "the host refused"}
}

var usual = map[int]meaning{
	1: {nil, "the request is empty"}, 2: {nil, "the request is too long"}, 3: {nil, "the request cannot be read"},
	4: {nil, "the operation failed"}, 5: {nil, "the answer cannot be encoded"}, 6: {ErrNotFound, "it does not exist"},
	7: {nil, "there is no memory for the answer"}, 8: {nil, "there is no memory for the answer"},
	9:  {ErrClosed, "it is closed, or was never there"},
	10: {ErrUnavailable, "what stands behind the capability is not there"},
	11: {nil, "not allowed, or not now"}, 12: {ErrLimit, "a limit is reached; the log says which"},
}

var sqliteStatuses = map[int]meaning{
	1: {nil, "the query is empty"}, 3: {nil, "the parameters are not values"},
	5: {nil, "the SQL failed"}, 9: {ErrClosed, "the cursor or the database is closed"},
	12: {ErrBusy, "the database is locked"}, 13: {ErrConstraint, "a constraint does not hold"},
	14: {ErrReadOnly, "the database is read-only"}, 15: {ErrLimit, "too many cursors are open (max_cursors)"},
}

// 4 and 5 have changed places in a *.cell.toml, which a guest cannot see.
var fileStatuses = map[int]meaning{
	1: {nil, "the path is empty"}, 4: {nil, "the path is rejected (in a cell: the operation failed)"},
	5: {nil, "the operation failed (in a cell: the path is rejected)"}, 6: {ErrNotFound, "no such file or folder"},
	9: {ErrClosed, "the plugin is being closed"}, 10: {ErrUnavailable, "the host is stopping"},
}

var particular = map[string]map[int]string{
	"http_register": {4: "the route is invalid, or another plugin has it", 5: "the host has no listener"},
	"http_listen":   {4: "the address is empty", 5: "the address cannot be bound", 6: "a route or another address is registered already"},
	"http_respond":  {4: "no request with this id waits, or the status or a header cannot be sent"},
	"http_defer":    {4: "this request is not being stepped, or has its answer"},
	"http_respond_stream": {
		4: "there is no such stream, or the status or a header cannot be sent", 5: "no request with this id waits"},
	"ws_register":  {4: "the path is invalid, or another plugin has it"},
	"ws_send":      {4: "there is no such connection, it reads too slowly, or the message is too long or no text"},
	"ws_send_many": {4: "the message is too long, or no text"},
	"ws_close":     {4: "there is no such connection, or the code or the reason cannot be sent"},
	"sse_register": {4: "the path is invalid, another plugin has it, or there are too many"},
	"sse_emit":     {4: "no route covers the path, the id or the name has a line break, or a limit is met"},
	"entropy_read": {4: "no bytes are asked for", 5: "more than 65,536 bytes are asked for"},
}

func refusal(call string, status int32) *Error {
	return &Error{Call: call, Status: int(status), Sentence: statusOf(call, int(status)).sentence, Failed: -1}
}

// StatusError is an answer in place of a [Response]: its text, with its status.
type StatusError struct {
	Status int
	Text   string
}

func (e *StatusError) Error() string { return strconv.Itoa(e.Status) + " " + e.Text }

// PanicError is a panic of a handler. The plugin goes on; the log has the stack.
type PanicError struct {
	Value any
}

func (e *PanicError) Error() string {
	switch value := e.Value.(type) {
	case error:
		return "panic: " + value.Error()
	case string:
		return "panic: " + value
	case interface{ String() string }:
		return "panic: " + value.String()
	}
	return "panic"
}

// Unwrap gives the error that was panicked with, if it was one.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

func stack() string {
	text := make([]byte, 8192)
	return string(text[:runtime.Stack(text, false)])
}

// isStatus finds a status for the client in an error.
func isStatus(err error) (*StatusError, bool) {
	var found *StatusError
	return found, errors.As(err, &found)
}
