// Package wire reads and writes the MessagePack that a plugin and its host exchange.
package wire

import (
	"math"
	"time"
)

const (
	maxDepth  = 64
	maxValues = 100_000
)

// Reader goes through a MessagePack value from front to back.
//
// It cannot leave its bytes, whatever they hold: the first mistake makes Failed true, and from then on every method
// gives the zero of its type. Slices that it gives lie in its bytes.
type Reader struct {
	bytes  []byte
	at     int
	depth  int
	built  int
	failed bool
}

// NewReader reads the value at the front of bytes.
func NewReader(bytes []byte) *Reader { return &Reader{bytes: bytes} }

// Failed says whether anything was not as it should be.
func (r *Reader) Failed() bool { return r.failed }

func (r *Reader) fail() { r.failed = true }

func (r *Reader) take(count uint64) []byte {
	if r.failed || count > uint64(len(r.bytes)-r.at) {
		r.fail()
		return nil
	}
	part := r.bytes[r.at : r.at+int(count) : r.at+int(count)]
	r.at += int(count)
	return part
}

func (r *Reader) tag() byte {
	part := r.take(1)
	if part == nil {
		return 0
	}
	return part[0]
}

func (r *Reader) peek() byte {
	if r.failed || r.at >= len(r.bytes) {
		r.fail()
		return 0xc1
	}
	return r.bytes[r.at]
}

func (r *Reader) big(width uint64) (value uint64) {
	for _, b := range r.take(width) {
		value = value<<8 | uint64(b)
	}
	return value
}

// Nil takes a nil, if there is one.
func (r *Reader) Nil() bool {
	if r.peek() != 0xc0 {
		return false
	}
	r.at++
	return true
}

// Map gives the number of pairs of a map; nil has none.
func (r *Reader) Map() int { return r.container(0x80, 0xde, 2) }

// Array gives the number of elements of an array; nil has none.
func (r *Reader) Array() int { return r.container(0x90, 0xdc, 1) }

// container: no element is shorter than a byte, so that a count beyond what is left is a lie.
func (r *Reader) container(fixed, wide byte, each uint64) int {
	var count uint64
	switch tag := r.tag(); {
	case tag&0xf0 == fixed:
		count = uint64(tag & 0x0f)
	case tag == wide:
		count = r.big(2)
	case tag == wide+1:
		count = r.big(4)
	case tag == 0xc0:
	default:
		r.fail()
	}
	if r.failed || count*each > uint64(len(r.bytes)-r.at) {
		r.fail()
		return 0
	}
	return int(count)
}

// Fields calls read for each pair of a map whose key is text; read takes the value.
func (r *Reader) Fields(read func(key string)) {
	for pairs := r.Map(); pairs > 0 && !r.failed; pairs-- {
		read(r.Text())
	}
}

// Bytes gives what a str or a bin holds; nil is none.
func (r *Reader) Bytes() []byte {
	switch tag := r.tag(); {
	case tag&0xe0 == 0xa0:
		return r.take(uint64(tag & 0x1f))
	case tag == 0xc4, tag == 0xd9:
		return r.take(r.big(1))
	case tag == 0xc5, tag == 0xda:
		return r.take(r.big(2))
	case tag == 0xc6, tag == 0xdb:
		return r.take(r.big(4))
	case tag == 0xc0:
		return nil
	}
	r.fail()
	return nil
}

// Text gives what a str or a bin holds.
func (r *Reader) Text() string { return string(r.Bytes()) }

// Bool gives a boolean; nil is false.
func (r *Reader) Bool() bool {
	switch r.tag() {
	case 0xc3:
		return true
	case 0xc2, 0xc0:
	default:
		r.fail()
	}
	return false
}

// integer gives an integer of any width and whether it is negative, in which case the value is in two's complement.
func (r *Reader) integer() (value uint64, isNegative bool) {
	tag := r.tag()
	switch {
	case tag < 0x80:
		return uint64(tag), false
	case tag >= 0xe0:
		value = uint64(int64(int8(tag)))
	case tag >= 0xcc && tag <= 0xcf:
		return r.big(1 << (tag - 0xcc)), false
	case tag == 0xd0:
		value = uint64(int64(int8(r.big(1))))
	case tag == 0xd1:
		value = uint64(int64(int16(r.big(2))))
	case tag == 0xd2:
		value = uint64(int64(int32(r.big(4))))
	case tag == 0xd3:
		value = r.big(8)
	case tag == 0xc0:
	default:
		r.fail()
	}
	return value, int64(value) < 0
}

// Uint gives an integer that is not negative; nil is 0.
func (r *Reader) Uint() uint64 {
	value, isNegative := r.integer()
	if isNegative {
		r.fail()
		return 0
	}
	return value
}

// Int gives an integer that fits into 64 bits with a sign; nil is 0.
func (r *Reader) Int() int64 {
	value, isNegative := r.integer()
	if !isNegative && value > math.MaxInt64 {
		r.fail()
		return 0
	}
	return int64(value)
}

// Float gives a number; nil is 0.
func (r *Reader) Float() float64 {
	switch r.peek() {
	case 0xca:
		r.at++
		return float64(math.Float32frombits(uint32(r.big(4))))
	case 0xcb:
		r.at++
		return math.Float64frombits(r.big(8))
	}
	value, isNegative := r.integer()
	if isNegative {
		return float64(int64(value))
	}
	return float64(value)
}

// TextMap gives a map of str to str.
func (r *Reader) TextMap() map[string]string {
	count := r.Map()
	texts := make(map[string]string, min(count, 256))
	for ; count > 0 && !r.failed; count-- {
		key := r.Text()
		texts[key] = r.Text()
	}
	return texts
}

// Pairs calls add for each [str, str] of an array.
func (r *Reader) Pairs(add func(name, value string)) {
	for count := r.Array(); count > 0 && !r.failed; count-- {
		if r.Array() != 2 {
			r.fail()
			return
		}
		name := r.Text()
		add(name, r.Text())
	}
}

// Skip passes over one value, however it is nested.
func (r *Reader) Skip() {
	for left := uint64(1); left > 0 && !r.failed; left-- {
		switch tag := r.peek(); {
		case tag&0xf0 == 0x80, tag == 0xde, tag == 0xdf:
			left += 2 * uint64(r.Map())
		case tag&0xf0 == 0x90, tag == 0xdc, tag == 0xdd:
			left += uint64(r.Array())
		case tag&0xe0 == 0xa0, tag >= 0xc4 && tag <= 0xc6, tag >= 0xd9 && tag <= 0xdb:
			r.Bytes()
		case tag == 0xca, tag == 0xcb:
			r.Float()
		case tag == 0xc2, tag == 0xc3:
			r.at++
		case tag >= 0xc7 && tag <= 0xc9, tag >= 0xd4 && tag <= 0xd8:
			r.extension()
		default:
			r.integer()
		}
	}
}

func (r *Reader) extension() (kind int8, body []byte) {
	var length uint64
	switch tag := r.tag(); tag {
	case 0xc7, 0xc8, 0xc9:
		length = r.big(1 << (tag - 0xc7))
	default:
		length = 1 << (tag - 0xd4)
	}
	kind = int8(r.tag())
	return kind, r.take(length)
}

// Value gives nil, bool, int64, uint64 (where int64 is too small), float64, string, []byte, time.Time, []any or
// map[string]any. What is nested deeper than 64 or has more than 100,000 values is a mistake.
func (r *Reader) Value() any {
	r.built++
	if r.built > maxValues || r.depth >= maxDepth {
		r.fail()
	}
	r.depth++
	defer func() { r.depth-- }()
	switch tag := r.peek(); {
	case r.failed:
	case tag == 0xc0:
		r.at++
	case tag == 0xc2, tag == 0xc3:
		return r.Bool()
	case tag == 0xca, tag == 0xcb:
		return r.Float()
	case tag&0xe0 == 0xa0, tag >= 0xd9 && tag <= 0xdb:
		return r.Text()
	case tag >= 0xc4 && tag <= 0xc6:
		return r.Bytes()
	case tag&0xf0 == 0x90, tag == 0xdc, tag == 0xdd:
		return r.array()
	case tag&0xf0 == 0x80, tag == 0xde, tag == 0xdf:
		values := map[string]any{}
		r.Fields(func(key string) { values[key] = r.Value() })
		return values
	case tag >= 0xc7 && tag <= 0xc9, tag >= 0xd4 && tag <= 0xd8:
		return r.timestamp()
	default:
		value, isNegative := r.integer()
		if !isNegative && value > math.MaxInt64 {
			return value
		}
		return int64(value)
	}
	return nil
}

func (r *Reader) array() []any {
	count := r.Array()
	values := make([]any, 0, min(count, 1024))
	for ; count > 0 && !r.failed; count-- {
		values = append(values, r.Value())
	}
	return values
}

func (r *Reader) timestamp() any {
	kind, body := r.extension()
	if kind != -1 {
		return nil
	}
	number := func(part []byte) (value uint64) {
		for _, b := range part {
			value = value<<8 | uint64(b)
		}
		return value
	}
	switch len(body) {
	case 4:
		return time.Unix(int64(number(body)), 0).UTC()
	case 8:
		packed := number(body)
		return time.Unix(int64(packed&(1<<34-1)), int64(packed>>34)).UTC()
	case 12:
		return time.Unix(int64(number(body[4:])), int64(number(body[:4]))).UTC()
	}
	r.fail()
	return nil
}

// Raw passes over one value and gives its bytes.
func (r *Reader) Raw() []byte {
	from := r.at
	if r.Skip(); r.failed {
		return nil
	}
	return r.bytes[from:r.at:r.at]
}

// Cell gives one value of a table, as Value does, but counts no more than itself: how many there are its table bounds.
func (r *Reader) Cell() any {
	r.built = 0
	return r.Value()
}
