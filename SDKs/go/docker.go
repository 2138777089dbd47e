package pulp

import (
	"time"

	"pulp/internal/wire"
)

// Docker has the plugin's containers.
var Docker Containers

// Containers has the calls of spawn.docker.
type Containers struct{}

// Container is one of the plugin's containers.
type Container struct {
	ID, Name string
	// Status is "running", "stopped" or "error".
	Status string
	IP     string
	// Ports are the host's, by the container's ("80").
	Ports map[string]int
	// CPULimit and MemoryLimit are 0 when unknown.
	CPULimit    float64
	MemoryLimit int64
}

// ContainerSpec is what a container is made of. Everything but Image may be its zero.
type ContainerSpec struct {
	Image, Name string
	Environment map[string]string
	// Volumes are the host's paths, and where the container has them, with :ro behind what it may not write.
	Volumes     map[string]string
	Ports       []Port
	Network, IP string
	Cmd         []string

	MemoryLimit, MemorySwap, DiskSizeLimit, PidsLimit int64
	DiskReadBps, DiskWriteBps                         int64
	CPULimit                                          float64
}

// Port is a port of a container on the host.
type Port struct {
	Host, Container int
	// Protocol is "tcp" when empty.
	Protocol string
	// Name is optional.
	Name string
	// Range, "FIRST-LAST", is where the host's port is chosen from.
	Range string
}

// ContainerStats is what a container uses.
type ContainerStats struct {
	ContainerID, Name             string
	CPUPercent                    float64
	MemoryUsed, MemoryLimit       int64
	NetRxBytes, NetTxBytes        int64
	DiskReadBytes, DiskWriteBytes int64
	Time                          time.Time
}

// ContainerEvent is what happened to a container.
type ContainerEvent struct {
	Time                      time.Time
	ContainerID, Name, Action string
}

// ExecResult is what a program inside a container did.
type ExecResult struct {
	Output   string
	ExitCode int
	// IsTruncated says that there was more output than exec_bytes.
	IsTruncated bool
}

// LogsRequest says which lines of a log are wanted; the zero, the last 200.
type LogsRequest struct {
	// Tail is how many of the last lines; 0 is 200, or all that is new where Since is set.
	Tail int
	// Stream is "stdout" or "stderr"; empty for both.
	Stream string
	// Since is the Next of the answer before.
	Since int64
}

// ContainerLogs is the end of a log.
type ContainerLogs struct {
	Text        string
	Next        int64
	IsTruncated bool
}

// BuildStatus is how the last build went.
type BuildStatus struct {
	IsBuilding bool
	// LastBuild is the zero when there was none.
	LastBuild time.Time
	LastError string
}

// OnContainerEvent sets what is done when something happens to a container; needs events = true in [docker].
func (app *App) OnContainerEvent(f func(e *ContainerEvent) error) { app.onContainer = f }

func (app *App) containerEvent(r *wire.Reader) error {
	event := readContainerEvent(r)
	switch {
	case r.Failed():
		return errMalformed
	case app.onContainer != nil:
		return app.onContainer(&event)
	}
	return nil
}

// Create makes a container and starts it.
func (Containers) Create(spec ContainerSpec) (Container, error) {
	f := new(fields).text("image", spec.Image).text("name", spec.Name).text("network", spec.Network).text("ip", spec.IP)
	if len(spec.Environment) > 0 {
		f.key("environment").TextMap(spec.Environment)
	}
	if len(spec.Volumes) > 0 {
		f.key("volumes").TextMap(spec.Volumes)
	}
	if len(spec.Ports) > 0 {
		f.key("ports").Array(len(spec.Ports))
		for _, port := range spec.Ports {
			p := new(fields).integer("host", int64(port.Host)).integer("container", int64(port.Container))
			if port.Protocol == "" {
				port.Protocol = "tcp"
			}
			p.text("protocol", port.Protocol).text("name", port.Name).text("range", port.Range)
			f.Writer.Bytes = append(f.Writer.Bytes, p.bytes()...)
		}
	}
	if len(spec.Cmd) > 0 {
		f.key("cmd").TextList(spec.Cmd)
	}
	if spec.CPULimit != 0 {
		f.key("cpu_limit").Float(spec.CPULimit)
	}
	f.integer("memory_limit", spec.MemoryLimit).integer("memory_swap", spec.MemorySwap)
	f.integer("disk_size_limit", spec.DiskSizeLimit).integer("pids_limit", spec.PidsLimit)
	f.integer("disk_io_read_bps", spec.DiskReadBps).integer("disk_io_write_bps", spec.DiskWriteBps)
	return one("docker_create", dockerCreate, f.bytes(), readContainer)
}

// Get finds a container by its name.
func (Containers) Get(name string) (Container, error) {
	return one("docker_get", dockerGet, new(fields).text("name", name).bytes(), readContainer)
}

// List gives the running containers; filter's keys are "name", "status", "id", "label" and "ancestor".
func (Containers) List(filter map[string]string) ([]Container, error) {
	f := new(fields)
	f.key("filter").TextMap(filter)
	return several("docker_list", dockerList, f.bytes(), readContainer)
}

// Destroy stops a container and removes it.
func (Containers) Destroy(id string) error {
	return command("docker_destroy", dockerDestroy, identified(id).bytes())
}

// Restart stops a container and starts it again.
func (Containers) Restart(id string) error {
	return command("docker_restart", dockerRestart, identified(id).bytes())
}

// Exec runs a program inside a container.
func (Containers) Exec(id string, cmd ...string) (ExecResult, error) {
	f := identified(id)
	f.key("cmd").TextList(cmd)
	return one("docker_exec", dockerExec, f.bytes(), func(r *wire.Reader) (result ExecResult) {
		r.Fields(func(key string) {
			switch key {
			case "output":
				result.Output = r.Text()
			case "exit_code":
				result.ExitCode = int(r.Int())
			case "truncated":
				result.IsTruncated = r.Bool()
			default:
				r.Skip()
			}
		})
		return result
	})
}

// Logs gives the end of what a container wrote.
func (Containers) Logs(id string, request LogsRequest) (ContainerLogs, error) {
	f := identified(id).integer("tail", int64(request.Tail)).text("stream", request.Stream)
	f.integer("since_nanos", request.Since)
	return one("docker_logs", dockerLogs, f.bytes(), func(r *wire.Reader) (logs ContainerLogs) {
		r.Fields(func(key string) {
			switch key {
			case "logs":
				logs.Text = r.Text()
			case "next_nanos":
				logs.Next = r.Int()
			case "truncated":
				logs.IsTruncated = r.Bool()
			default:
				r.Skip()
			}
		})
		return logs
	})
}

// Stats says what a container uses; it takes a second.
func (Containers) Stats(id string) (ContainerStats, error) {
	return one("docker_stats", dockerStats, identified(id).bytes(), readStats)
}

// StatsAll says what each running container uses.
func (Containers) StatsAll() ([]ContainerStats, error) {
	return several("docker_stats_all", dockerStatsAll, nil, readStats)
}

// ReadFile reads a file of a container.
func (Containers) ReadFile(id, path string) ([]byte, error) {
	return query("docker_files_read", dockerFilesRead, identified(id).text("path", path).bytes())
}

// WriteFile writes a file of a container.
func (Containers) WriteFile(id, path string, data []byte) error {
	f := identified(id).text("path", path)
	f.key("data").Binary(data)
	return command("docker_files_write", dockerFilesWrite, f.bytes())
}

// RemoveFile removes a file of a container.
func (Containers) RemoveFile(id, path string) error {
	request := new(fields).text("container", id).text("path", path).bytes()
	return command("docker_files_delete", dockerFilesDelete, request)
}

// Events gives what happened to the containers since a time, the oldest first; limit 0 is 100.
func (Containers) Events(since time.Time, limit int) ([]ContainerEvent, error) {
	f := new(fields).integer("limit", int64(limit))
	if !since.IsZero() {
		f.integer("since_nanos", since.UnixNano())
	}
	return several("docker_events_poll", dockerEventsPoll, f.bytes(), readContainerEvent)
}

// Build begins to build an image. [Containers.BuildStatus] tells how it goes.
func (Containers) Build(tag, folder string, args map[string]string) error {
	f := new(fields).text("image_tag", tag).text("build_dir", folder)
	f.key("build_args").TextMap(args)
	return command("docker_build", dockerBuild, f.bytes())
}

// BuildStatus says how the last build went.
func (Containers) BuildStatus() (BuildStatus, error) {
	return one("docker_build_status", dockerBuildStatus, nil, func(r *wire.Reader) (status BuildStatus) {
		r.Fields(func(key string) {
			switch key {
			case "building":
				status.IsBuilding = r.Bool()
			case "last_build_time":
				if seconds := r.Int(); seconds != 0 {
					status.LastBuild = time.Unix(seconds, 0)
				}
			case "last_error":
				status.LastError = r.Text()
			default:
				r.Skip()
			}
		})
		return status
	})
}
