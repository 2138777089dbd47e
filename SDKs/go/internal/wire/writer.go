package wire

import (
	"math"
	"sort"
	"time"
)

// Writer appends MessagePack to Bytes.
type Writer struct {
	Bytes []byte
}

func (w *Writer) big(value uint64, width int) {
	for shift := (width - 1) * 8; shift >= 0; shift -= 8 {
		w.Bytes = append(w.Bytes, byte(value>>shift))
	}
}

func (w *Writer) head(tag byte, value uint64, width int) {
	w.Bytes = append(w.Bytes, tag)
	w.big(value, width)
}

// Map begins a map of so many pairs.
func (w *Writer) Map(count int) { w.container(0x80, 0xde, count) }

// Array begins an array of so many elements.
func (w *Writer) Array(count int) { w.container(0x90, 0xdc, count) }

func (w *Writer) container(fixed, wide byte, count int) {
	switch {
	case count < 16:
		w.Bytes = append(w.Bytes, fixed|byte(count))
	case count < 1<<16:
		w.head(wide, uint64(count), 2)
	default:
		w.head(wide+1, uint64(count), 4)
	}
}

// Nil writes nil.
func (w *Writer) Nil() { w.Bytes = append(w.Bytes, 0xc0) }

// Bool writes a boolean.
func (w *Writer) Bool(value bool) {
	if value {
		w.Bytes = append(w.Bytes, 0xc3)
	} else {
		w.Bytes = append(w.Bytes, 0xc2)
	}
}

// Text writes a str.
func (w *Writer) Text(text string) {
	switch length := uint64(len(text)); {
	case length < 32:
		w.Bytes = append(w.Bytes, 0xa0|byte(length))
	case length < 1<<8:
		w.head(0xd9, length, 1)
	case length < 1<<16:
		w.head(0xda, length, 2)
	default:
		w.head(0xdb, length, 4)
	}
	w.Bytes = append(w.Bytes, text...)
}

// Binary writes a bin.
func (w *Writer) Binary(bytes []byte) {
	switch length := uint64(len(bytes)); {
	case length < 1<<8:
		w.head(0xc4, length, 1)
	case length < 1<<16:
		w.head(0xc5, length, 2)
	default:
		w.head(0xc6, length, 4)
	}
	w.Bytes = append(w.Bytes, bytes...)
}

// Uint writes an integer as the shortest.
func (w *Writer) Uint(value uint64) {
	switch {
	case value < 0x80:
		w.Bytes = append(w.Bytes, byte(value))
	case value < 1<<8:
		w.head(0xcc, value, 1)
	case value < 1<<16:
		w.head(0xcd, value, 2)
	case value < 1<<32:
		w.head(0xce, value, 4)
	default:
		w.head(0xcf, value, 8)
	}
}

// Int writes an integer as the shortest.
func (w *Writer) Int(value int64) {
	switch {
	case value >= 0:
		w.Uint(uint64(value))
	case value >= -32:
		w.Bytes = append(w.Bytes, byte(value))
	case value >= math.MinInt8:
		w.head(0xd0, uint64(value), 1)
	case value >= math.MinInt16:
		w.head(0xd1, uint64(value), 2)
	case value >= math.MinInt32:
		w.head(0xd2, uint64(value), 4)
	default:
		w.head(0xd3, uint64(value), 8)
	}
}

// Float writes a number of 64 bits.
func (w *Writer) Float(value float64) { w.head(0xcb, math.Float64bits(value), 8) }

// Time writes a timestamp.
func (w *Writer) Time(value time.Time) {
	w.Bytes = append(w.Bytes, 0xc7, 12, 0xff)
	w.big(uint64(value.Nanosecond()), 4)
	w.big(uint64(value.Unix()), 8)
}

// TextMap writes a map of str to str, its keys sorted.
func (w *Writer) TextMap(texts map[string]string) {
	keys := make([]string, 0, len(texts))
	for key := range texts {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	w.Map(len(keys))
	for _, key := range keys {
		w.Text(key)
		w.Text(texts[key])
	}
}

// TextList writes an array of str.
func (w *Writer) TextList(texts []string) {
	w.Array(len(texts))
	for _, text := range texts {
		w.Text(text)
	}
}

// Value writes nil, a boolean, an integer, a float, text, bytes or a time; false for anything else.
func (w *Writer) Value(value any) bool {
	switch value := value.(type) {
	case nil:
		w.Nil()
	case bool:
		w.Bool(value)
	case int:
		w.Int(int64(value))
	case int8:
		w.Int(int64(value))
	case int16:
		w.Int(int64(value))
	case int32:
		w.Int(int64(value))
	case int64:
		w.Int(value)
	case uint:
		w.Uint(uint64(value))
	case uint8:
		w.Uint(uint64(value))
	case uint16:
		w.Uint(uint64(value))
	case uint32:
		w.Uint(uint64(value))
	case uint64:
		w.Uint(value)
	case float32:
		w.Float(float64(value))
	case float64:
		w.Float(value)
	case string:
		w.Text(value)
	case []byte:
		if value == nil {
			w.Nil()
		} else {
			w.Binary(value)
		}
	case time.Time:
		w.Time(value)
	default:
		return false
	}
	return true
}
