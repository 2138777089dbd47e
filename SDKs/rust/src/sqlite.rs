//! The plugin's own SQLite database.
//!
//! ```no_run
//! # fn notes() -> pulp::Result<()> {
//! use pulp::{params, sqlite};
//!
//! sqlite::exec("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, text TEXT)", params![])?;
//! let id = sqlite::exec("INSERT INTO notes (text) VALUES (?)", params!["buy milk"])?.last_insert_id;
//! for row in sqlite::query("SELECT id, text FROM notes WHERE id >= ?", params![id])? {
//!     let text: String = row.get("text")?;
//!     pulp::info!(id = row.get::<i64>("id")?; "{}", text);
//! }
//! # Ok(())
//! # }
//! ```

use std::rc::Rc;

use crate::msgpack::{Reader, Record, Writer};
use crate::value::{convert, FromValue};
use crate::{sys, Error, Result, Value};

fn encoded(params: &[Value]) -> Vec<u8> {
    if params.is_empty() {
        return Vec::new();
    }
    let mut writer = Writer::new();
    writer.values(params);
    writer.into_bytes()
}

/// What a statement did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rows that were changed.
    pub rows_affected: i64,
    /// The number of the row that was inserted last.
    pub last_insert_id: i64,
}

impl Outcome {
    fn read(record: &Record<'_>) -> Result<Outcome> {
        Ok(Outcome { rows_affected: record.int("rows_affected")?, last_insert_id: record.int("last_insert_id")? })
    }
}

/// Runs SQL that gives no rows; parameters stand for its `?`.
pub fn exec(sql: &str, params: impl AsRef<[Value]>) -> Result<Outcome> {
    let answer = sys::sqlite_exec(sql, &encoded(params.as_ref()))?;
    Outcome::read(&Record::new(&answer)?)
}

/// Runs SQL and gives all of its rows.
pub fn query(sql: &str, params: impl AsRef<[Value]>) -> Result<Vec<Row>> {
    let answer = sys::sqlite_query(sql, &encoded(params.as_ref()))?;
    let record = Record::new(&answer)?;
    rows(&record, &columns(&record)?)
}

/// Runs SQL and gives the first of its rows, if there is one.
pub fn query_row(sql: &str, params: impl AsRef<[Value]>) -> Result<Option<Row>> {
    Ok(query(sql, params)?.into_iter().next())
}

type Columns = Rc<Vec<String>>;

fn columns(record: &Record<'_>) -> Result<Columns> {
    let mut reader = record.reader("columns");
    let mut columns = Vec::new();
    for _ in 0..reader.array()? {
        columns.push(reader.text()?);
    }
    Ok(Rc::new(columns))
}

fn rows(record: &Record<'_>, columns: &Columns) -> Result<Vec<Row>> {
    let mut reader = record.reader("rows");
    let mut rows = Vec::new();
    for _ in 0..reader.array()? {
        let mut values = Vec::with_capacity(columns.len());
        for _ in 0..reader.array()? {
            values.push(reader.value()?);
        }
        rows.push(Row { columns: columns.clone(), values });
    }
    Ok(rows)
}

/// A row of a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    columns: Columns,
    values: Vec<Value>,
}

/// A column by its name, or by its number from 0.
pub trait Column {
    /// Where it is in a row with these columns.
    fn index(&self, columns: &[String]) -> Option<usize>;

    /// What it is called in a sentence.
    fn name(&self) -> String;
}

impl Column for &str {
    fn index(&self, columns: &[String]) -> Option<usize> {
        columns.iter().position(|column| column == self)
    }

    fn name(&self) -> String {
        format!("column `{}`", self)
    }
}

impl Column for usize {
    fn index(&self, columns: &[String]) -> Option<usize> {
        Some(*self).filter(|index| *index < columns.len())
    }

    fn name(&self) -> String {
        format!("column {}", self)
    }
}

impl Row {
    /// A column as a type: `row.get::<i64>("id")?`; `Option<T>` for one that may be `NULL`.
    pub fn get<T: FromValue>(&self, column: impl Column) -> Result<T> {
        let value = column.index(&self.columns).and_then(|index| self.values.get(index));
        let value = value.ok_or_else(|| {
            Error::new(500, format!("the result has no {}, only {}", column.name(), self.columns.join(", ")))
        })?;
        convert(value, || column.name())
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The values, in the order of the columns.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

/// Statements that take effect together or not at all, in one call of the host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    statements: Vec<(String, Vec<Value>)>,
}

/// What one statement of a [`Batch`] did.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchOutcome {
    /// What it changed.
    pub outcome: Outcome,
    /// What it gave, if it gives rows.
    pub rows: Vec<Row>,
}

impl Batch {
    /// No statements yet.
    pub fn new() -> Batch {
        Batch::default()
    }

    /// Adds a statement.
    pub fn add(&mut self, sql: &str, params: impl Into<Vec<Value>>) -> &mut Batch {
        self.statements.push((sql.to_owned(), params.into()));
        self
    }

    /// Adds the statement before once more, with other parameters.
    pub fn again(&mut self, params: impl Into<Vec<Value>>) -> &mut Batch {
        self.statements.push((String::new(), params.into()));
        self
    }

    /// Runs them in one transaction. The error of one that fails says which, from 0; nothing has happened then.
    pub fn run(&self) -> Result<Vec<BatchOutcome>> {
        let mut writer = Writer::map_of(1);
        writer.text("statements");
        writer.array(self.statements.len());
        for (sql, params) in &self.statements {
            writer.map(2);
            writer.text("query");
            writer.text(sql);
            writer.text("params");
            writer.values(params);
        }
        let answer = sys::sqlite_batch(&writer.into_bytes())?;
        let mut reader = Record::new(&answer)?.reader("results");
        let mut outcomes = Vec::new();
        for _ in 0..reader.array()? {
            let record = Record::read(&mut reader)?;
            outcomes.push(BatchOutcome { outcome: Outcome::read(&record)?, rows: rows(&record, &columns(&record)?)? });
        }
        Ok(outcomes)
    }
}

/// Rows that come in pieces: for results that are too large for the memory. Dropped, it is closed.
#[derive(Debug)]
pub struct RowStream {
    cursor: u64,
    columns: Columns,
    piece: std::vec::IntoIter<Row>,
    piece_rows: u32,
    is_done: bool,
}

/// Runs SQL whose rows are read in pieces of at most `piece_rows`, and of about 64 KiB.
pub fn stream(sql: &str, params: impl AsRef<[Value]>, piece_rows: u32) -> Result<RowStream> {
    let answer = sys::sqlite_query_stream(sql, &encoded(params.as_ref()), piece_rows)?;
    let record = Record::new(&answer)?;
    let columns = columns(&record)?;
    Ok(RowStream {
        cursor: record.uint("cursor")?,
        piece: rows(&record, &columns)?.into_iter(),
        columns,
        piece_rows,
        is_done: record.bool("done")?,
    })
}

impl RowStream {
    fn next_piece(&mut self) -> Result<()> {
        let answer = sys::sqlite_query_stream_next(self.cursor, self.piece_rows)?;
        let record = Record::read(&mut Reader::new(&answer))?;
        self.is_done = record.bool("done")?;
        self.piece = rows(&record, &self.columns)?.into_iter();
        Ok(())
    }
}

impl Iterator for RowStream {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        loop {
            if let Some(row) = self.piece.next() {
                return Some(Ok(row));
            }
            if self.is_done {
                return None;
            }
            if let Err(error) = self.next_piece() {
                // Nothing follows an error.
                self.close();
                return Some(Err(error));
            }
        }
    }
}

impl RowStream {
    fn close(&mut self) {
        if !self.is_done {
            self.is_done = true;
            let _ = sys::sqlite_query_stream_close(self.cursor);
        }
    }
}

impl Drop for RowStream {
    fn drop(&mut self) {
        self.close();
    }
}
