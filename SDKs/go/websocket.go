package pulp

import "pulp/internal/wire"

// WebSocket is what is done with the connections of one pattern; each may be nil.
type WebSocket struct {
	Open    func(c *Conn) error
	Message func(c *Conn, message Message) error
	// Close comes once for each connection. 1005: without a code; 65535: without a word.
	Close func(c *Conn, code int, reason string)
}

// Message is one whole message.
type Message struct {
	Data     []byte
	IsBinary bool
}

// Text is the message as text.
func (m Message) Text() string { return string(m.Data) }

// Conn is a WebSocket's connection. It may be kept, and written to in any step.
type Conn struct {
	ID uint64
	// Path, Params, Query, Header, RemoteAddr and Protocol (the subprotocol) are of the request that opened it. They
	// are empty when another instance has seen it.
	Path       string
	Params     map[string]string
	Query      Values
	Header     Header
	RemoteAddr string
	Protocol   string
	// State is the plugin's own.
	State any

	handlers *WebSocket
}

// Param is what :name of the pattern took.
func (c *Conn) Param(name string) string { return c.Params[name] }

// WebSocket takes connections on a path or pattern.
func (app *App) WebSocket(pattern string, handlers WebSocket) {
	if app.accept(command("ws_register", wsRegister, []byte(pattern)), "WebSocket "+pattern) {
		app.sockets = append(app.sockets, newRoute("", pattern, handlers))
	}
}

// Send sends text.
func (c *Conn) Send(text string) error { return c.send(1, []byte(text)) }

// SendBinary sends bytes.
func (c *Conn) SendBinary(data []byte) error { return c.send(2, data) }

func (c *Conn) send(opcode uint64, data []byte) error {
	w := wire.Writer{Bytes: make([]byte, 0, len(data)+48)}
	w.Map(3)
	w.Text("conn_id")
	w.Uint(c.ID)
	w.Text("opcode")
	w.Uint(opcode)
	w.Text("payload")
	w.Binary(data)
	return command("ws_send", wsSend, w.Bytes)
}

// Close closes the connection; code 0 is 1000.
func (c *Conn) Close(code int, reason string) error {
	var w wire.Writer
	w.Map(3)
	w.Text("conn_id")
	w.Uint(c.ID)
	w.Text("code")
	w.Int(int64(code))
	w.Text("reason")
	w.Text(reason)
	return command("ws_close", wsClose, w.Bytes)
}

// Broadcast sends one message to many, which is encoded once. It gives the connections that it did not go to.
func Broadcast(conns []*Conn, message Message) (failed []*Conn, err error) {
	w := wire.Writer{Bytes: make([]byte, 0, len(message.Data)+9*len(conns)+48)}
	w.Map(3)
	w.Text("conn_ids")
	w.Array(len(conns))
	for _, conn := range conns {
		w.Uint(conn.ID)
	}
	w.Text("opcode")
	if message.IsBinary {
		w.Uint(2)
	} else {
		w.Uint(1)
	}
	w.Text("payload")
	w.Binary(message.Data)
	answer, err := query("ws_send_many", wsSendMany, w.Bytes)
	if err != nil {
		return nil, err
	}
	missed := map[uint64]bool{}
	err = decode("ws_send_many", answer, func(r *wire.Reader, key string) {
		if key != "failed" {
			r.Skip()
			return
		}
		for count := r.Array(); count > 0 && !r.Failed(); count-- {
			missed[r.Uint()] = true
		}
	})
	for _, conn := range conns {
		if missed[conn.ID] {
			failed = append(failed, conn)
		}
	}
	return failed, err
}

func (app *App) socketEvent(kind string, r *wire.Reader) error {
	conn := &Conn{}
	var message Message
	code, reason := 0, ""
	r.Fields(func(key string) {
		switch key {
		case "conn_id":
			conn.ID = r.Uint()
		case "path":
			conn.Path = r.Text()
		case "params":
			conn.Params = r.TextMap()
		case "query":
			conn.Query = firsts[Values](r.TextMap())
		case "headers":
			conn.Header = firsts[Header](r.TextMap())
		case "remote_addr":
			conn.RemoteAddr = r.Text()
		case "protocol":
			conn.Protocol = r.Text()
		case "opcode":
			message.IsBinary = r.Uint() == 2
		case "payload":
			message.Data = r.Bytes()
		case "code":
			code = int(r.Uint())
		case "reason":
			reason = r.Text()
		default:
			r.Skip()
		}
	})
	if r.Failed() {
		return errMalformed
	}
	return app.socketStep(kind, conn, message, code, reason)
}

func (app *App) socketStep(kind string, conn *Conn, message Message, code int, reason string) error {
	if kind == "ws.open" {
		if found := find(app.sockets, "", conn.Path); found != nil {
			conn.handlers = &found.target
		}
		app.conns[conn.ID] = conn
	} else if known := app.conns[conn.ID]; known != nil {
		conn = known
	} else if len(app.sockets) > 0 {
		// Another instance has seen it open, or the one before a crash: which pattern it was nobody says.
		conn.handlers = &app.sockets[0].target
	}
	if kind == "ws.close" {
		delete(app.conns, conn.ID)
	}
	handlers := conn.handlers
	switch {
	case handlers == nil:
	case kind == "ws.open" && handlers.Open != nil:
		return handlers.Open(conn)
	case kind == "ws.frame" && handlers.Message != nil:
		return handlers.Message(conn, message)
	case kind == "ws.close" && handlers.Close != nil:
		handlers.Close(conn, code, reason)
	}
	return nil
}
