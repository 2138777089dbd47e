package pulp

import "pulp/internal/wire"

// Random gives random bytes of the host's secure generator, 1 to 65,536.
//
// Package crypto/rand works too; a test may seed this one.
func Random(count int) ([]byte, error) {
	var w wire.Writer
	w.Map(1)
	w.Text("n")
	w.Int(int64(count))
	answer, err := query("entropy_read", entropyRead, w.Bytes)
	if err != nil {
		return nil, err
	}
	var bytes []byte
	err = decode("entropy_read", answer, func(r *wire.Reader, key string) {
		if key == "bytes" {
			bytes = r.Bytes()
		} else {
			r.Skip()
		}
	})
	return bytes, err
}
