package pulp

import (
	"runtime"
	"unsafe"

	"pulp/internal/wire"
)

// Where the host stores an answer's address and length. Not on the stack: while the host asks for room the guest runs
// again, and a stack may move. Between an import's return and the reading of these nothing else can run.
var answerAddress, answerLength uint32

type (
	commandImport func(ptr unsafe.Pointer, len uint32) int32
	queryImport   func(ptr unsafe.Pointer, len uint32, ptrOut, lenOut unsafe.Pointer) int32
)

func pointer(bytes []byte) unsafe.Pointer {
	if len(bytes) == 0 {
		return nil
	}
	return unsafe.Pointer(unsafe.SliceData(bytes))
}

// command makes a call that answers a status only.
func command(name string, call commandImport, request []byte) error {
	status := call(pointer(request), uint32(len(request)))
	runtime.KeepAlive(request)
	if status != 0 {
		return refusal(name, status)
	}
	return nil
}

// query makes a call that answers bytes.
func query(name string, call queryImport, request []byte) ([]byte, error) {
	answer, status := answered(func(ptrOut, lenOut unsafe.Pointer) int32 {
		return call(pointer(request), uint32(len(request)), ptrOut, lenOut)
	})
	runtime.KeepAlive(request)
	if status != 0 {
		return nil, refusal(name, status)
	}
	return answer, nil
}

// answered gives what a call answered, which is the guest's from then on; with some statuses there are bytes too.
func answered(call func(ptrOut, lenOut unsafe.Pointer) int32) ([]byte, int32) {
	answerAddress, answerLength = 0, 0
	status := call(unsafe.Pointer(&answerAddress), unsafe.Pointer(&answerLength))
	block, ok := lent(answerAddress, answerLength)
	delete(pinned, answerAddress)
	if !ok || answerLength == 0 {
		block = nil
	}
	return block, status
}

// kept reads what the host keeps about this instance's last failure; false when it keeps nothing.
func kept(name string, call func(ptrOut, lenOut unsafe.Pointer) int32, field func(r *wire.Reader, key string)) bool {
	answer, status := answered(call)
	return status == 0 && len(answer) > 0 && decode(name, answer, field) == nil
}

// decode reads the record that a call answered.
func decode(name string, bytes []byte, field func(r *wire.Reader, key string)) error {
	r := wire.NewReader(bytes)
	r.Fields(func(key string) { field(r, key) })
	if r.Failed() {
		return &Error{Call: name, Status: 3, Sentence: "the host's answer cannot be read", Failed: -1}
	}
	return nil
}
