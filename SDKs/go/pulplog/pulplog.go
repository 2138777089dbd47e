// Package pulplog lets log/slog write to the host's log.
package pulplog

import (
	"context"
	"log/slog"

	"pulp"
)

// Handler writes to the host's log. Use it with slog.SetDefault(slog.New(pulplog.Handler{})).
//
// Groups are prefixes of the names. The host says which levels it keeps.
type Handler struct {
	// Level is the least that is written; nil is slog.LevelInfo.
	Level  slog.Leveler
	prefix string
	fields []slog.Attr
}

// Enabled compares with the handler's level.
func (h Handler) Enabled(_ context.Context, level slog.Level) bool {
	if h.Level == nil {
		return level >= slog.LevelInfo
	}
	return level >= h.Level.Level()
}

// Handle writes one line.
func (h Handler) Handle(_ context.Context, record slog.Record) error {
	fields := map[string]any{}
	for _, field := range h.fields {
		add(fields, "", field)
	}
	record.Attrs(func(field slog.Attr) bool {
		add(fields, h.prefix, field)
		return true
	})
	return pulp.Log.Write(level(record.Level), record.Message, fields)
}

// WithAttrs gives a handler that adds fields to every line.
func (h Handler) WithAttrs(fields []slog.Attr) slog.Handler {
	all := append([]slog.Attr{}, h.fields...)
	for _, field := range fields {
		all = append(all, slog.Attr{Key: h.prefix + field.Key, Value: field.Value})
	}
	h.fields = all
	return h
}

// WithGroup gives a handler that begins names with the group's.
func (h Handler) WithGroup(name string) slog.Handler {
	if name != "" {
		h.prefix += name + "."
	}
	return h
}

func level(level slog.Level) pulp.Level {
	switch {
	case level < slog.LevelDebug:
		return pulp.LevelTrace
	case level < slog.LevelInfo:
		return pulp.LevelDebug
	case level < slog.LevelInfo+2:
		return pulp.LevelInfo
	case level < slog.LevelWarn:
		return pulp.LevelNotice
	case level < slog.LevelError:
		return pulp.LevelWarning
	case level < slog.LevelError+4:
		return pulp.LevelError
	}
	return pulp.LevelCritical
}

func add(fields map[string]any, prefix string, field slog.Attr) {
	value := field.Value.Resolve()
	switch value.Kind() {
	case slog.KindGroup:
		if field.Key != "" {
			prefix += field.Key + "."
		}
		for _, part := range value.Group() {
			add(fields, prefix, part)
		}
		return
	case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64:
		fields[prefix+field.Key] = value.Any()
	default:
		if field.Key != "" {
			fields[prefix+field.Key] = value.String()
		}
	}
}
