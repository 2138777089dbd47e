package main

import "math/bits"

// reader reads MessagePack and never leaves its bytes; after a failure it reads zeros.
type reader struct {
	bytes  []byte
	failed bool
}

func (r *reader) take(count uint64) []byte {
	if uint64(len(r.bytes)) < count {
		r.failed = true
		return nil
	}
	taken := r.bytes[:count]
	r.bytes = r.bytes[count:]
	return taken
}

func (r *reader) peek() byte {
	if len(r.bytes) == 0 {
		return 0xc1
	}
	return r.bytes[0]
}

func (r *reader) big(count uint64) (value uint64) {
	for _, b := range r.take(count) {
		value = value<<8 | uint64(b)
	}
	return value
}

func (r *reader) mapHeader() uint64 {
	switch tag := r.big(1); {
	case tag&0xf0 == 0x80:
		return tag & 0x0f
	case tag == 0xde:
		return r.big(2)
	case tag == 0xdf:
		return r.big(4)
	case tag != 0xc0:
		r.failed = true
	}
	return 0
}

// slice reads a str or a bin.
func (r *reader) slice() []byte {
	switch tag := r.big(1); {
	case tag&0xe0 == 0xa0:
		return r.take(tag & 0x1f)
	case tag == 0xc4 || tag == 0xd9:
		return r.take(r.big(1))
	case tag == 0xc5 || tag == 0xda:
		return r.take(r.big(2))
	case tag == 0xc6 || tag == 0xdb:
		return r.take(r.big(4))
	case tag != 0xc0:
		r.failed = true
	}
	return nil
}

func (r *reader) unsigned() uint64 {
	switch tag := r.big(1); {
	case tag < 0x80:
		return tag
	case tag >= 0xcc && tag <= 0xcf:
		return r.big(1 << (tag - 0xcc))
	case tag >= 0xd0 && tag <= 0xd3:
		return r.big(1 << (tag - 0xd0))
	}
	r.failed = true
	return 0
}

// skip steps over one value, however deep, without recursion.
func (r *reader) skip() {
	for values := uint64(1); values > 0 && !r.failed; values-- {
		switch tag := r.big(1); {
		case tag < 0x80 || tag >= 0xe0 || tag >= 0xc0 && tag <= 0xc3:
		case tag < 0x90:
			values += 2 * (tag & 0x0f)
		case tag < 0xa0:
			values += tag & 0x0f
		case tag < 0xc0:
			r.take(tag & 0x1f)
		case tag <= 0xc6:
			r.take(r.big(1 << (tag - 0xc4)))
		case tag <= 0xc9:
			r.take(1 + r.big(1<<(tag-0xc7)))
		case tag <= 0xcb:
			r.take(4 << (tag - 0xca))
		case tag <= 0xcf:
			r.take(1 << (tag - 0xcc))
		case tag <= 0xd3:
			r.take(1 << (tag - 0xd0))
		case tag <= 0xd8:
			r.take(1 + 1<<(tag-0xd4))
		case tag <= 0xdb:
			r.take(r.big(1 << (tag - 0xd9)))
		case tag <= 0xdd:
			values += r.big(2 << (tag - 0xdc))
		default:
			values += 2 * r.big(2<<(tag-0xde))
		}
	}
}

// writer appends MessagePack.
type writer struct{ bytes []byte }

func (w *writer) tagged(tag byte, value uint64, count int) {
	w.bytes = append(w.bytes, tag)
	for count--; count >= 0; count-- {
		w.bytes = append(w.bytes, byte(value>>(8*count)))
	}
}

func (w *writer) mapHeader(pairs byte) { w.tagged(0x80|pairs, 0, 0) } // at most 15

func (w *writer) unsigned(value uint64) { w.tagged(0xcf, value, 8) }

// sized writes the shortest of three tags that can state the length.
func (w *writer) sized(tag byte, length int) {
	width := (bits.Len(uint(length)) + 7) / 8
	switch {
	case width <= 1:
		w.tagged(tag, uint64(length), 1)
	case width == 2:
		w.tagged(tag+1, uint64(length), 2)
	default:
		w.tagged(tag+2, uint64(length), 4)
	}
}

func (w *writer) text(text string) {
	if len(text) < 32 {
		w.tagged(0xa0|byte(len(text)), 0, 0)
	} else {
		w.sized(0xd9, len(text))
	}
	w.bytes = append(w.bytes, text...)
}

func (w *writer) binary(bytes []byte) {
	w.sized(0xc4, len(bytes))
	w.bytes = append(w.bytes, bytes...)
}

func little(bytes []byte) (value uint64) {
	for i, b := range bytes {
		value |= uint64(b) << (8 * i)
	}
	return value
}
