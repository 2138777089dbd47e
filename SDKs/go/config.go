package pulp

import (
	"errors"
	"reflect"
	"strings"
)

// Config is the table [config] of the manifest.
type Config struct{ values map[string]any }

func (c *Config) read(bytes []byte) error {
	if len(bytes) == 0 {
		return nil
	}
	value, err := Decode(bytes)
	if err != nil {
		return errors.New("the configuration cannot be read")
	}
	c.values, _ = value.(map[string]any)
	return nil
}

// Get is the value of a key: bool, int64, float64, string, [time.Time], []any or map[string]any; nil when absent.
func (c Config) Get(key string) any { return c.values[key] }

// String is the text of a key, or what is to stand for it when it is absent or no text.
func (c Config) String(key, otherwise string) string { return valueOr(c, key, otherwise) }

// Int is the integer of a key, or what is to stand for it.
func (c Config) Int(key string, otherwise int64) int64 { return valueOr(c, key, otherwise) }

// Bool is the boolean of a key, or what is to stand for it.
func (c Config) Bool(key string, otherwise bool) bool { return valueOr(c, key, otherwise) }

// Float is the number of a key, or what is to stand for it.
func (c Config) Float(key string, otherwise float64) float64 {
	if value, ok := c.values[key].(int64); ok {
		return float64(value)
	}
	return valueOr(c, key, otherwise)
}

func valueOr[Value any](c Config, key string, otherwise Value) Value {
	if value, ok := c.values[key].(Value); ok {
		return value
	}
	return otherwise
}

// Decode fills a struct from the table. A field takes the key of its tag `pulp:"name"`, else of its name in lower case;
// what is absent stays as it is. Fields are strings, booleans, numbers, slices, maps of strings, structs and any.
// A value of another type, or a number that does not fit, is an error that names its key.
func (c Config) Decode(target any) error {
	value := reflect.ValueOf(target)
	if value.Kind() != reflect.Pointer || value.IsNil() || value.Elem().Kind() != reflect.Struct {
		return errors.New("config: Decode needs a pointer to a struct")
	}
	return fillStruct(value.Elem(), c.values, "config")
}

func fillStruct(target reflect.Value, table map[string]any, path string) error {
	for i := 0; i < target.NumField(); i++ {
		field := target.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		key := field.Tag.Get("pulp")
		if key == "-" {
			continue
		}
		if key == "" {
			key = strings.ToLower(field.Name)
		}
		if value, ok := table[key]; ok {
			if err := fill(target.Field(i), value, path+"."+key); err != nil {
				return err
			}
		}
	}
	return nil
}

func fill(target reflect.Value, value any, path string) error {
	given := reflect.ValueOf(value)
	if given.IsValid() && given.Type().AssignableTo(target.Type()) {
		target.Set(given)
		return nil
	}
	switch value := value.(type) {
	case string:
		if target.Kind() == reflect.String {
			target.SetString(value)
			return nil
		}
	case bool:
		if target.Kind() == reflect.Bool {
			target.SetBool(value)
			return nil
		}
	case float64:
		if target.CanFloat() {
			target.SetFloat(value)
			return nil
		}
	case int64:
		return fillInteger(target, value, path)
	case map[string]any:
		return fillTable(target, value, path)
	case []any:
		if target.Kind() == reflect.Slice {
			slice := reflect.MakeSlice(target.Type(), len(value), len(value))
			for i, element := range value {
				if err := fill(slice.Index(i), element, path+"[]"); err != nil {
					return err
				}
			}
			target.Set(slice)
			return nil
		}
	}
	return mismatch(path, target)
}

func fillInteger(target reflect.Value, value int64, path string) error {
	switch {
	case target.CanInt() && !target.OverflowInt(value):
		target.SetInt(value)
	case target.CanUint() && value >= 0 && !target.OverflowUint(uint64(value)):
		target.SetUint(uint64(value))
	case target.CanFloat():
		target.SetFloat(float64(value))
	default:
		return mismatch(path, target)
	}
	return nil
}

func fillTable(target reflect.Value, table map[string]any, path string) error {
	switch target.Kind() {
	case reflect.Struct:
		return fillStruct(target, table, path)
	case reflect.Map:
		if target.Type().Key().Kind() != reflect.String {
			break
		}
		filled := reflect.MakeMapWithSize(target.Type(), len(table))
		for key, value := range table {
			element := reflect.New(target.Type().Elem()).Elem()
			if err := fill(element, value, path+"."+key); err != nil {
				return err
			}
			filled.SetMapIndex(reflect.ValueOf(key).Convert(target.Type().Key()), element)
		}
		target.Set(filled)
		return nil
	}
	return mismatch(path, target)
}

func mismatch(path string, target reflect.Value) error {
	return errors.New(path + ": the manifest's value is not a " + target.Type().String())
}
