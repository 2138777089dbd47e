package pulp

import (
	"time"

	"pulp/internal/wire"
)

// Level is how much a line of the log matters.
type Level int

// The levels of the host's log.
const (
	LevelTrace Level = iota
	LevelDebug
	LevelInfo
	LevelNotice
	LevelWarning
	LevelError
	LevelCritical
)

// Log is the host's log. What the plugin prints goes there too. For log/slog see package pulplog.
var Log Logger

// Logger writes lines with fields: names and values in turn, as log/slog takes them.
type Logger struct{}

func (l Logger) Trace(message string, fields ...any)    { l.pairs(LevelTrace, message, fields) }
func (l Logger) Debug(message string, fields ...any)    { l.pairs(LevelDebug, message, fields) }
func (l Logger) Info(message string, fields ...any)     { l.pairs(LevelInfo, message, fields) }
func (l Logger) Notice(message string, fields ...any)   { l.pairs(LevelNotice, message, fields) }
func (l Logger) Warning(message string, fields ...any)  { l.pairs(LevelWarning, message, fields) }
func (l Logger) Error(message string, fields ...any)    { l.pairs(LevelError, message, fields) }
func (l Logger) Critical(message string, fields ...any) { l.pairs(LevelCritical, message, fields) }

const badKey = "!BADKEY"

func (l Logger) pairs(level Level, message string, fields []any) {
	named := make(map[string]any, len(fields)/2)
	for i := 0; i < len(fields); i += 2 {
		// What is no name is shown under one, as log/slog does: a line is not to lose anything.
		name, ok := fields[i].(string)
		switch {
		case !ok:
			named[badKey] = fields[i]
			i--
		case i+1 == len(fields):
			named[badKey] = name
		default:
			named[name] = fields[i+1]
		}
	}
	// A line that is dropped because there are too many is counted by the host.
	_ = l.Write(level, message, named)
}

// Write writes one line. An error when the host dropped it.
func (l Logger) Write(level Level, message string, fields map[string]any) error {
	var w wire.Writer
	w.Map(3)
	w.Text("level")
	w.Int(int64(level))
	w.Text("message")
	w.Text(message)
	w.Text("fields")
	w.Map(len(fields))
	for name, value := range fields {
		w.Text(name)
		switch value := value.(type) {
		case nil:
			w.Text("nil")
		case []byte:
			w.Text(string(value))
		case time.Time:
			w.Text(value.UTC().Format(time.RFC3339Nano))
		case error:
			w.Text(value.Error())
		case interface{ String() string }:
			w.Text(value.String())
		default:
			if !w.Value(value) {
				w.Text("(a value that is not text, number or boolean)")
			}
		}
	}
	return command("log_write", logWrite, w.Bytes)
}
