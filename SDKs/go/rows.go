package pulp

import (
	"errors"
	"strconv"
	"time"
	"unsafe"

	"pulp/internal/wire"
)

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
