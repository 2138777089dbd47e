//! Files below the plugin's folder. Paths are relative to it: `files::write("notes/today.txt", text)?`.
//!
//! A path is whatever is bytes: `&str`, `String`, or `&[u8]`, since names of files need not be UTF-8.

use std::borrow::Cow;

use crate::msgpack::{Malformed, Reader, Record, Writer};
use crate::{sys, Error, Result, Timestamp};

/// The sentence about a refusal names the path.
fn named<T>(path: &[u8], outcome: Result<T>) -> Result<T> {
    outcome.map_err(|error| if error.is_not_granted() { error } else { error.about(&String::from_utf8_lossy(path)) })
}

/// `{path, number}`.
fn record(path: &[u8], numbers: &[(&str, u64)]) -> Vec<u8> {
    let mut writer = Writer::map_of(1 + numbers.len());
    writer.text("path");
    writer.name(path);
    for (key, number) in numbers {
        writer.text(key);
        writer.uint(*number);
    }
    writer.into_bytes()
}

/// A whole file.
pub fn read(path: impl AsRef<[u8]>) -> Result<Vec<u8>> {
    named(path.as_ref(), sys::fs_read(path.as_ref()))
}

/// A whole file of UTF-8.
pub fn read_to_string(path: impl AsRef<[u8]>) -> Result<String> {
    let text = String::from_utf8(read(path.as_ref())?);
    text.map_err(|_| Error::new(500, format!("{} is not UTF-8", String::from_utf8_lossy(path.as_ref()))))
}

/// Part of a file, from `offset` on: `most` bytes, fewer only where it ends.
pub fn read_at(path: impl AsRef<[u8]>, offset: u64, most: u32) -> Result<Vec<u8>> {
    let request = record(path.as_ref(), &[("offset", offset), ("max", most.into())]);
    named(path.as_ref(), sys::fs_read_at(&request))
}

/// Makes a file, or replaces all of it at once. Folders on the way are made.
pub fn write(path: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> Result<()> {
    named(path.as_ref(), sys::fs_write(path.as_ref(), contents.as_ref(), &[]))
}

/// The same, with permissions for a file that is made: `0o644`.
pub fn write_with_mode(path: impl AsRef<[u8]>, contents: impl AsRef<[u8]>, mode: u32) -> Result<()> {
    let mut request = Writer::map_of(1);
    request.text("mode");
    request.uint(mode.into());
    named(path.as_ref(), sys::fs_write(path.as_ref(), contents.as_ref(), &request.into_bytes()))
}

/// Writes into a file where it is, from `offset` on, and makes it when it is not there.
pub fn write_at(path: impl AsRef<[u8]>, offset: u64, contents: impl AsRef<[u8]>) -> Result<()> {
    let request = record(path.as_ref(), &[("offset", offset)]);
    named(path.as_ref(), sys::fs_write_at(&request, contents.as_ref()))
}

/// Cuts a file, or lengthens it with zeroes.
pub fn truncate(path: impl AsRef<[u8]>, size: u64) -> Result<()> {
    named(path.as_ref(), sys::fs_truncate(&record(path.as_ref(), &[("size", size)])))
}

/// Removes a file, or a folder that is empty.
pub fn remove(path: impl AsRef<[u8]>) -> Result<()> {
    named(path.as_ref(), sys::fs_delete(path.as_ref()))
}

/// Removes a file, or a folder with all that is in it; what is not there is no error.
pub fn remove_all(path: impl AsRef<[u8]>) -> Result<()> {
    named(path.as_ref(), sys::fs_remove_all(path.as_ref()))
}

/// Moves a file or folder; makes the folders that the new path needs.
pub fn rename(old: impl AsRef<[u8]>, new: impl AsRef<[u8]>) -> Result<()> {
    let mut request = Writer::map_of(2);
    request.text("old");
    request.name(old.as_ref());
    request.text("new");
    request.name(new.as_ref());
    named(old.as_ref(), sys::fs_rename(&request.into_bytes()))
}

/// Makes a folder and those that it lies in.
pub fn create_dir_all(path: impl AsRef<[u8]>) -> Result<()> {
    named(path.as_ref(), sys::fs_mkdir_all(&record(path.as_ref(), &[("mode", 0o755)])))
}

/// Sets permissions, the lowest nine bits: `0o600`.
pub fn set_mode(path: impl AsRef<[u8]>, mode: u32) -> Result<()> {
    named(path.as_ref(), sys::fs_chmod(&record(path.as_ref(), &[("mode", mode.into())])))
}

/// A name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name as it is.
    pub name_bytes: Vec<u8>,
    /// Whether it is a folder.
    pub is_dir: bool,
}

impl Entry {
    /// The name as text; what is not UTF-8 is repaired.
    pub fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.name_bytes)
    }
}

/// The names in a folder, sorted; `""` is the plugin's own.
pub fn list(path: impl AsRef<[u8]>) -> Result<Vec<Entry>> {
    // The plugin's folder has no name of its own, and no bytes are no request.
    let folder = if path.as_ref().is_empty() { b".".as_ref() } else { path.as_ref() };
    let answer = named(folder, sys::fs_list(folder))?;
    let mut reader = Reader::new(&answer);
    let mut entries = Vec::new();
    let count = if answer.is_empty() { 0 } else { reader.array()? };
    for _ in 0..count {
        let record = Record::read(&mut reader)?;
        entries.push(Entry { name_bytes: record.bytes("name")?.to_vec(), is_dir: record.bool("is_dir")? });
    }
    Ok(entries)
}

/// What is known of a file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The last part of its path.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: Timestamp,
    /// Permissions and kind: the bits of Go's `fs.FileMode`.
    pub mode: u32,
    /// Whether it is a folder.
    pub is_dir: bool,
}

/// What is known of a file or folder.
pub fn metadata(path: impl AsRef<[u8]>) -> Result<Metadata> {
    let answer = named(path.as_ref(), sys::fs_stat(&record(path.as_ref(), &[])))?;
    let stat = Record::new(&answer)?;
    Ok(Metadata {
        name: stat.text("name")?,
        size: u64::try_from(stat.int("size")?).map_err(|_| Malformed)?,
        modified: Timestamp::from_nanoseconds(u64::try_from(stat.int("mod_time_ns")?).unwrap_or(0)),
        mode: stat.uint("mode")? as u32,
        is_dir: stat.bool("is_dir")?,
    })
}

/// Whether there is a file or folder.
pub fn exists(path: impl AsRef<[u8]>) -> Result<bool> {
    match metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error),
    }
}

fn temporary(call: fn(&[u8]) -> Result<Vec<u8>>, folder: &[u8], pattern: &str) -> Result<String> {
    let mut request = Writer::map_of(2);
    request.text("dir");
    request.name(folder);
    request.text("pattern");
    request.text(pattern);
    let answer = named(folder, call(&request.into_bytes()))?;
    Ok(Record::new(&answer)?.text("path")?)
}

/// Makes a file of a new name, and gives its path. `*` in the pattern, or its end, becomes what makes it new; no folder
/// is `tmp`.
pub fn create_temp(folder: impl AsRef<[u8]>, pattern: &str) -> Result<String> {
    temporary(sys::fs_create_temp, folder.as_ref(), pattern)
}

/// Makes a folder of a new name, and gives its path.
pub fn create_temp_dir(folder: impl AsRef<[u8]>, pattern: &str) -> Result<String> {
    temporary(sys::fs_mkdir_temp, folder.as_ref(), pattern)
}
