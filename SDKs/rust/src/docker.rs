//! Containers of the plugin's own, in the host's Docker engine. The manifest says which images and folders they may have.

mod creation;

use creation::Fields;
pub use creation::{Creation, Port};

use crate::msgpack::{Malformed, Reader, Record, Writer};
use crate::{sys, Result, Timestamp};

/// A container of the plugin's.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container {
    /// What the other functions want.
    pub id: String,
    /// The engine's name for it, `pulp-PLUGIN-NAME`.
    pub name: String,
    /// `running`, `stopped` or `error`.
    pub status: String,
    /// Its address.
    pub ip: String,
    /// Ports of the container, `80/tcp`, and the host's ports that lead there.
    pub ports: Vec<(String, u16)>,
    /// CPUs; 0 when unknown.
    pub cpu_limit: f64,
    /// Bytes; 0 when unknown.
    pub memory_limit: i64,
}

impl Container {
    pub(crate) fn read(record: &Record<'_>) -> Result<Container, Malformed> {
        let mut reader = record.reader("ports");
        let mut ports = Vec::new();
        for _ in 0..reader.map()? {
            ports.push((reader.text()?, u16::try_from(reader.uint()?).map_err(|_| Malformed)?));
        }
        Ok(Container {
            id: record.text("id")?,
            name: record.text("name")?,
            status: record.text("status")?,
            ip: record.text("ip")?,
            ports,
            cpu_limit: record.float("cpu_limit")?,
            memory_limit: record.int("memory_limit")?,
        })
    }
}

/// Every element of an answer that is an array; no bytes are none.
fn elements<T>(answer: &[u8], read: fn(&Record<'_>) -> Result<T, Malformed>) -> Result<Vec<T>> {
    let mut reader = Reader::new(answer);
    let mut elements = Vec::new();
    let count = if answer.is_empty() { 0 } else { reader.array()? };
    for _ in 0..count {
        elements.push(read(&Record::read(&mut reader)?)?);
    }
    Ok(elements)
}

/// A map of text to text.
fn texts(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = Writer::map_of(fields.len());
    for (key, text) in fields {
        writer.text(key);
        writer.text(text);
    }
    writer.into_bytes()
}

/// The plugin's running containers; filters are `name`, `status`, `id`, `label`, `ancestor`, with their values.
pub fn list(filters: &[(&str, &str)]) -> Result<Vec<Container>> {
    let mut writer = Writer::map_of(1);
    writer.text("filter");
    writer.map(filters.len());
    for (key, text) in filters {
        writer.text(key);
        writer.text(text);
    }
    elements(&sys::docker_list(&writer.into_bytes())?, Container::read)
}

/// The container of a name.
pub fn get(name: &str) -> Result<Container> {
    let answer = sys::docker_get(&texts(&[("name", name)]))?;
    Ok(Container::read(&Record::new(&answer)?)?)
}

/// Makes a container and starts it.
pub fn create(creation: &Creation) -> Result<Container> {
    let answer = sys::docker_create(&creation.encoded())?;
    Ok(Container::read(&Record::new(&answer)?)?)
}

/// Stops a container and removes it.
pub fn destroy(id: &str) -> Result<()> {
    sys::docker_destroy(&texts(&[("id", id)]))
}

/// Stops a container and starts it again.
pub fn restart(id: &str) -> Result<()> {
    sys::docker_restart(&texts(&[("id", id)]))
}

/// What a program inside a container did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What it wrote, to both outputs.
    pub output: Vec<u8>,
    /// How it ended; 0 is well.
    pub exit_code: i64,
    /// Whether it wrote more than the manifest's `exec_bytes`.
    pub is_truncated: bool,
}

impl Run {
    /// The output as text; what is not UTF-8 is repaired.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }
}

/// Runs a program inside a container, and waits for it.
pub fn exec(id: &str, command: &[&str]) -> Result<Run> {
    let mut writer = Writer::map_of(2);
    writer.text("id");
    writer.text(id);
    writer.text("cmd");
    writer.array(command.len());
    for word in command {
        writer.text(word);
    }
    let answer = sys::docker_exec(&writer.into_bytes())?;
    let record = Record::new(&answer)?;
    Ok(Run {
        output: record.bytes("output")?.to_vec(),
        exit_code: record.int("exit_code")?,
        is_truncated: record.bool("truncated")?,
    })
}

/// Which lines of a container's log are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogRequest {
    /// How many of the last lines; 0: 200.
    pub tail: u32,
    /// `stdout` or `stderr`; empty: both.
    pub stream: String,
    /// Only what came since, in nanoseconds since 1970: [`Logs::next_nanos`] of the answer before.
    pub since_nanos: i64,
}

/// What a container wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logs {
    /// The lines.
    pub text: String,
    /// The next request's [`LogRequest::since_nanos`].
    pub next_nanos: i64,
    /// Whether there was more than the manifest's `log_bytes`.
    pub is_truncated: bool,
}

/// The last lines that a container wrote.
pub fn logs(id: &str, request: &LogRequest) -> Result<Logs> {
    let mut fields = Fields::new();
    fields.text("id", id);
    fields.number("tail", request.tail.into());
    fields.text("stream", &request.stream);
    fields.number("since_nanos", request.since_nanos);
    let answer = sys::docker_logs(&fields.into_bytes())?;
    let record = Record::new(&answer)?;
    Ok(Logs {
        text: record.text("logs")?,
        next_nanos: record.int("next_nanos")?,
        is_truncated: record.bool("truncated")?,
    })
}

/// What a container uses.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Stats {
    pub container_id: String,
    pub name: String,
    /// Of one CPU: 200 are two.
    pub cpu_percent: f64,
    pub memory_used: i64,
    pub memory_limit: i64,
    pub net_rx_bytes: i64,
    pub net_tx_bytes: i64,
    pub disk_read_bytes: i64,
    pub disk_write_bytes: i64,
    /// Seconds since 1970.
    pub timestamp: i64,
}

impl Stats {
    fn read(record: &Record<'_>) -> Result<Stats, Malformed> {
        Ok(Stats {
            container_id: record.text("container_id")?,
            name: record.text("name")?,
            cpu_percent: record.float("cpu_percent")?,
            memory_used: record.int("memory_used")?,
            memory_limit: record.int("memory_limit")?,
            net_rx_bytes: record.int("net_rx_bytes")?,
            net_tx_bytes: record.int("net_tx_bytes")?,
            disk_read_bytes: record.int("disk_read_bytes")?,
            disk_write_bytes: record.int("disk_write_bytes")?,
            timestamp: record.int("timestamp")?,
        })
    }
}

/// What a container uses; takes a second.
pub fn stats(id: &str) -> Result<Stats> {
    let answer = sys::docker_stats(&texts(&[("id", id)]))?;
    Ok(Stats::read(&Record::new(&answer)?)?)
}

/// What each running container of the plugin uses.
pub fn stats_all() -> Result<Vec<Stats>> {
    elements(&sys::docker_stats_all(&[])?, Stats::read)
}

/// A file of a container.
pub fn read_file(id: &str, path: &str) -> Result<Vec<u8>> {
    sys::docker_files_read(&texts(&[("id", id), ("path", path)]))
}

/// Writes a file of a container.
pub fn write_file(id: &str, path: &str, contents: impl AsRef<[u8]>) -> Result<()> {
    let mut writer = Writer::map_of(3);
    writer.text("id");
    writer.text(id);
    writer.text("path");
    writer.text(path);
    writer.text("data");
    writer.binary(contents.as_ref());
    sys::docker_files_write(&writer.into_bytes())
}

/// Removes a file of a container.
pub fn remove_file(id: &str, path: &str) -> Result<()> {
    sys::docker_files_delete(&texts(&[("container", id), ("path", path)]))
}

/// Something happened to a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, in nanoseconds since 1970.
    pub nanoseconds: i64,
    /// The container's.
    pub container_id: String,
    /// The container's.
    pub name: String,
    /// `start`, `die`, `destroy`, and so on.
    pub action: String,
}

impl Event {
    pub(crate) fn read(record: &Record<'_>) -> Result<Event, Malformed> {
        Ok(Event {
            nanoseconds: record.int("timestamp")?,
            container_id: record.text("container_id")?,
            name: record.text("name")?,
            action: record.text("action")?,
        })
    }
}

/// What happened to the plugin's containers since a moment in nanoseconds since 1970, the oldest first; a limit of 0
/// is 100. [`App::on_container`](crate::App::on_container) hears of it at once.
pub fn events(since_nanos: i64, limit: u32) -> Result<Vec<Event>> {
    let mut writer = Writer::map_of(2);
    writer.text("since_nanos");
    writer.int(since_nanos);
    writer.text("limit");
    writer.uint(limit.into());
    elements(&sys::docker_events_poll(&writer.into_bytes())?, Event::read)
}

/// Begins to build an image of a folder that has a Dockerfile; [`build_status`] says how it goes.
pub fn build(image_tag: &str, folder: &str, arguments: &[(&str, &str)]) -> Result<()> {
    let mut writer = Writer::map_of(3);
    writer.text("image_tag");
    writer.text(image_tag);
    writer.text("build_dir");
    writer.text(folder);
    writer.text("build_args");
    writer.map(arguments.len());
    for (name, value) in arguments {
        writer.text(name);
        writer.text(value);
    }
    sys::docker_build(&writer.into_bytes())
}

/// How the last build went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildStatus {
    /// Whether it still runs.
    pub is_building: bool,
    /// When it ended.
    pub last_build_time: Timestamp,
    /// Why it failed; empty when it did not.
    pub last_error: String,
}

/// How the last build went.
pub fn build_status() -> Result<BuildStatus> {
    let answer = sys::docker_build_status(&[])?;
    let record = Record::new(&answer)?;
    Ok(BuildStatus {
        is_building: record.bool("building")?,
        last_build_time: Timestamp { seconds: record.int("last_build_time")?, nanoseconds: 0 },
        last_error: record.text("last_error")?,
    })
}
