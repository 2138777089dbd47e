//! Calls every wrapper of the Rust SDK. Each route does one part and says what came of it.

use std::io::Read;

use pulp::http::Fetch;
use pulp::websocket::{self, Message, Socket};
use pulp::{entropy, files, object, params, sqlite, sse};
use pulp::{App, Cookie, Error, Later, Plugin, Request, Response, Result};

mod containers;

struct Everything {
    greeting: String,
    visits: u64,
    waiting: Vec<Later>,
    sockets: Vec<Socket>,
    heard: Vec<String>,
}

impl Plugin for Everything {
    fn configure(app: &mut App<Self>) -> Result<Self> {
        let greeting = app.config().string("greeting")?;
        let port: u16 = app.config().table("mail")?.require("port")?;
        if app.config().boolean_or("strict", false)? {
            app.config().only(&["greeting", "mail", "strict"])?;
        }
        app.config().tables("servers")?;
        app.get("/hello/:name", Everything::hello);
        app.post("/request/:id/*rest", Everything::request);
        app.get("/response/:kind", Everything::response);
        app.get("/later", |plugin, request| {
            plugin.waiting.push(request.later()?);
            Ok(Response::later())
        });
        app.get("/fail/:how", Everything::fail);
        app.get("/heard", |plugin, _| Ok(Response::text(plugin.heard.join("\n"))));
        app.get("/sqlite", |_, _| sql().map(Response::text));
        app.get("/files", |_, _| storage().map(Response::text));
        app.get("/basics", |_, _| basics().map(Response::text));
        app.get("/docker", |_, request| Ok(Response::text(containers::all(request.query("ports").is_some()))));
        app.get("/ends/*rest", |_, request| Ok(Response::text(format!("rest {}", request.param("rest")))));
        app.get("/ends", |_, _| Ok(Response::text("the end")));
        app.get("/cookie", |_, request| {
            Ok(Response::text("x").cookie(Cookie::new("a", request.query("value").unwrap_or(""))))
        });
        app.post("/fetch/:how", |_, request| fetch(&request));
        app.post("/emit", |_, request| {
            let event = sse::Event::new(request.text()?).id(7).name("news");
            sse::emit("/live/a", event)?;
            Ok(Response::text(sse::subscriber_count("/live/a")?.to_string()))
        });
        app.events("/live/:room")
            .on_subscribe(|plugin, it| plugin.hear(format!("subscribed {} {}", it.param("room"), it.last_event_id)))
            .on_unsubscribe(|plugin, it| plugin.hear(format!("unsubscribed {} {}", it.path, it.reason)));
        app.websocket("/socket/:room").on_open(Everything::opened).on_message(Everything::received).on_close(
            |plugin, end| {
                plugin.sockets.retain(|socket| *socket != end.socket);
                plugin.hear(format!("closed {} {}", end.code, end.reason))
            },
        );
        app.on_tick(|plugin, tick| {
            for later in plugin.waiting.drain(..) {
                later.respond(Response::text(format!("in step {}", u64::from(tick.number > 0))))?;
            }
            Ok(())
        });
        app.on_container(|plugin, event| plugin.hear(format!("container {} {}", event.name, event.action)));
        app.on_event("custom.kind", |plugin, payload| plugin.hear(format!("custom {}", payload.to_json())));
        app.on_shutdown(|plugin| {
            pulp::notice!(visits = plugin.visits; "goodbye");
            Ok(())
        });
        pulp::info!(port = port, greeting = greeting.as_str(), ready = true; "ready in {}", "Rust");
        Ok(Everything { greeting, visits: 0, waiting: Vec::new(), sockets: Vec::new(), heard: Vec::new() })
    }
}

impl Everything {
    fn hear(&mut self, what: String) -> Result<()> {
        self.heard.push(what);
        Ok(())
    }

    fn hello(&mut self, request: Request) -> Result<Response> {
        self.visits += 1;
        Ok(Response::text(format!("{}, {}! ({})\n", self.greeting, request.param("name"), self.visits)))
    }

    fn request(&mut self, request: Request) -> Result<Response> {
        let id: i64 = request.parse("id")?;
        Ok(Response::json(object! {
            "id": id, "rest": request.param("rest"), "method": request.method.as_str(), "path": request.path.as_str(),
            "q": request.query("q"), "all": request.query_all("q").collect::<Vec<_>>().join("+"),
            "header": request.header("x-test"), "cookie": request.cookie("session"), "host": request.host.as_str(),
            "from": request.remote_addr.starts_with("127.0.0.1:"), "body": request.json()?,
        }))
    }

    fn response(&mut self, request: Request) -> Result<Response> {
        Ok(match request.param("kind") {
            "html" => Response::html("<p>"),
            "bytes" => Response::bytes([0, 255], "image/x-test"),
            "redirect" => Response::redirect("/elsewhere"),
            "cookies" => Response::empty()
                .cookie(Cookie::new("a", "1").max_age(60).secure())
                .cookie(Cookie::with("b", "2", "Path=/b")),
            "twice" => Response::text("x").add_header("X-Two", "1").add_header("X-Two", "2"),
            "unsendable" => Response::text("x").header("X-Bad", "a\r\nb"),
            _ => Response::text("nothing").status(299).header("X-One", "0").header("x-one", "1"),
        })
    }

    fn fail(&mut self, request: Request) -> Result<Response> {
        match request.param("how") {
            "own" => Err(Error::new(418, "no coffee")),
            "host" => Err(files::read("missing").unwrap_err()),
            "panic" => panic!("as {}", "asked"),
            _ => Ok(Response::text(params![1, 2].to_vec()[self.heard.len() + 9].to_json())),
        }
    }

    fn opened(&mut self, event: websocket::Opened) -> Result<()> {
        self.sockets.push(event.socket);
        event.socket.send(format!("room {} {}", event.param("room"), event.query("q").unwrap_or("-")))
    }

    fn received(&mut self, event: websocket::Received) -> Result<()> {
        match event.message {
            Message::Text(text) if text == "close" => event.socket.close(4_000, "as asked"),
            Message::Text(text) if text == "all" => {
                let failed = websocket::send_many(&self.sockets, "to all")?;
                self.hear(format!("failed {}", failed.len()))
            }
            message => event.socket.send(message),
        }
    }
}

fn check(holds: bool, what: &str) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(Error::new(500, format!("{} does not hold", what)))
    }
}

fn sql() -> Result<String> {
    sqlite::exec("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE, data BLOB, score REAL, at DATETIME)", [])?;
    let at = pulp::Timestamp { seconds: 1_700_000_000, nanoseconds: 0 };
    let insert = "INSERT INTO t (name, data, score, at) VALUES (?, ?, ?, ?)";
    let done = sqlite::exec(insert, params!["one", vec![1_u8, 2], 1.5, at])?;
    check(done.rows_affected == 1 && done.last_insert_id == 1, "exec")?;
    let row = sqlite::query_row("SELECT * FROM t", params![])?.ok_or("no row")?;
    check(row.columns().len() == 5 && row.values().len() == 5, "columns")?;
    check(row.get::<i64>("id")? == 1 && row.get::<String>(1)? == "one", "get")?;
    check(row.get::<Vec<u8>>("data")? == [1, 2] && row.get::<f64>("score")? == 1.5, "get bytes")?;
    check(row.get::<pulp::Timestamp>("at")? == at, "timestamp")?;
    let wrong = row.get::<i64>("name").unwrap_err().message;
    let missing = row.get::<i64>("nme").unwrap_err().message;
    let mut batch = sqlite::Batch::new();
    batch.add("INSERT INTO t (name) VALUES (?)", params!["two"]).again(params!["three"]).again(params!["four"]);
    batch.add("SELECT count(*) AS n FROM t", params![]);
    let outcomes = batch.run()?;
    check(outcomes.len() == 4 && outcomes[3].rows[0].get::<i64>("n")? == 4, "batch")?;
    let null: Option<f64> = sqlite::query("SELECT score FROM t WHERE name = ?", params!["two"])?[0].get("score")?;
    check(null.is_none(), "null")?;
    let failed = sqlite::Batch::new()
        .add("DELETE FROM t", params![])
        .add("INSERT INTO t (id, name) VALUES (9, ?)", params!["x"])
        .again(params!["y"])
        .run()
        .unwrap_err();
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n";
    let mut sum = 0;
    for row in sqlite::stream(many, params![], 64)? {
        sum += row?.get::<i64>("i")?;
    }
    check(sum == 500_500, "stream")?;
    // More than may be open at once: each is closed where it is dropped.
    for _ in 0..40 {
        check(sqlite::stream(many, params![], 1)?.next().is_some(), "dropped stream")?;
    }
    let count: i64 = sqlite::query_row("SELECT count(*) FROM t", params![])?.ok_or("no row")?.get(0)?;
    let bad = sqlite::stream("SELEC", params![], 1).unwrap_err().message;
    let exec = sqlite::exec("SELEC", params![]).unwrap_err().message;
    let query = sqlite::query("SELECT * FROM notes", params![]).unwrap_err().message;
    let again = sqlite::exec("INSERT INTO t (id) VALUES (1)", params![]).unwrap_err();
    check(again.status == pulp::status::CONSTRAINT, "the status of a constraint")?;
    let all = [wrong, missing, failed.message, failed.status.to_string(), count.to_string(), bad, exec, query, again.message];
    Ok(all.join("\n"))
}

fn storage() -> Result<String> {
    files::create_dir_all("a/b")?;
    files::write("a/b/one", "0123456789")?;
    files::write_with_mode("a/two", b"x", 0o600)?;
    check(files::read("a/b/one")? == b"0123456789" && files::read_to_string("a/two")? == "x", "read")?;
    check(files::read_at("a/b/one", 3, 4)? == b"3456", "read_at")?;
    files::write_at("a/b/one", 9, "abc")?;
    files::truncate("a/b/one", 11)?;
    check(files::read("a/b/one")? == b"012345678ab", "write_at, truncate")?;
    files::set_mode("a/b/one", 0o640)?;
    let known = files::metadata("a/b/one")?;
    check(known.size == 11 && known.name == "one" && !known.is_dir && known.mode & 0o777 == 0o640, "metadata")?;
    check(known.modified.seconds > 1_600_000_000, "modified")?;
    files::rename("a/b/one", "c/one")?;
    check(!files::exists("a/b/one")? && files::exists("c/one")?, "rename")?;
    let names: Vec<String> = files::list("a")?.iter().map(|it| format!("{}:{}", it.name(), it.is_dir)).collect();
    check(names == ["b:true", "two:false"], "list")?;
    check(files::list("")?.len() == 2 && files::list("a/b")?.is_empty(), "list of the root")?;
    let temporary = files::create_temp("", "x-*.txt")?;
    check(temporary.ends_with(".txt") && files::read(&temporary)?.is_empty(), "create_temp")?;
    check(files::metadata(files::create_temp_dir("a", "d")?)?.is_dir, "create_temp_dir")?;
    files::write([b'n', 0xff], "not UTF-8")?;
    check(files::list("")?.iter().any(|it| it.name_bytes == [b'n', 0xff]), "a name that is not UTF-8")?;
    files::remove("a/two")?;
    files::remove_all("a")?;
    files::remove_all("a")?;
    let missing = files::read("a/two").unwrap_err();
    check(missing.is_not_found(), "not found")?;
    Ok([missing.message, files::read("../x").unwrap_err().message].join("\n"))
}

fn basics() -> Result<String> {
    check(entropy::bytes(70_000)?.iter().any(|byte| *byte != 0), "bytes")?;
    check(entropy::number()? != entropy::number()?, "number")?;
    check(entropy::token(8)?.len() == 16, "token")?;
    pulp::trace!("level");
    pulp::debug!("level");
    pulp::warning!(list = params![1, "x"].to_vec(); "level");
    pulp::error!("level {n}", n = 5);
    println!("printed");
    Ok(pulp::clock::now().to_string())
}

fn fetch(request: &Request) -> Result<Response> {
    let fetch = Fetch::new("POST", request.text()?).header("X-Test", "1").header("X-Test", "2").json(object! { "n": 1 });
    let fetch = fetch.timeout(std::time::Duration::from_secs(20));
    Ok(match request.param("how") {
        "whole" => {
            let answer = fetch.send()?;
            let kind = answer.header("content-type").unwrap_or("-").to_owned();
            Response::text(format!("{} {} {} {}", answer.status, answer.is_ok(), kind, answer.text()?))
        }
        "read" => {
            let mut text = String::new();
            let mut stream = fetch.stream()?;
            stream.read_to_string(&mut text)?;
            Response::text(format!("{} {}", stream.status, text.len()))
        }
        "parts" => {
            let (mut stream, mut count) = (pulp::http::get(request.text()?).stream()?, 0);
            while let Some(part) = stream.next_part(1_000)? {
                check(part.len() <= 1_000, "part")?;
                count += part.len();
            }
            Response::text(count.to_string())
        }
        "pass" => Response::stream(fetch.stream()?).header("X-Proxy", "rust"),
        _ => {
            let error = pulp::http::post(request.text()?).send().unwrap_err();
            Response::text(format!("{}\n{}\n{}", error.status, error.code, error.message))
        }
    })
}

pulp::plugin!(Everything);
