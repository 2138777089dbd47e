//! Makes a container, does everything with it, and removes it: a line for each call.

use pulp::docker::{self, Creation, LogRequest, Port};
use pulp::Result;

fn line<T>(call: &str, outcome: Result<T>, shown: impl FnOnce(T) -> String) -> String {
    match outcome {
        Ok(value) => format!("{} {}\n", call, shown(value)),
        Err(error) => format!("{} error {} {}\n", call, error.status, error.message),
    }
}

fn done(_: ()) -> String {
    String::new()
}

fn ports() -> Vec<Port> {
    let web = Port { container: 80, host: 8080, name: "web".into(), ..Port::default() };
    vec![web, Port { container: 53, protocol: "udp".into(), range: "9000-9009".into(), ..Port::default() }]
}

pub fn all(has_ports: bool) -> String {
    let creation = Creation {
        image: "local/busybox:1".into(),
        name: "job".into(),
        command: ["sh", "-c", "echo begun; exec sleep 600"].map(String::from).to_vec(),
        environment: vec![("A".into(), "b".into())],
        ports: if has_ports { ports() } else { Vec::new() },
        memory_limit: 1 << 26,
        cpu_limit: 0.5,
        pids_limit: 16,
        ..Creation::default()
    };
    let created = docker::create(&creation);
    let (id, name) = match &created {
        Ok(container) => (container.id.clone(), container.name.clone()),
        Err(_) => ("x".to_owned(), "x".to_owned()),
    };
    let request = LogRequest { tail: 1, stream: "stdout".into(), ..LogRequest::default() };
    [
        line("create", created, |it| format!("{} {}", it.name, it.status)),
        line("get", docker::get(&name), |it| (it.id == id).to_string()),
        line("list", docker::list(&[("status", "running")]), |it| it.len().to_string()),
        line("restart", docker::restart(&id), done),
        line("exec", docker::exec(&id, &["sh", "-c", "echo $A; exit 3"]), |it| {
            format!("{} {}", it.text().trim(), it.exit_code)
        }),
        line("logs", docker::logs(&id, &request), |it| format!("{} {}", it.text.trim(), it.next_nanos > 0)),
        line("stats", docker::stats(&id), |it| (it.container_id == id).to_string()),
        line("stats_all", docker::stats_all(), |it| it.len().to_string()),
        line("files_write", docker::write_file(&id, "/tmp/x", "data"), done),
        line("files_read", docker::read_file(&id, "/tmp/x"), |it| String::from_utf8_lossy(&it).into_owned()),
        line("files_delete", docker::remove_file(&id, "/tmp/x"), done),
        line("events_poll", docker::events(1, 10).map(drop), done),
        line("build", docker::build("local/busybox:rust", "", &[("A", "1")]), done),
        line("build_status", docker::build_status().map(drop), done),
        line("destroy", docker::destroy(&id), done),
        line("again", docker::destroy(&id), done),
    ]
    .concat()
}
