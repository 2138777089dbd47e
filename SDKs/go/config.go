package pulp

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Config is the table [config] of the manifest.
//
// A value of another type than is asked for fails the plugin's start, with a sentence that names the key.
type Config struct {
	values map[string]any
	refuse func(err error)
}

func (c *Config) read(bytes []byte) error {
	if len(bytes) == 0 {
		return nil
	}
	value, err := Decode(bytes)
	if err != nil {
		return errors.New("the configuration cannot be read")
	}
	values, ok := value.(map[string]any)
	if !ok {
		return errors.New("the configuration is no table")
	}
	c.values = values
	return nil
}

// Get is the value of a key: bool, int64, float64, string, [time.Time], []any or map[string]any; nil when absent.
func (c Config) Get(key string) any { return c.values[key] }

// Only fails the start where there is a key that is not among these: one that is misspelt would be passed over otherwise.
func (c Config) Only(keys ...string) error {
	for _, key := range slices.Sorted(maps.Keys(c.values)) {
		if !slices.Contains(keys, key) {
			err := errors.New("config." + key + ": no setting of this plugin; it has " + strings.Join(keys, ", "))
			c.fail(err)
			return err
		}
	}
	return nil
}

func (c Config) fail(err error) {
	if c.refuse != nil {
		c.refuse(err)
	}
}

// String is the text of a key, or what is to stand for it when it is absent.
func (c Config) String(key, otherwise string) string { return valueOr(c, key, otherwise, "a string") }

// Int is the integer of a key, or what is to stand for it when it is absent.
func (c Config) Int(key string, otherwise int64) int64 {
	return valueOr(c, key, otherwise, "an integer")
}

// Bool is the boolean of a key, or what is to stand for it when it is absent.
func (c Config) Bool(key string, otherwise bool) bool { return valueOr(c, key, otherwise, "a boolean") }

// Float is the number of a key, or what is to stand for it when it is absent.
func (c Config) Float(key string, otherwise float64) float64 {
	if value, ok := c.values[key].(int64); ok {
		return float64(value)
	}
	return valueOr(c, key, otherwise, "a number")
}

func valueOr[Value any](c Config, key string, otherwise Value, wanted string) Value {
	value, isThere := c.values[key]
	if !isThere {
		return otherwise
	}
	found, ok := value.(Value)
	if !ok {
		c.fail(errors.New("config." + key + ": the manifest's value is not " + wanted))
		return otherwise
	}
	return found
}

// Decode fills a struct from the table. A field takes the key of its tag `pulp:"name"`, else of its name in lower case;
// what is absent stays as it is, unless the tag says `pulp:"name,required"`. Fields are strings, booleans, numbers, slices,
// maps of strings, structs and any. A value of another type, a number that does not fit and a required key that is absent
// are errors that name the key. Keys that no field takes are passed over; see [Config.Only].
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
		key, option, _ := strings.Cut(field.Tag.Get("pulp"), ",")
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
		} else if option == "required" {
			return errors.New(path + "." + key + ": the manifest has no value, and one is needed")
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
		if target.CanFloat() && !target.OverflowFloat(value) {
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
				if err := fill(slice.Index(i), element, path+"["+strconv.Itoa(i)+"]"); err != nil {
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
