package pulp

import (
	"time"

	"pulp/internal/wire"
)

// fields collects the pairs of a request whose map's size comes last.
type fields struct {
	count int
	wire.Writer
}

func (f *fields) key(name string) *fields {
	f.count++
	f.Writer.Text(name)
	return f
}

func (f *fields) text(name, value string) *fields {
	if value != "" {
		f.key(name).Writer.Text(value)
	}
	return f
}

func (f *fields) integer(name string, value int64) *fields {
	if value != 0 {
		f.key(name).Int(value)
	}
	return f
}

func (f *fields) bytes() []byte {
	var w wire.Writer
	w.Map(f.count)
	return append(w.Bytes, f.Writer.Bytes...)
}

func identified(id string) *fields { return new(fields).text("id", id) }

func readContainer(r *wire.Reader) (c Container) {
	r.Fields(func(key string) {
		switch key {
		case "id":
			c.ID = r.Text()
		case "name":
			c.Name = r.Text()
		case "status":
			c.Status = r.Text()
		case "ip":
			c.IP = r.Text()
		case "ports":
			c.Ports = map[string]int{}
			r.Fields(func(port string) { c.Ports[port] = int(r.Int()) })
		case "cpu_limit":
			c.CPULimit = r.Float()
		case "memory_limit":
			c.MemoryLimit = r.Int()
		default:
			r.Skip()
		}
	})
	return c
}

func readStats(r *wire.Reader) (s ContainerStats) {
	r.Fields(func(key string) {
		switch key {
		case "container_id":
			s.ContainerID = r.Text()
		case "name":
			s.Name = r.Text()
		case "cpu_percent":
			s.CPUPercent = r.Float()
		case "memory_used":
			s.MemoryUsed = r.Int()
		case "memory_limit":
			s.MemoryLimit = r.Int()
		case "net_rx_bytes":
			s.NetRxBytes = r.Int()
		case "net_tx_bytes":
			s.NetTxBytes = r.Int()
		case "disk_read_bytes":
			s.DiskReadBytes = r.Int()
		case "disk_write_bytes":
			s.DiskWriteBytes = r.Int()
		case "timestamp":
			s.Time = time.Unix(r.Int(), 0)
		default:
			r.Skip()
		}
	})
	return s
}

func readContainerEvent(r *wire.Reader) (e ContainerEvent) {
	r.Fields(func(key string) {
		switch key {
		case "timestamp":
			e.Time = time.Unix(0, r.Int())
		case "container_id":
			e.ContainerID = r.Text()
		case "name":
			e.Name = r.Text()
		case "action":
			e.Action = r.Text()
		default:
			r.Skip()
		}
	})
	return e
}

// one asks for a record, several for an array of them.
func one[Record any](name string, call queryImport, request []byte, read func(r *wire.Reader) Record) (record Record, err error) {
	answer, err := query(name, call, request)
	if err != nil {
		return record, err
	}
	r := wire.NewReader(answer)
	record = read(r)
	if r.Failed() {
		return record, errMalformed
	}
	return record, nil
}

func several[Record any](name string, call queryImport, request []byte, read func(r *wire.Reader) Record) ([]Record, error) {
	answer, err := query(name, call, request)
	if err != nil || len(answer) == 0 {
		return nil, err
	}
	r := wire.NewReader(answer)
	var records []Record
	for count := r.Array(); count > 0 && !r.Failed(); count-- {
		records = append(records, read(r))
	}
	if r.Failed() {
		return nil, errMalformed
	}
	return records, nil
}
