package pulp

import (
	"errors"
	"sort"
	"strconv"
	"strings"
	"time"

	"pulp/internal/wire"
)

// Response is an answer to a request.
type Response struct {
	// Status is 200 to 999; 0 is 200.
	Status int
	// Header may be nil. The host sets what belongs to the connection, Content-Length for one.
	Header Header
	// Cookies are sent as Set-Cookie, one field each.
	Cookies []Cookie
	// Body is all of it.
	Body []byte
	// Stream is sent instead of Body, by the host alone: it ends with the client. Of [FetchStream].
	Stream *Stream
}

// Text answers 200 with text.
func Text(text string) *Response { return Bytes("text/plain; charset=utf-8", []byte(text)) }

// HTML answers 200 with a page.
func HTML(page string) *Response { return Bytes("text/html; charset=utf-8", []byte(page)) }

// Bytes answers 200 with bytes of a type.
func Bytes(contentType string, body []byte) *Response {
	return &Response{Header: Header{"Content-Type": {contentType}}, Body: body}
}

// Status answers with a status and no body.
func Status(status int) *Response { return &Response{Status: status} }

// Redirect sends the client elsewhere; status is 301, 302, 303, 307 or 308.
func Redirect(status int, location string) *Response {
	return &Response{Status: status, Header: Header{"Location": {location}}}
}

// WithStatus sets the status.
func (r *Response) WithStatus(status int) *Response {
	r.Status = status
	return r
}

// WithHeader sets a field.
func (r *Response) WithHeader(name, value string) *Response {
	if r.Header == nil {
		r.Header = Header{}
	}
	r.Header.Set(name, value)
	return r
}

// WithCookie adds a cookie.
func (r *Response) WithCookie(cookie Cookie) *Response {
	r.Cookies = append(r.Cookies, cookie)
	return r
}

// Cookie is one for a client to keep.
type Cookie struct {
	Name, Value, Path, Domain string
	// MaxAge is how long; 0 is until the browser ends, negative removes it.
	MaxAge           time.Duration
	Secure, HTTPOnly bool
	// SameSite is "Strict", "Lax", "None" or nothing.
	SameSite string
}

// String is the value of Set-Cookie.
func (c Cookie) String() string {
	text := c.Name + "=" + c.Value
	if c.Path != "" {
		text += "; Path=" + c.Path
	}
	if c.Domain != "" {
		text += "; Domain=" + c.Domain
	}
	if c.MaxAge != 0 {
		text += "; Max-Age=" + strconv.FormatInt(int64((max(c.MaxAge, 0)+time.Second-1)/time.Second), 10)
	}
	if c.Secure {
		text += "; Secure"
	}
	if c.HTTPOnly {
		text += "; HttpOnly"
	}
	if c.SameSite != "" {
		text += "; SameSite=" + c.SameSite
	}
	return text
}

// check finds what would be read as another attribute, or as none.
func (c Cookie) check() error {
	for _, part := range []string{c.Name, c.Value, c.Path, c.Domain, c.SameSite} {
		if strings.ContainsFunc(part, func(r rune) bool { return r < ' ' || r == ';' || r == 0x7f }) {
			return errors.New("cookie " + strconv.Quote(c.Name) + ": a part of it has a semicolon or a control character")
		}
	}
	if c.Name == "" || strings.ContainsAny(c.Name, "=, \t\"") {
		return errors.New("cookie " + strconv.Quote(c.Name) + ": the name is none")
	}
	return nil
}

// writeHeader writes header_list: names may repeat.
func writeHeader(w *wire.Writer, header Header) {
	names, fields := make([]string, 0, len(header)), 0
	for name, values := range header {
		names = append(names, name)
		fields += len(values)
	}
	sort.Strings(names)
	w.Text("header_list")
	w.Array(fields)
	for _, name := range names {
		for _, value := range header[name] {
			w.TextList([]string{name, value})
		}
	}
}

func (r *Response) send(id uint64) error {
	if r == nil {
		return errors.New("there is no response to send")
	}
	for _, cookie := range r.Cookies {
		if err := cookie.check(); err != nil {
			return err
		}
	}
	w := wire.Writer{Bytes: make([]byte, 0, len(r.Body)+256)}
	w.Map(5)
	w.Text("id")
	w.Uint(id)
	w.Text("status")
	w.Int(int64(r.Status))
	writeHeader(&w, r.Header)
	w.Text("cookies")
	w.Array(len(r.Cookies))
	for _, cookie := range r.Cookies {
		w.Text(cookie.String())
	}
	if r.Stream != nil {
		w.Text("stream_id")
		w.Uint(r.Stream.id)
		if err := command("http_respond_stream", httpRespondStream, w.Bytes); err != nil {
			// Nobody else will.
			r.Stream.Close()
			return err
		}
		r.Stream.isDone = true
		return nil
	}
	w.Text("body")
	w.Binary(r.Body)
	return command("http_respond", httpRespond, w.Bytes)
}

func (app *App) serve(request *Request) {
	var response *Response
	found := find(app.routes, request.Method, request.Path)
	err := guarded(request.Method+" "+request.Path, func() (err error) {
		if found == nil {
			return &StatusError{404, "404 page not found"}
		}
		response, err = found.target(request)
		return err
	})
	if request.isDeferred && response == nil && err == nil {
		return
	}
	switch {
	case err != nil:
		response = failed(request, err)
	case response == nil:
		Log.Error("a handler gave no response", "path", request.Path)
		response = Text("internal error\n").WithStatus(500)
	}
	if err := response.send(request.ID); err != nil {
		Log.Error("an answer was refused", "path", request.Path, "error", err)
		if err := Text("internal error\n").WithStatus(500).send(request.ID); err != nil {
			Log.Debug("and the answer in its place", "error", err)
		}
	}
}

// failed is the answer for an error. The client is not told what it was, unless it was made for it.
func failed(request *Request, err error) *Response {
	if status, ok := isStatus(err); ok {
		return Text(status.Text).WithStatus(status.Status)
	}
	Log.Error("a handler failed", "method", request.Method, "path", request.Path, "error", err)
	return Text("internal error\n").WithStatus(500)
}
