package main

import (
	"fmt"
	"strings"
	"time"

	"pulp"
)

// docker makes a container, does everything with it, and removes it: a line for each call.
func docker(r *pulp.Request) (*pulp.Response, error) {
	var w strings.Builder
	line := func(call string, err error, results ...any) {
		if err != nil {
			results = []any{"error", err}
		}
		fmt.Fprintln(&w, append([]any{call}, results...)...)
	}
	spec := pulp.ContainerSpec{
		Image: "local/busybox:1", Name: "job", Environment: map[string]string{"A": "b"},
		Cmd: []string{"sh", "-c", "echo begun; exec sleep 600"}, MemoryLimit: 1 << 26, CPULimit: 0.5, PidsLimit: 16,
	}
	if r.Query.Has("ports") {
		spec.Ports = []pulp.Port{{Host: 8080, Container: 80, Name: "web"}, {Container: 53, Protocol: "udp", Range: "9000-9009"}}
	}
	c, err := pulp.Docker.Create(spec)
	line("create", err, c.Name, c.Status)
	found, err := pulp.Docker.Get(c.Name)
	line("get", err, found.ID == c.ID)
	list, err := pulp.Docker.List(map[string]string{"status": "running"})
	line("list", err, len(list))
	line("restart", pulp.Docker.Restart(c.ID))
	done, err := pulp.Docker.Exec(c.ID, "sh", "-c", "echo $A; exit 3")
	line("exec", err, strings.TrimSpace(done.Output), done.ExitCode)
	logs, err := pulp.Docker.Logs(c.ID, pulp.LogsRequest{Tail: 1, Stream: "stdout"})
	line("logs", err, strings.TrimSpace(logs.Text), logs.Next > 0)
	stats, err := pulp.Docker.Stats(c.ID)
	line("stats", err, stats.ContainerID == c.ID)
	all, err := pulp.Docker.StatsAll()
	line("stats_all", err, len(all))
	line("files_write", pulp.Docker.WriteFile(c.ID, "/tmp/x", []byte("data")))
	data, err := pulp.Docker.ReadFile(c.ID, "/tmp/x")
	line("files_read", err, string(data))
	line("files_delete", pulp.Docker.RemoveFile(c.ID, "/tmp/x"))
	_, err = pulp.Docker.Events(time.Unix(1, 0), 10)
	line("events_poll", err)
	line("build", pulp.Docker.Build("local/busybox:go", "", map[string]string{"A": "1"}))
	_, err = pulp.Docker.BuildStatus()
	line("build_status", err)
	line("destroy", pulp.Docker.Destroy(c.ID))
	line("again", pulp.Docker.Destroy(c.ID))
	return pulp.Text(w.String()), nil
}
