package pulp

import (
	"io"
	"time"
	"unsafe"

	"pulp/internal/wire"
)

// FetchRequest is a request to another server.
type FetchRequest struct {
	// Method is GET when empty.
	Method string
	// URL is absolute, http or https.
	URL    string
	Header Header
	Body   []byte
	// Timeout is for the whole answer. 0 is 30 seconds for Fetch, none for FetchStream.
	Timeout time.Duration
}

// FetchResponse is another server's answer.
type FetchResponse struct {
	Status int
	Header Header
	// Body is as it came, compressed or not. Nil of FetchStream.
	Body []byte
}

// Text is the body as text.
func (r *FetchResponse) Text() string { return string(r.Body) }

// Fetch makes a request and waits for the whole answer. An [*Error] says why it failed.
func Fetch(request FetchRequest) (*FetchResponse, error) {
	response, _, err := fetch("http_fetch", httpFetch, request)
	return response, err
}

// Get fetches a URL.
func Get(url string) (*FetchResponse, error) { return Fetch(FetchRequest{URL: url}) }

// FetchStream makes a request and waits for the head of the answer. The stream has the body: read it, pass it on as a
// [Response]'s Stream, or close it.
func FetchStream(request FetchRequest) (*FetchResponse, *Stream, error) {
	response, id, err := fetch("http_fetch_begin", httpFetchBegin, request)
	if err != nil {
		return nil, nil, err
	}
	return response, &Stream{id: id}, nil
}

func fetch(name string, call queryImport, request FetchRequest) (*FetchResponse, uint64, error) {
	w := wire.Writer{Bytes: make([]byte, 0, len(request.Body)+256)}
	w.Map(5)
	w.Text("method")
	w.Text(request.Method)
	w.Text("url")
	w.Text(request.URL)
	writeHeader(&w, request.Header)
	w.Text("body")
	w.Binary(request.Body)
	w.Text("timeout")
	w.Int(int64(request.Timeout))
	answer, err := query(name, call, w.Bytes)
	if err != nil {
		return nil, 0, explained(err)
	}
	var id uint64
	response := &FetchResponse{}
	var all Header
	err = decode(name, answer, func(r *wire.Reader, key string) {
		switch key {
		case "id":
			id = r.Uint()
		case "status":
			response.Status = int(r.Uint())
		case "headers":
			response.Header = firsts[Header](r.TextMap())
		case "header_list":
			all = readHeaderList(r)
		case "body":
			response.Body = r.Bytes()
		default:
			r.Skip()
		}
	})
	if len(all) > 0 {
		response.Header = all
	}
	return response, id, err
}

// explained adds what the host says about the last fetch.
func explained(err error) error {
	refused, ok := err.(*Error)
	if !ok || refused.Status != 4 {
		return err
	}
	full := *refused
	if !kept("http_fetch_error", httpFetchError, func(r *wire.Reader, key string) {
		switch key {
		case "code":
			full.Code = r.Text()
		case "message":
			full.Sentence = r.Text()
		case "allow":
			full.Allow = r.Text()
		default:
			r.Skip()
		}
	}) {
		return err
	}
	return &full
}

// Stream is the body of another server's answer: an [io.ReadCloser].
type Stream struct {
	id     uint64
	rest   []byte
	isDone bool
	err    error
}

// Read waits until there is something, or the body's end, [io.EOF].
func (s *Stream) Read(into []byte) (int, error) {
	for len(s.rest) == 0 {
		switch {
		case s.err != nil:
			return 0, s.err
		case s.isDone:
			return 0, io.EOF
		case len(into) == 0:
			return 0, nil
		}
		s.err = s.next(uint32(min(max(len(into), 4096), 1<<20)))
	}
	count := copy(into, s.rest)
	s.rest = s.rest[count:]
	return count, nil
}

func (s *Stream) next(most uint32) error {
	answer, status := answered(func(ptrOut, lenOut unsafe.Pointer) int32 {
		return httpFetchRead(uint32(s.id), uint32(s.id>>32), most, ptrOut, lenOut)
	})
	if status != 0 {
		return refusal("http_fetch_read", status)
	}
	sentence := ""
	if err := decode("http_fetch_read", answer, func(r *wire.Reader, key string) {
		switch key {
		case "bytes":
			s.rest = r.Bytes()
		case "eof":
			s.isDone = r.Bool()
		case "err":
			sentence = r.Text()
		default:
			r.Skip()
		}
	}); err != nil {
		return err
	}
	if sentence != "" {
		return &Error{Call: "http_fetch_read", Status: 4, Sentence: sentence, Failed: -1}
	}
	return nil
}

// Close ends the stream; once more does nothing.
func (s *Stream) Close() error {
	if s.isDone {
		return nil
	}
	s.isDone = true
	if status := httpFetchClose(uint32(s.id), uint32(s.id>>32)); status != 0 {
		return refusal("http_fetch_close", status)
	}
	return nil
}
