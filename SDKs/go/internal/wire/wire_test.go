package wire

import (
	"bytes"
	"math"
	"math/rand"
	"reflect"
	"testing"
	"time"
)

func TestValuesComeBackAsTheyWere(t *testing.T) {
	for _, value := range []any{
		nil, true, false, int64(0), int64(127), int64(128), int64(-1), int64(-32), int64(-33), int64(-129),
		int64(-32769), int64(math.MinInt32) - 1, int64(math.MaxInt64), int64(math.MinInt64), uint64(math.MaxUint64),
		1.5, math.Inf(-1), "", "short", string(bytes.Repeat([]byte("x"), 300)), string(bytes.Repeat([]byte("y"), 70_000)),
		[]byte{}, []byte{1, 2, 3}, bytes.Repeat([]byte{7}, 70_000), time.Unix(1_700_000_000, 123_456_789).UTC(),
		time.Unix(-5, 7).UTC(),
	} {
		var w Writer
		if !w.Value(value) {
			t.Fatalf("%v is not written", value)
		}
		r := NewReader(w.Bytes)
		if back := r.Value(); !reflect.DeepEqual(back, value) || r.Failed() {
			t.Errorf("%v came back as %v", value, back)
		}
		s := NewReader(w.Bytes)
		if s.Skip(); s.Failed() || s.at != len(w.Bytes) {
			t.Errorf("%v is not passed over", value)
		}
	}
}

func TestIntegersOfEveryWidthAreRead(t *testing.T) {
	for _, encoded := range [][]byte{
		{5}, {0xcc, 5}, {0xcd, 0, 5}, {0xce, 0, 0, 0, 5}, {0xcf, 0, 0, 0, 0, 0, 0, 0, 5}, {0xd0, 5}, {0xd1, 0, 5},
		{0xd2, 0, 0, 0, 5}, {0xd3, 0, 0, 0, 0, 0, 0, 0, 5},
	} {
		if r := NewReader(encoded); r.Uint() != 5 || r.Failed() {
			t.Errorf("% x", encoded)
		}
		if r := NewReader(encoded); r.Int() != 5 || r.Failed() {
			t.Errorf("% x", encoded)
		}
	}
}

func TestWhatIsWrongIsAFailureAndAZero(t *testing.T) {
	deep := bytes.Repeat([]byte{0x91}, 100_000)
	for name, encoded := range map[string][]byte{
		"nothing": {}, "a short text": {0xa5, 'a'}, "a huge text": {0xdb, 0xff, 0xff, 0xff, 0xff},
		"a huge bin": {0xc6, 0xff, 0xff, 0xff, 0xff, 1}, "a huge array": {0xdd, 0xff, 0xff, 0xff, 0xff, 1},
		"a huge map": {0xdf, 0x7f, 0xff, 0xff, 0xff, 1}, "the tag that is none": {0xc1}, "nesting": append(deep, 0xc0),
		"an extension": {0xc9, 0xff, 0xff, 0xff, 0xff, 1}, "a timestamp of 1": {0xd4, 0xff, 1},
	} {
		r := NewReader(encoded)
		if r.Value(); !r.Failed() {
			t.Errorf("%s is taken", name)
		}
		if r.Uint() != 0 || r.Text() != "" || r.Map() != 0 || r.Value() != nil {
			t.Errorf("%s: something is read after the mistake", name)
		}
	}
	if r := NewReader([]byte{0xff}); r.Uint() != 0 || !r.Failed() {
		t.Error("-1 is taken for an unsigned number")
	}
	if r := NewReader([]byte{0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0}); r.Int() != 0 || !r.Failed() {
		t.Error("2^63 is taken for a signed number")
	}
	if r := NewReader(append([]byte{0xdc, 0xff, 0xff}, make([]byte, 65_535)...)); r.Value() == nil || r.Failed() {
		t.Error("65,535 elements are refused")
	}
	many := append([]byte{0xdd, 0, 2, 0, 0}, make([]byte, 131_072)...)
	if r := NewReader(many); r.Value() == nil || !r.Failed() {
		t.Error("131,072 values are built")
	}
}

func TestNoBytesLeadOutside(t *testing.T) {
	random := rand.New(rand.NewSource(7))
	for round := 0; round < 200_000; round++ {
		encoded := make([]byte, random.Intn(40))
		random.Read(encoded)
		NewReader(encoded).Value()
		s := NewReader(encoded)
		s.Skip()
		f := NewReader(encoded)
		f.Fields(func(string) { f.Pairs(func(string, string) {}) })
	}
}

func TestAReaderOfRecordsTakesWhatOthersWrite(t *testing.T) {
	var w Writer
	w.Map(3)
	w.Text("a")
	w.TextMap(map[string]string{"y": "2", "x": "1"})
	w.Text("unknown")
	w.Array(2)
	w.Float(1)
	w.Map(0)
	w.Text("b")
	w.TextList([]string{"p", "q"})
	r := NewReader(w.Bytes)
	var texts map[string]string
	var list []any
	r.Fields(func(key string) {
		switch key {
		case "a":
			texts = r.TextMap()
		case "b":
			list = r.Value().([]any)
		default:
			r.Skip()
		}
	})
	if r.Failed() || texts["x"] != "1" || texts["y"] != "2" || len(list) != 2 {
		t.Error(texts, list)
	}
}
