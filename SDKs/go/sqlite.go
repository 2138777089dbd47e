package pulp

import (
	"errors"
	"runtime"
	"strconv"
	"unsafe"

	"pulp/internal/wire"
)

// DB is the plugin's database.
var DB Database

// Database has the calls of storage.sqlite.
//
// Parameters are nil, booleans, integers, floats, text, bytes and times.
type Database struct{}

// Result is what a statement did.
type Result struct {
	RowsAffected, LastInsertID int64
}

// pieceRows is how many rows a stream fetches at a time.
const pieceRows = 256

func parameters(args []any) ([]byte, error) {
	if len(args) == 0 {
		return nil, nil
	}
	var w wire.Writer
	w.Array(len(args))
	for i, arg := range args {
		if !w.Value(arg) {
			return nil, errors.New("sqlite: parameter " + strconv.Itoa(i+1) + " is of a type that SQL does not have")
		}
	}
	return w.Bytes, nil
}

type statementImport func(queryPtr unsafe.Pointer, queryLen uint32, ptr unsafe.Pointer, len uint32,
	ptrOut, lenOut unsafe.Pointer) int32

// statement runs one; field gets the keys of its answer.
func statement(name string, call statementImport, sql string, args []any, field func(r *wire.Reader, key string)) error {
	params, err := parameters(args)
	if err != nil {
		return err
	}
	text := []byte(sql)
	answer, status := answered(func(ptrOut, lenOut unsafe.Pointer) int32 {
		return call(pointer(text), uint32(len(text)), pointer(params), uint32(len(params)), ptrOut, lenOut)
	})
	runtime.KeepAlive(text)
	runtime.KeepAlive(params)
	return settled(name, answer, status, field)
}

// settled reads an answer that may be there although the status is not 0, and then has the error's sentence.
func settled(name string, answer []byte, status int32, field func(r *wire.Reader, key string)) error {
	var refused *Error
	if status != 0 {
		refused = refusal(name, status)
		if len(answer) == 0 {
			return told(refused)
		}
	}
	sentence := ""
	err := decode(name, answer, func(r *wire.Reader, key string) {
		if key == "error" {
			sentence = r.Text()
		} else {
			field(r, key)
		}
	})
	switch {
	case refused == nil && sentence == "":
		return err
	case refused == nil:
		refused = refusal(name, 5)
	}
	if sentence != "" {
		refused.Sentence = sentence
	}
	return refused
}

// told adds what the host keeps about a statement that failed: Exec and Query get only that it has.
func told(refused *Error) error {
	if refused.Status != 5 {
		return refused
	}
	full := *refused
	if !kept("sqlite_error", sqliteError, func(r *wire.Reader, key string) {
		switch key {
		case "status":
			full.Status = int(r.Int())
		case "message":
			full.Sentence = r.Text()
		default:
			r.Skip()
		}
	}) {
		return refused
	}
	return &full
}

func (result *Result) field(r *wire.Reader, key string) {
	switch key {
	case "rows_affected":
		result.RowsAffected = r.Int()
	case "last_insert_id":
		result.LastInsertID = r.Int()
	default:
		r.Skip()
	}
}

// Exec runs SQL, and says what its last statement did.
func (Database) Exec(sql string, args ...any) (Result, error) {
	var result Result
	err := statement("sqlite_exec", sqliteExec, sql, args, result.field)
	return result, err
}

// Query runs SQL and gives all rows, of at most max_result_bytes.
func (Database) Query(sql string, args ...any) (*Rows, error) {
	rows := &Rows{isDone: true}
	return rows, statement("sqlite_query", sqliteQuery, sql, args, rows.field)
}

// QueryStream runs SQL and fetches its rows as they are asked for. Close the rows, unless Next has answered false.
func (Database) QueryStream(sql string, args ...any) (*Rows, error) {
	rows := &Rows{}
	err := statement("sqlite_query_stream", func(queryPtr unsafe.Pointer, queryLen uint32, ptr unsafe.Pointer,
		length uint32, ptrOut, lenOut unsafe.Pointer) int32 {
		return sqliteQueryStream(queryPtr, queryLen, ptr, length, pieceRows, ptrOut, lenOut)
	}, sql, args, rows.field)
	if err != nil {
		rows.isDone = true
	}
	return rows, err
}

// ErrNoRows is what QueryRow gives when there is no row.
var ErrNoRows = errors.New("sqlite: no rows")

// QueryRow runs SQL and scans its first row into targets.
func (db Database) QueryRow(sql string, args []any, targets ...any) error {
	rows, err := db.Query(sql, args...)
	if err != nil {
		return err
	}
	if !rows.Next() {
		return ErrNoRows
	}
	return rows.Scan(targets...)
}

// Statement is one of a batch.
type Statement struct {
	// SQL is that of the statement before when empty, which is not parsed again then.
	SQL  string
	Args []any
}

// BatchResult is what a statement of a batch did, and its rows, nil when it gives none.
type BatchResult struct {
	Result
	Rows *Rows
}

// Batch runs statements in one transaction: all, or none. The [*Error] says in Failed which one failed.
func (Database) Batch(statements ...Statement) ([]BatchResult, error) {
	var w wire.Writer
	w.Map(1)
	w.Text("statements")
	w.Array(len(statements))
	for _, statement := range statements {
		w.Map(2)
		w.Text("query")
		w.Text(statement.SQL)
		w.Text("params")
		params, err := parameters(statement.Args)
		switch {
		case err != nil:
			return nil, err
		case params == nil:
			w.Array(0)
		default:
			w.Bytes = append(w.Bytes, params...)
		}
	}
	answer, status := answered(func(ptrOut, lenOut unsafe.Pointer) int32 {
		return sqliteBatch(pointer(w.Bytes), uint32(len(w.Bytes)), ptrOut, lenOut)
	})
	runtime.KeepAlive(w.Bytes)
	var results []BatchResult
	failed := -1
	err := settled("sqlite_batch", answer, status, func(r *wire.Reader, key string) {
		switch key {
		case "results":
			for count := r.Array(); count > 0 && !r.Failed(); count-- {
				results = append(results, batchResult(r))
			}
		case "failed":
			failed = int(r.Int())
		default:
			r.Skip()
		}
	})
	if refused, ok := err.(*Error); ok {
		refused.Failed = failed
		return nil, refused
	}
	return results, err
}

func batchResult(r *wire.Reader) (result BatchResult) {
	r.Fields(func(key string) {
		switch key {
		case "columns", "rows":
			if result.Rows == nil {
				result.Rows = &Rows{isDone: true}
			}
			result.Rows.field(r, key)
		default:
			result.field(r, key)
		}
	})
	return result
}
