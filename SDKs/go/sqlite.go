package pulp

import (
	"errors"
	"runtime"
	"strconv"
	"time"
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
			return refused
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

// Rows are what a query gave:
//
//	for rows.Next() {
//		err := rows.Scan(&id, &name)
//	}
//	err = rows.Err()
type Rows struct {
	columns []string
	rows    [][]any
	row     []any
	cursor  uint64
	isDone  bool
	err     error
}

func (rows *Rows) field(r *wire.Reader, key string) {
	switch key {
	case "cursor":
		rows.cursor = r.Uint()
	case "done":
		rows.isDone = r.Bool()
	case "columns":
		for count := r.Array(); count > 0 && !r.Failed(); count-- {
			rows.columns = append(rows.columns, r.Text())
		}
	case "rows":
		for count := r.Array(); count > 0 && !r.Failed(); count-- {
			row := make([]any, 0, len(rows.columns))
			for values := r.Array(); values > 0 && !r.Failed(); values-- {
				row = append(row, r.Cell())
			}
			rows.rows = append(rows.rows, row)
		}
	default:
		r.Skip()
	}
}

// Columns are the names of the columns.
func (rows *Rows) Columns() []string { return rows.columns }

// Next goes to the next row, and fetches more when there are; false after the last, or when that failed.
func (rows *Rows) Next() bool {
	for len(rows.rows) == 0 {
		if rows.isDone || rows.err != nil {
			rows.row = nil
			return false
		}
		answer, status := answered(func(ptrOut, lenOut unsafe.Pointer) int32 {
			return sqliteQueryStreamNext(uint32(rows.cursor), uint32(rows.cursor>>32), pieceRows, ptrOut, lenOut)
		})
		rows.err = settled("sqlite_query_stream_next", answer, status, rows.field)
	}
	rows.row, rows.rows = rows.rows[0], rows.rows[1:]
	return true
}

// Err is why Next answered false before the last row; nil after it.
func (rows *Rows) Err() error { return rows.err }

// Close ends a stream before its last row.
func (rows *Rows) Close() error {
	rows.rows, rows.row = nil, nil
	if rows.isDone {
		return nil
	}
	rows.isDone = true
	if status := sqliteQueryStreamClose(uint32(rows.cursor), uint32(rows.cursor>>32)); status != 0 {
		return refusal("sqlite_query_stream_close", status)
	}
	return nil
}

// Values are the row's: nil, bool, int64, float64, string, []byte or [time.Time].
func (rows *Rows) Values() []any { return rows.row }

// Scan puts the row's values into what targets point to: strings, bytes, integers, floats, booleans, times, any, and
// pointers to the first four, which become nil for NULL. A type with Scan(value any) error takes the value itself, as
// those of database/sql do.
func (rows *Rows) Scan(targets ...any) error {
	if len(targets) != len(rows.row) {
		return errors.New("sqlite: " + strconv.Itoa(len(targets)) + " targets for " + strconv.Itoa(len(rows.row)) + " columns")
	}
	for i, target := range targets {
		if err := scan(target, rows.row[i]); err != nil {
			return errors.New("sqlite: column " + strconv.Itoa(i+1) + ": " + err.Error())
		}
	}
	return nil
}

var errColumnType = errors.New("the value is not of the target's type")

func into[Value any](target *Value, value any) error {
	found, ok := value.(Value)
	if !ok {
		return errColumnType
	}
	*target = found
	return nil
}

func optional[Value any](target **Value, value any) error {
	if value == nil {
		*target = nil
		return nil
	}
	var found Value
	*target = &found
	return scan(&found, value)
}

type integer interface {
	int | int8 | int16 | int32 | uint | uint8 | uint16 | uint32 | uint64
}

func number[Value integer](target *Value, value any) error {
	found, ok := value.(int64)
	if !ok || int64(Value(found)) != found || (found < 0) != (Value(found) < 0) {
		return errColumnType
	}
	*target = Value(found)
	return nil
}

func scan(target, value any) error {
	switch target := target.(type) {
	case *any:
		*target = value
		return nil
	case *string:
		if bytes, ok := value.([]byte); ok {
			value = string(bytes)
		}
		return into(target, value)
	case *[]byte:
		if text, ok := value.(string); ok {
			value = []byte(text)
		} else if value == nil {
			value = []byte(nil)
		}
		return into(target, value)
	case *int64:
		return into(target, value)
	case *float64:
		if whole, ok := value.(int64); ok {
			value = float64(whole)
		}
		return into(target, value)
	case *bool:
		if whole, ok := value.(int64); ok {
			value = whole != 0
		}
		return into(target, value)
	case *time.Time:
		return into(target, value)
	case interface{ Scan(value any) error }:
		return target.Scan(value)
	}
	return scanFew(target, value)
}

func scanFew(target, value any) error {
	switch target := target.(type) {
	case *int:
		return number(target, value)
	case *int8:
		return number(target, value)
	case *int16:
		return number(target, value)
	case *int32:
		return number(target, value)
	case *uint:
		return number(target, value)
	case *uint8:
		return number(target, value)
	case *uint16:
		return number(target, value)
	case *uint32:
		return number(target, value)
	case *uint64:
		return number(target, value)
	case **string:
		return optional(target, value)
	case **int64:
		return optional(target, value)
	case **float64:
		return optional(target, value)
	case **bool:
		return optional(target, value)
	}
	return errors.New("a row cannot be scanned into such a target")
}
