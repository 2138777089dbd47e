// Package pulphttp lets net/http fetch through the host.
//
// It brings net/http along, which makes a plugin some megabytes larger; [pulp.Fetch] does without.
package pulphttp

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"pulp"
)

// Transport is an [http.RoundTripper] whose connections are the host's.
//
//	client := http.Client{Transport: pulphttp.Transport{}}
//
// The host follows redirects, and the manifest says which addresses it connects to.
type Transport struct{}

// RoundTrip sends a request and gives the head of the answer; its body is read as it comes.
func (Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	var body []byte
	if request.Body != nil {
		var err error
		body, err = io.ReadAll(request.Body)
		request.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	fetch := pulp.FetchRequest{
		Method: request.Method, URL: request.URL.String(), Header: pulp.Header(request.Header), Body: body,
	}
	if deadline, ok := request.Context().Deadline(); ok {
		fetch.Timeout = max(time.Until(deadline), time.Millisecond)
	}
	head, stream, err := pulp.FetchStream(fetch)
	if err != nil {
		return nil, err
	}
	length := int64(-1)
	if text := head.Header.Get("Content-Length"); text != "" {
		if count, err := strconv.ParseInt(text, 10, 64); err == nil {
			length = count
		}
	}
	return &http.Response{
		Status: strconv.Itoa(head.Status) + " " + http.StatusText(head.Status), StatusCode: head.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header(head.Header), Body: stream, ContentLength: length, Request: request,
	}, nil
}
