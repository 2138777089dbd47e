package pulp

import (
	"io"
	"strings"
	"time"

	"pulp/internal/wire"
)

// Request is what a client asked. It may be kept for as long as it is of use.
type Request struct {
	// ID is the host's number for the request.
	ID uint64
	// Method is the route's, "GET": also of a HEAD that has no route of its own.
	Method string
	// Path is decoded, without the query.
	Path string
	// Params is what :name and *name of the pattern took.
	Params map[string]string
	// Query is decoded.
	Query Values
	// Header is without Host.
	Header Header
	// Body is all of it.
	Body []byte
	// RemoteAddr is the client's "address:port".
	RemoteAddr string
	// Host is what the client called the host; empty when it named none.
	Host string
	// Time is when the host handed the request over.
	Time time.Time

	app        *App
	isDeferred bool
}

// Param is what :name of the pattern took.
func (r *Request) Param(name string) string { return r.Params[name] }

// Text is the body as text.
func (r *Request) Text() string { return string(r.Body) }

// Reader reads the body.
func (r *Request) Reader() io.Reader { return strings.NewReader(string(r.Body)) }

// Cookie is the value of a cookie, and whether the client sent it.
func (r *Request) Cookie(name string) (string, bool) {
	for _, line := range r.Header.Values("Cookie") {
		for _, part := range strings.Split(line, ";") {
			if key, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok && key == name {
				return strings.Trim(value, `"`), true
			}
		}
	}
	return "", false
}

// Defer lets the answer come later: the handler returns nil, nil, and a later step sends it. The deadline of the call
// holds.
func (r *Request) Defer() (*Reply, error) {
	if status := httpDefer(uint32(r.ID), uint32(r.ID>>32)); status != 0 {
		return nil, refusal("http_defer", status)
	}
	r.isDeferred = true
	return &Reply{id: r.ID}, nil
}

// Reply is an answer that was deferred.
type Reply struct{ id uint64 }

// Send answers the request, once. An error when the client is gone or waited too long.
func (r *Reply) Send(response *Response) error { return response.send(r.id) }

// Values holds the values of a query.
type Values map[string][]string

// Get is the first value of a name.
func (v Values) Get(name string) string {
	if values := v[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Has says whether there is a name.
func (v Values) Has(name string) bool { return len(v[name]) > 0 }

// Header holds the fields of a request or an answer, by their names as Content-Type.
type Header map[string][]string

// canonical writes a name as the host does.
func canonical(name string) string {
	bytes := []byte(name)
	isUpper := true
	for i, b := range bytes {
		switch {
		case isUpper && 'a' <= b && b <= 'z':
			bytes[i] = b - 'a' + 'A'
		case !isUpper && 'A' <= b && b <= 'Z':
			bytes[i] = b - 'A' + 'a'
		}
		isUpper = b == '-'
	}
	return string(bytes)
}

// Get is the first value of a field.
func (h Header) Get(name string) string { return Values(h).Get(canonical(name)) }

// Values are all values of a field.
func (h Header) Values(name string) []string { return h[canonical(name)] }

// Set replaces a field.
func (h Header) Set(name, value string) { h[canonical(name)] = []string{value} }

// Add adds a value to a field.
func (h Header) Add(name, value string) {
	name = canonical(name)
	h[name] = append(h[name], value)
}

// Del removes a field.
func (h Header) Del(name string) { delete(h, canonical(name)) }

func firsts[Map ~map[string][]string](texts map[string]string) Map {
	values := make(Map, len(texts))
	for name, value := range texts {
		values[name] = []string{value}
	}
	return values
}

func readHeaderList(r *wire.Reader) Header {
	all := Header{}
	r.Pairs(all.Add)
	return all
}

func readRequest(r *wire.Reader) (*Request, bool) {
	request := &Request{app: running, Time: Now()}
	var headerList Header
	var queryList Values
	r.Fields(func(key string) {
		switch key {
		case "id":
			request.ID = r.Uint()
		case "method":
			request.Method = r.Text()
		case "path":
			request.Path = r.Text()
		case "params":
			request.Params = r.TextMap()
		case "query":
			request.Query = firsts[Values](r.TextMap())
		case "headers":
			request.Header = firsts[Header](r.TextMap())
		case "body":
			request.Body = r.Bytes()
		case "remote_addr":
			request.RemoteAddr = r.Text()
		case "host":
			request.Host = r.Text()
		case "header_list":
			headerList = readHeaderList(r)
		case "query_list":
			queryList = Values{}
			r.Pairs(func(name, value string) { queryList[name] = append(queryList[name], value) })
		default:
			r.Skip()
		}
	})
	if len(headerList) > 0 {
		request.Header = headerList
	}
	if len(queryList) > 0 {
		request.Query = queryList
	}
	return request, !r.Failed()
}
