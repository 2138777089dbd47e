// Sdk-go calls every wrapper of SDKs/go; Tests/SDKTests drives it.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"pulp"
	"pulp/pulplog"
)

func main() {}

func init() { pulp.Run(start) }

type settings struct {
	Greeting string `pulp:"greeting,required"`
	Count    int8
	Ratio    float32
	IsOn     bool `pulp:"is_on"`
	Tags     []string
	Nested   struct{ Depth uint }
	Missing  string
}

func start(app *pulp.App) error {
	slog.SetDefault(slog.New(pulplog.Handler{}))
	s := settings{Missing: "kept"}
	if err := app.Config.Decode(&s); err != nil {
		return err
	}
	if app.Config.Bool("strict", false) {
		if err := app.Config.Only("greeting", "count", "ratio", "is_on", "tags", "nested", "strict"); err != nil {
			return err
		}
	}
	if app.Config.String("fail", "") == "panic" {
		var none *settings
		none.Count = 1
	}
	if text := app.Config.String("fail", ""); text != "" {
		return errors.New(text)
	}
	app.Get("/config", func(r *pulp.Request) (*pulp.Response, error) {
		return pulp.Text(fmt.Sprint(s, app.Config.Float("count", 0), app.Config.Int("none", 9))), nil
	})
	requests(app)
	replies(app)
	sockets(app)
	events(app)
	fetches(app)
	app.Get("/files", checked(files))
	app.Get("/sql", checked(sql))
	app.Get("/docker", docker)
	app.Get("/others", checked(others))
	app.Get("/collect", checked(collect))
	app.OnShutdown(func() error {
		slog.Info("the end")
		return nil
	})
	return nil
}

// checked answers what a function wrote, with its error as a last line.
func checked(f func(w *strings.Builder) error) pulp.Handler {
	return func(*pulp.Request) (*pulp.Response, error) {
		var w strings.Builder
		if err := f(&w); err != nil {
			fmt.Fprintf(&w, "error %v\n", err)
		}
		return pulp.Text(w.String()), nil
	}
}

func requests(app *pulp.App) {
	app.Get("/hello/:name", func(r *pulp.Request) (*pulp.Response, error) {
		return pulp.Text(s("Hello, ", r.Param("name"), "!\n")), nil
	})
	app.Get("/ends/*rest", func(r *pulp.Request) (*pulp.Response, error) { return pulp.Text("rest " + r.Param("rest")), nil })
	app.Get("/ends", func(*pulp.Request) (*pulp.Response, error) { return pulp.Text("the end"), nil })
	app.Get("/hello/you", func(r *pulp.Request) (*pulp.Response, error) { return pulp.Text("Hello yourself\n"), nil })
	app.Get("/rest/*path", func(r *pulp.Request) (*pulp.Response, error) { return pulp.Text(r.Param("path")), nil })
	app.Post("/show", func(r *pulp.Request) (*pulp.Response, error) {
		cookie, _ := r.Cookie("b")
		return pulp.Text(fmt.Sprintf("%s %s %v %v %s %s %d %v", r.Method, r.Path, r.Query["q"], r.Header.Values("x-many"),
			cookie, r.Host, len(r.Body), pulp.Now().Equal(r.Time) && time.Since(r.Time) < time.Hour)), nil
	})
	app.Post("/mirror", func(r *pulp.Request) (*pulp.Response, error) {
		return pulp.Bytes("application/octet-stream", r.Body), nil
	})
}

func s(parts ...string) string { return strings.Join(parts, "") }

func replies(app *pulp.App) {
	app.Get("/cookies", func(r *pulp.Request) (*pulp.Response, error) {
		return pulp.HTML("<p>").WithStatus(201).WithHeader("x-one", "1").
			WithCookie(pulp.Cookie{Name: "a", Value: "1", Path: "/", HTTPOnly: true, MaxAge: time.Minute}).
			WithCookie(pulp.Cookie{Name: "b", Value: "2", SameSite: "Lax"}), nil
	})
	app.Get("/cookie", func(r *pulp.Request) (*pulp.Response, error) {
		return pulp.Text("x").WithCookie(pulp.Cookie{Name: "a", Value: r.Query.Get("value"), MaxAge: time.Millisecond}), nil
	})
	app.Get("/away", func(*pulp.Request) (*pulp.Response, error) { return pulp.Redirect(303, "/hello/x"), nil })
	app.Get("/nothing", func(*pulp.Request) (*pulp.Response, error) { return nil, nil })
	app.Get("/error", func(*pulp.Request) (*pulp.Response, error) { return nil, errors.New("a secret") })
	app.Get("/teapot", func(*pulp.Request) (*pulp.Response, error) {
		return nil, fmt.Errorf("wrapped: %w", &pulp.StatusError{Status: 418, Text: "short and stout"})
	})
	app.Get("/bad-header", func(*pulp.Request) (*pulp.Response, error) {
		return pulp.Text("x").WithHeader("X-A", "a\r\nb"), nil
	})
	app.Get("/panic", func(*pulp.Request) (*pulp.Response, error) {
		var none []int
		return pulp.Text(fmt.Sprint(none[3])), nil
	})
	var later []*pulp.Reply
	app.Get("/later", func(r *pulp.Request) (*pulp.Response, error) {
		reply, err := r.Defer()
		later = append(later, reply)
		return nil, err
	})
	app.Post("/release", func(r *pulp.Request) (*pulp.Response, error) {
		count := len(later)
		for _, reply := range later {
			if err := reply.Send(pulp.Text(s("later ", r.Text()))); err != nil {
				return nil, err
			}
		}
		later = nil
		return pulp.Text(fmt.Sprint(count)), nil
	})
	ticks := 0
	app.OnTick(func(time.Time) error { ticks++; return nil })
	app.Get("/ticks", func(*pulp.Request) (*pulp.Response, error) { return pulp.Text(fmt.Sprint(ticks)), nil })
}

func sockets(app *pulp.App) {
	rooms := map[string][]*pulp.Conn{}
	app.WebSocket("/chat/:room", pulp.WebSocket{
		Open: func(c *pulp.Conn) error {
			rooms[c.Param("room")] = append(rooms[c.Param("room")], c)
			return c.Send(s("welcome to ", c.Param("room")))
		},
		Message: func(c *pulp.Conn, m pulp.Message) error {
			switch {
			case m.IsBinary:
				return c.SendBinary(m.Data)
			case m.Text() == "bye":
				return c.Close(4001, "as you wish")
			case m.Text() == "panic":
				panic("in a message")
			}
			gone := &pulp.Conn{ID: 1 << 60}
			failed, err := pulp.Broadcast(append(rooms[c.Param("room")], gone), m)
			if err == nil && (len(failed) != 1 || failed[0] != gone) {
				err = errors.New("failed is wrong")
			}
			return err
		},
		Close: func(c *pulp.Conn, code int, reason string) {
			slog.Info("closed", "code", code, "room", c.Param("room"))
		},
	})
}

func events(app *pulp.App) {
	app.Events("/live/:topic")
	app.OnSubscribe(func(c *pulp.Subscriber) error {
		return pulp.Emit(c.Path, pulp.Event{Data: s("hello ", c.Params["topic"], "\nline"), ID: "1", Name: "greeting"})
	})
	app.OnUnsubscribe(func(c *pulp.Subscriber, reason string) error {
		slog.Info("gone", slog.Group("who", "path", c.Path), "reason", reason)
		return nil
	})
	app.Get("/listeners/:topic", func(r *pulp.Request) (*pulp.Response, error) {
		count, err := pulp.Subscribers(s("/live/", r.Param("topic")))
		return pulp.Text(fmt.Sprint(count)), err
	})
}

func fetches(app *pulp.App) {
	app.Post("/fetch", func(r *pulp.Request) (*pulp.Response, error) {
		answer, err := pulp.Fetch(pulp.FetchRequest{
			Method: "POST", URL: r.Text(), Header: pulp.Header{"X-Guest": {"go"}}, Body: []byte("body"), Timeout: 5 * time.Second,
		})
		var refused *pulp.Error
		if errors.As(err, &refused) {
			return pulp.Text(fmt.Sprint(refused, "|", refused.Code, "|", refused.Allow)).WithStatus(502), nil
		}
		return pulp.Text(fmt.Sprint(answer.Status, " ", answer.Header.Get("content-type"), " ", answer.Text())), nil
	})
	app.Post("/read", func(r *pulp.Request) (*pulp.Response, error) {
		head, stream, err := pulp.FetchStream(pulp.FetchRequest{URL: r.Text()})
		if err != nil {
			return nil, err
		}
		defer stream.Close()
		body, err := io.ReadAll(stream)
		if err != nil {
			return pulp.Text(fmt.Sprint(len(body), " then ", err)), nil
		}
		return pulp.Bytes("text/plain", body).WithStatus(head.Status), nil
	})
	app.Post("/proxy", func(r *pulp.Request) (*pulp.Response, error) {
		head, stream, err := pulp.FetchStream(pulp.FetchRequest{URL: r.Text()})
		if err != nil {
			return nil, err
		}
		return &pulp.Response{Status: head.Status, Header: pulp.Header{"X-Proxy": {"go"}}, Stream: stream}, nil
	})
}

func files(w *strings.Builder) error {
	data := []byte("0123456789")
	if err := pulp.FS.MkdirAll("a/b", 0o755); err != nil {
		return err
	}
	if err := pulp.FS.WriteFile("a/b/c.txt", data, 0o640); err != nil {
		return err
	}
	if err := pulp.FS.WriteAt("a/b/c.txt", []byte("xy"), 4, 0); err != nil {
		return err
	}
	if err := pulp.FS.Truncate("a/b/c.txt", 8); err != nil {
		return err
	}
	if err := pulp.FS.Chmod("a/b/c.txt", 0o600); err != nil {
		return err
	}
	if err := pulp.FS.Rename("a/b/c.txt", "d/e.txt"); err != nil {
		return err
	}
	whole, err := fs.ReadFile(pulp.FS, "d/e.txt")
	if err != nil {
		return err
	}
	part := make([]byte, 6)
	count, err := pulp.FS.ReadAt("d/e.txt", part, 5)
	fmt.Fprintf(w, "%s %s %v\n", whole, part[:count], err)
	file, err := pulp.FS.Open("d/e.txt")
	if err != nil {
		return err
	}
	streamed, err := io.ReadAll(file)
	info, _ := file.Stat()
	fmt.Fprintf(w, "%s %v %s %d %v %v\n", streamed, err, info.Name(), info.Size(), info.Mode(), time.Since(info.ModTime()) < time.Hour)
	temporary, err := pulp.FS.CreateTemp("", "x-*.tmp")
	folder, err2 := pulp.FS.MkdirTemp("", "y-*")
	fmt.Fprintln(w, strings.HasPrefix(temporary, "tmp/x-"), strings.HasPrefix(folder, "tmp/y-"), err, err2)
	err = fs.WalkDir(pulp.FS, "a", func(path string, entry fs.DirEntry, err error) error {
		fmt.Fprintln(w, path, entry.IsDir())
		return err
	})
	entries, err2 := pulp.FS.ReadDir("d")
	fmt.Fprintln(w, entries[0].Name(), len(entries), err, err2)
	_, err = pulp.FS.ReadFile("none")
	fmt.Fprintln(w, errors.Is(err, pulp.ErrNotFound), errors.Is(err, fs.ErrNotExist), errors.Is(err, pulp.ErrNotGranted), err)
	_, err = pulp.FS.ReadFile("../x")
	fmt.Fprintln(w, err)
	return errors.Join(pulp.FS.Remove("d/e.txt"), pulp.FS.RemoveAll("a"), pulp.FS.RemoveAll("tmp"))
}

func sql(w *strings.Builder) error {
	if _, err := pulp.DB.Exec("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT UNIQUE, x REAL, b BLOB)"); err != nil {
		return err
	}
	done, err := pulp.DB.Exec("INSERT INTO t (text, x, b) VALUES (?, ?, ?)", "one", 1.5, []byte{1, 2})
	fmt.Fprintln(w, done.RowsAffected, done.LastInsertID, err)
	results, err := pulp.DB.Batch(
		pulp.Statement{SQL: "INSERT INTO t (text, x) VALUES (?, ?)", Args: []any{"two", nil}},
		pulp.Statement{Args: []any{"three", 3}}, pulp.Statement{SQL: "SELECT count(*) FROM t"})
	if err != nil {
		return err
	}
	results[2].Rows.Next()
	fmt.Fprintln(w, results[1].LastInsertID, results[2].Rows.Values())
	rows, err := pulp.DB.Query("SELECT id, text, x, b FROM t ORDER BY id")
	if err != nil {
		return err
	}
	for rows.Next() {
		var id int
		var text string
		var x *float64
		var b []byte
		if err := rows.Scan(&id, &text, &x, &b); err != nil {
			return err
		}
		fmt.Fprintln(w, id, text, x != nil, b)
	}
	var narrow uint8
	err = pulp.DB.QueryRow("SELECT 300", nil, &narrow)
	fmt.Fprintln(w, err, pulp.DB.QueryRow("SELECT 1 WHERE 0", nil, &narrow))
	fmt.Fprintln(w, rows.Columns(), rows.Err())
	_, err = pulp.DB.Batch(pulp.Statement{SQL: "DELETE FROM t"}, pulp.Statement{SQL: "INSERT INTO t (id, text) VALUES (1, 'a'), (1, 'b')"})
	var refused *pulp.Error
	fmt.Fprintln(w, errors.Is(err, pulp.ErrConstraint), errors.As(err, &refused) && refused.Failed == 1, err)
	const many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n"
	stream, err := pulp.DB.QueryStream(many)
	sum := 0
	for err == nil && stream.Next() {
		var i int
		err = stream.Scan(&i)
		sum += i
	}
	fmt.Fprintln(w, sum, err, stream.Err())
	stream, err = pulp.DB.QueryStream(many)
	fmt.Fprintln(w, stream.Next(), err, stream.Close(), stream.Close(), stream.Next())
	_, err = pulp.DB.QueryStream("SELECT nonsense")
	fmt.Fprintln(w, err)
	_, err = pulp.DB.Exec("SELECT ?", struct{}{})
	fmt.Fprintln(w, err)
	_, err = pulp.DB.Query("SELECT * FROM notes")
	fmt.Fprintln(w, err)
	_, err = pulp.DB.Exec("INSERT INTO t (id) VALUES (1)")
	fmt.Fprintln(w, errors.Is(err, pulp.ErrConstraint), err)
	return nil
}

func others(w *strings.Builder) error {
	bytes, err := pulp.Random(16)
	fmt.Fprintln(w, len(bytes), err)
	_, err = pulp.Random(70_000)
	fmt.Fprintln(w, err)
	pulp.Log.Warning("a line", "n", 1, "ok", true, "why", errors.New("so"), "odd")
	fmt.Fprintln(w, pulp.Log.Write(9, "no such level", nil))
	value, err := pulp.Decode([]byte{0x93, 1, 0xa1, 'a', 0xc0})
	fmt.Fprintln(w, value, err)
	_, err = pulp.Decode([]byte{0xdd, 0xff, 0xff, 0xff, 0xff})
	fmt.Fprintln(w, err)
	return nil
}

// collect makes garbage of answers, so that the collector runs while the host writes.
func collect(w *strings.Builder) error {
	kept := [][]byte{}
	for i := range 400 {
		bytes, err := pulp.Random(65_536)
		if err != nil {
			return err
		}
		if i%10 == 0 {
			kept = append(kept, bytes)
		}
	}
	for _, bytes := range kept {
		zeroes := 0
		for _, b := range bytes {
			if b == 0 {
				zeroes++
			}
		}
		if zeroes > 1000 {
			return errors.New("an answer was overwritten")
		}
	}
	fmt.Fprintln(w, len(kept))
	return nil
}
