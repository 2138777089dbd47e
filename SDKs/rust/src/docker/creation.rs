use crate::msgpack::Writer;

/// A port of a container that is to be published on the host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Port {
    /// The container's.
    pub container: u16,
    /// The host's; 0: any free one.
    pub host: u16,
    /// `tcp` or `udp`; empty is `tcp`.
    pub protocol: String,
    /// For people; may be empty.
    pub name: String,
    /// `FIRST-LAST`: any free port of the host in between.
    pub range: String,
}

/// What a container is to be; whatever says nothing is as the image and the manifest have it.
///
/// `docker::create(&Creation { image: "redis:7".into(), ..Creation::default() })`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Creation {
    /// The one thing that is needed.
    pub image: String,
    /// What stands behind `pulp-PLUGIN-`.
    pub name: String,
    /// What runs instead of the image's command, word by word.
    pub command: Vec<String>,
    /// Variables.
    pub environment: Vec<(String, String)>,
    /// Folders of the host, each with where the container sees it; `:ro` behind that makes it read-only.
    pub volumes: Vec<(String, String)>,
    /// Ports to publish.
    pub ports: Vec<Port>,
    /// The manifest's network, or `none`.
    pub network: String,
    /// An address in the network.
    pub ip: String,
    /// Bytes; 0: the most that the manifest allows, as in the numbers below.
    pub memory_limit: i64,
    /// CPUs.
    pub cpu_limit: f64,
    /// Bytes a second.
    pub disk_io_read_bps: i64,
    /// Bytes a second.
    pub disk_io_write_bps: i64,
    /// Bytes.
    pub disk_size_limit: i64,
    /// Processes.
    pub pids_limit: i64,
    /// Bytes of memory and swap together.
    pub memory_swap: i64,
}

impl Creation {
    pub(super) fn encoded(&self) -> Vec<u8> {
        let mut fields = Fields::new();
        fields.text("image", &self.image);
        fields.text("name", &self.name);
        fields.pairs("environment", &self.environment);
        fields.pairs("volumes", &self.volumes);
        if !self.ports.is_empty() {
            fields.key("ports").array(self.ports.len());
            for port in &self.ports {
                port.write(&mut fields.writer);
            }
        }
        fields.text("network", &self.network);
        fields.text("ip", &self.ip);
        fields.number("memory_limit", self.memory_limit);
        if self.cpu_limit != 0.0 {
            fields.key("cpu_limit").float(self.cpu_limit);
        }
        fields.number("disk_io_read_bps", self.disk_io_read_bps);
        fields.number("disk_io_write_bps", self.disk_io_write_bps);
        fields.number("disk_size_limit", self.disk_size_limit);
        fields.number("pids_limit", self.pids_limit);
        fields.number("memory_swap", self.memory_swap);
        if !self.command.is_empty() {
            fields.key("cmd").texts(&self.command);
        }
        fields.into_bytes()
    }
}

impl Port {
    fn write(&self, writer: &mut Writer) {
        writer.map(5);
        writer.text("host");
        writer.uint(self.host.into());
        writer.text("container");
        writer.uint(self.container.into());
        writer.text("protocol");
        writer.text(if self.protocol.is_empty() { "tcp" } else { &self.protocol });
        writer.text("name");
        writer.text(&self.name);
        writer.text("range");
        writer.text(&self.range);
    }
}

/// A map that is counted while it is written: what says nothing is left out.
pub(super) struct Fields {
    writer: Writer,
    count: usize,
}

impl Fields {
    pub fn new() -> Fields {
        Fields { writer: Writer::new(), count: 0 }
    }

    pub fn key(&mut self, key: &str) -> &mut Writer {
        self.count += 1;
        self.writer.text(key);
        &mut self.writer
    }

    pub fn text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.key(key).text(text);
        }
    }

    pub fn number(&mut self, key: &str, number: i64) {
        if number != 0 {
            self.key(key).int(number);
        }
    }

    pub fn pairs(&mut self, key: &str, pairs: &[(String, String)]) {
        if !pairs.is_empty() {
            self.key(key).pairs(pairs);
        }
    }

    pub fn into_bytes(self) -> Vec<u8> {
        let mut bytes = Writer::map_of(self.count).into_bytes();
        bytes.append(&mut self.writer.into_bytes());
        bytes
    }
}
