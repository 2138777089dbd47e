package pulp

import (
	"io"
	"io/fs"
	"runtime"
	"time"

	"pulp/internal/wire"
)

// FS is the plugin's folder. It is an [fs.FS], and more.
var FS Folder

// Folder has the calls of storage.fs. Paths are relative, with slashes; "." is the folder itself.
type Folder struct{}

func path(name string) wire.Writer {
	var w wire.Writer
	w.Text("path")
	w.Text(name)
	return w
}

// record puts a map's head before pairs.
func record(count int, pairs wire.Writer) []byte {
	return append([]byte{0x80 | byte(count)}, pairs.Bytes...)
}

// ReadFile reads a whole file, of at most max_call_bytes.
func (Folder) ReadFile(name string) ([]byte, error) { return query("fs_read", fsRead, []byte(name)) }

// WriteFile makes or replaces a file; mode is for one that is made, 0 is the host's default.
func (Folder) WriteFile(name string, data []byte, mode fs.FileMode) error {
	var request []byte
	if mode != 0 {
		var w wire.Writer
		w.Text("mode")
		w.Uint(uint64(mode))
		request = record(1, w)
	}
	bytes := []byte(name)
	status := fsWrite(pointer(bytes), uint32(len(bytes)), pointer(data), uint32(len(data)),
		pointer(request), uint32(len(request)))
	runtime.KeepAlive(bytes)
	runtime.KeepAlive(data)
	runtime.KeepAlive(request)
	if status != 0 {
		return refusal("fs_write", status)
	}
	return nil
}

// ReadAt reads part of a file: fewer bytes than asked for, with [io.EOF], only where it ends.
func (Folder) ReadAt(name string, into []byte, offset int64) (int, error) {
	w := path(name)
	w.Text("offset")
	w.Uint(uint64(max(offset, 0)))
	w.Text("max")
	w.Uint(uint64(len(into)))
	answer, err := query("fs_read_at", fsReadAt, record(3, w))
	count := copy(into, answer)
	if err == nil && count < len(into) {
		err = io.EOF
	}
	return count, err
}

// WriteAt writes into a file where it is, and makes it when it is not there, with mode 0 as the host's default has it.
func (Folder) WriteAt(name string, data []byte, offset int64, mode fs.FileMode) error {
	w := path(name)
	w.Text("offset")
	w.Uint(uint64(max(offset, 0)))
	count := 2
	if mode != 0 {
		w.Text("mode")
		w.Uint(uint64(mode))
		count++
	}
	request := record(count, w)
	status := fsWriteAt(pointer(request), uint32(len(request)), pointer(data), uint32(len(data)))
	runtime.KeepAlive(request)
	runtime.KeepAlive(data)
	if status != 0 {
		return refusal("fs_write_at", status)
	}
	return nil
}

// Truncate cuts a file, or lengthens it with zeroes.
func (Folder) Truncate(name string, size int64) error {
	w := path(name)
	w.Text("size")
	w.Uint(uint64(max(size, 0)))
	return command("fs_truncate", fsTruncate, record(2, w))
}

// Remove removes a file or an empty folder.
func (Folder) Remove(name string) error { return command("fs_delete", fsDelete, []byte(name)) }

// RemoveAll removes a file, or a folder with all that is in it; what is not there is no error.
func (Folder) RemoveAll(name string) error {
	return command("fs_remove_all", fsRemoveAll, []byte(name))
}

// Rename moves a file or folder, and makes the folders that its new name needs.
func (Folder) Rename(old, new string) error {
	var w wire.Writer
	w.Text("old")
	w.Text(old)
	w.Text("new")
	w.Text(new)
	return command("fs_rename", fsRename, record(2, w))
}

// MkdirAll makes a folder and those that it lies in.
func (Folder) MkdirAll(name string, mode fs.FileMode) error {
	return command("fs_mkdir_all", fsMkdirAll, withMode(name, mode))
}

// Chmod sets the permissions, the lowest nine bits.
func (Folder) Chmod(name string, mode fs.FileMode) error {
	return command("fs_chmod", fsChmod, withMode(name, mode))
}

func withMode(name string, mode fs.FileMode) []byte {
	w := path(name)
	w.Text("mode")
	w.Uint(uint64(mode))
	return record(2, w)
}

// CreateTemp makes a file of a new name in a folder ("" is tmp); the last * of the pattern becomes something random.
func (Folder) CreateTemp(dir, pattern string) (string, error) {
	return temporary("fs_create_temp", fsCreateTemp, dir, pattern)
}

// MkdirTemp makes a folder of a new name, as CreateTemp makes a file.
func (Folder) MkdirTemp(dir, pattern string) (string, error) {
	return temporary("fs_mkdir_temp", fsMkdirTemp, dir, pattern)
}

func temporary(name string, call queryImport, dir, pattern string) (string, error) {
	var w wire.Writer
	w.Text("dir")
	w.Text(dir)
	w.Text("pattern")
	w.Text(pattern)
	answer, err := query(name, call, record(2, w))
	if err != nil {
		return "", err
	}
	made := ""
	err = decode(name, answer, func(r *wire.Reader, key string) {
		if key == "path" {
			made = r.Text()
		} else {
			r.Skip()
		}
	})
	return made, err
}

// ReadDir gives what is in a folder, sorted by name.
func (f Folder) ReadDir(name string) ([]fs.DirEntry, error) {
	answer, err := query("fs_list", fsList, []byte(name))
	if err != nil {
		return nil, err
	}
	r := wire.NewReader(answer)
	var entries []fs.DirEntry
	for count := r.Array(); count > 0 && !r.Failed(); count-- {
		entry := dirEntry{folder: name}
		r.Fields(func(key string) {
			switch key {
			case "name":
				entry.name = r.Text()
			case "is_dir":
				entry.isDir = r.Bool()
			default:
				r.Skip()
			}
		})
		entries = append(entries, entry)
	}
	if r.Failed() {
		return nil, errMalformed
	}
	return entries, nil
}

// Stat says what a file or folder is.
func (Folder) Stat(name string) (fs.FileInfo, error) {
	answer, err := query("fs_stat", fsStat, record(1, path(name)))
	if err != nil {
		return nil, err
	}
	found := fileInfo{}
	err = decode("fs_stat", answer, func(r *wire.Reader, key string) {
		switch key {
		case "name":
			found.name = r.Text()
		case "size":
			found.size = r.Int()
		case "mod_time_ns":
			found.time = time.Unix(0, r.Int())
		case "mode":
			found.mode = fs.FileMode(r.Uint())
		case "is_dir":
			found.isDir = r.Bool()
		default:
			r.Skip()
		}
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// Open opens a file for reading in parts, or a folder, as [fs.FS] has it.
func (f Folder) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	info, err := f.Stat(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &File{name: name, info: info}, nil
}

// File is an open file: what [fs.File], [io.ReaderAt] and [fs.ReadDirFile] have.
type File struct {
	name    string
	info    fs.FileInfo
	offset  int64
	entries []fs.DirEntry
	isRead  bool
}

func (f *File) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *File) Close() error               { return nil }

func (f *File) Read(into []byte) (int, error) {
	if f.info.IsDir() {
		return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrInvalid}
	}
	if len(into) == 0 {
		return 0, nil
	}
	count, err := f.ReadAt(into[:min(len(into), 1<<20)], f.offset)
	f.offset += int64(count)
	if count > 0 && err == io.EOF {
		err = nil
	}
	return count, err
}

func (f *File) ReadAt(into []byte, offset int64) (int, error) { return FS.ReadAt(f.name, into, offset) }

func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += f.offset
	case io.SeekEnd:
		offset += f.info.Size()
	}
	if offset < 0 {
		return 0, &fs.PathError{Op: "seek", Path: f.name, Err: fs.ErrInvalid}
	}
	f.offset = offset
	return offset, nil
}

func (f *File) ReadDir(n int) ([]fs.DirEntry, error) {
	if !f.isRead {
		entries, err := FS.ReadDir(f.name)
		if err != nil {
			return nil, err
		}
		f.entries, f.isRead = entries, true
	}
	if n > 0 && len(f.entries) == 0 {
		return nil, io.EOF
	}
	count := len(f.entries)
	if n > 0 {
		count = min(n, count)
	}
	part := f.entries[:count]
	f.entries = f.entries[count:]
	return part, nil
}

type dirEntry struct {
	folder, name string
	isDir        bool
}

func (e dirEntry) Name() string { return e.name }
func (e dirEntry) IsDir() bool  { return e.isDir }
func (e dirEntry) Type() fs.FileMode {
	if e.isDir {
		return fs.ModeDir
	}
	return 0
}
func (e dirEntry) Info() (fs.FileInfo, error) { return FS.Stat(e.folder + "/" + e.name) }

type fileInfo struct {
	name  string
	size  int64
	time  time.Time
	mode  fs.FileMode
	isDir bool
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) Mode() fs.FileMode  { return i.mode }
func (i fileInfo) ModTime() time.Time { return i.time }
func (i fileInfo) IsDir() bool        { return i.isDir }
func (i fileInfo) Sys() any           { return nil }
