// Files and SQL.
#include "sdk-c.h"

static int check_whole_files(void) {
    PulpBytes bytes;
    EXPECT(pulp_file_read("a/one", &bytes) == PULP_NOT_FOUND);
    EXPECT(pulp_file_write("a/one", PULP_BYTES("first")) == PULP_OK);
    EXPECT(pulp_file_write_mode("a/two", PULP_BYTES("second"), 0640) == PULP_OK);
    EXPECT(pulp_file_read("a/one", &bytes) == PULP_OK && pulp_same(bytes, PULP_BYTES("first")));
    EXPECT(pulp_file_write("a/empty", pulp_bytes(NULL, 0)) == PULP_OK);
    EXPECT(pulp_file_read("a/empty", &bytes) == PULP_OK && bytes.length == 0);
    EXPECT(pulp_file_read("../escape", &bytes) == PULP_FILE_REJECTED);
    EXPECT(pulp_file_read("", &bytes) == PULP_EMPTY);
    EXPECT(pulp_file_write("a", PULP_BYTES("x")) == PULP_FILE_FAILED);
    PulpFile file;
    EXPECT(pulp_file_stat("a/two", &file) == PULP_OK && pulp_equal(file.name, "two") && file.size == 6);
    EXPECT(file.mode == 0640 && !file.is_folder && file.modified_ns > 0);
    EXPECT(pulp_file_chmod("a/two", 0600) == PULP_OK);
    EXPECT(pulp_file_stat("a/two", &file) == PULP_OK && file.mode == 0600);
    EXPECT(pulp_file_stat("none", &file) == PULP_NOT_FOUND);
    return 0;
}

static int check_parts_of_files(void) {
    PulpBytes bytes;
    EXPECT(pulp_file_write_at("log", 0, PULP_BYTES("0123456789")) == PULP_OK);
    EXPECT(pulp_file_write_at("log", 8, PULP_BYTES("abcd")) == PULP_OK);
    EXPECT(pulp_file_read_at("log", 6, 4, &bytes) == PULP_OK && pulp_same(bytes, PULP_BYTES("67ab")));
    EXPECT(pulp_file_read_at("log", 12, 4, &bytes) == PULP_OK && bytes.length == 0);
    EXPECT(pulp_file_truncate("log", 3) == PULP_OK);
    EXPECT(pulp_file_read("log", &bytes) == PULP_OK && pulp_same(bytes, PULP_BYTES("012")));
    return 0;
}

static int check_folders(void) {
    const PulpFile *files;
    uint32_t count;
    EXPECT(pulp_folder_make("a/inner/most", 0) == PULP_OK);
    EXPECT(pulp_file_list("a", &files, &count) == PULP_OK && count == 4);
    EXPECT(pulp_equal(files[0].name, "empty") && pulp_equal(files[1].name, "inner") && files[1].is_folder);
    EXPECT(pulp_equal(files[3].name, "two") && !files[3].is_folder);
    EXPECT(pulp_file_list("a/inner/most", &files, &count) == PULP_OK && count == 0);
    EXPECT(pulp_file_list("none", &files, &count) == PULP_NOT_FOUND && count == 0);
    EXPECT(pulp_file_rename("a/two", "b/two") == PULP_OK);
    EXPECT(pulp_file_delete("a") == PULP_FILE_FAILED && pulp_file_delete("b/two") == PULP_OK);
    EXPECT(pulp_file_delete_all("a") == PULP_OK && pulp_file_delete_all("a") == PULP_OK);
    const char *path;
    EXPECT(pulp_file_temporary("", "up-*.part", &path) == PULP_OK && pulp_starts_with(path, "tmp/up-"));
    EXPECT(pulp_file_delete(path) == PULP_OK);
    EXPECT(pulp_folder_temporary("work", "dir", &path) == PULP_OK && pulp_starts_with(path, "work/dir"));
    return 0;
}

int check_files(void) {
    int line;
    if ((line = check_whole_files())) return line;
    if ((line = check_parts_of_files())) return line;
    return check_folders();
}

static int check_rows(void) {
    PulpChange change;
    PulpRows rows;
    EXPECT(pulp_sql_execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d)", PULP_NOTHING, NULL) == PULP_OK);
    const char *insert = "INSERT INTO t (a, b, c, d) VALUES (?, ?, ?, ?)";
    PulpStatus status = pulp_sql_execute(
        insert, PULP_WITH(pulp_text("Grüße"), pulp_integer(-5), pulp_number(0.5), pulp_blob("\0\1\2", 3)), &change);
    EXPECT(status == PULP_OK && change.rows_affected == 1 && change.last_insert_id == 1);
    EXPECT(pulp_sql_execute(insert, PULP_WITH(pulp_text(NULL), pulp_bool(true), pulp_text(""), pulp_text("12")), NULL) == PULP_OK);
    EXPECT(pulp_sql_query("SELECT a, b, c, d FROM t ORDER BY id", PULP_NOTHING, &rows) == PULP_OK);
    EXPECT(rows.column_count == 4 && pulp_equal(rows.columns[0], "a") && pulp_equal(rows.columns[3], "d"));
    EXPECT(pulp_next_row(&rows) && pulp_equal(pulp_row_text(&rows, 0), "Grüße") && pulp_row_integer(&rows, 1) == -5);
    EXPECT(pulp_row_number(&rows, 2) == 0.5 && pulp_same(pulp_row_bytes(&rows, 3), PULP_BYTES("\0\1\2")));
    EXPECT(pulp_equal(pulp_row_text(&rows, 1), "-5") && pulp_equal(pulp_row_text(&rows, 2), "0.5"));
    EXPECT(pulp_row_integer(&rows, 2) == 0 && pulp_row_number(&rows, 1) == -5 && pulp_row_integer(&rows, 99) == 0);
    EXPECT(pulp_next_row(&rows) && pulp_row_is_nil(&rows, 0) && pulp_equal(pulp_row_text(&rows, 0), ""));
    EXPECT(pulp_row_integer(&rows, 1) == 1 && pulp_row_bytes(&rows, 2).length == 0 && !pulp_row_is_nil(&rows, 2));
    EXPECT(pulp_row_integer(&rows, 3) == 12 && rows.row[3].kind == PULP_TEXT);
    EXPECT(!pulp_next_row(&rows) && !pulp_next_row(&rows) && rows.status == PULP_OK);
    EXPECT(pulp_sql_query("SELECT a FROM t WHERE id = ?", PULP_WITH(pulp_integer(77)), &rows) == PULP_OK);
    EXPECT(!pulp_next_row(&rows) && rows.column_count <= 1);
    EXPECT(pulp_sql_query("SELEC", PULP_NOTHING, &rows) == PULP_UNENCODABLE && !pulp_next_row(&rows));
    EXPECT(pulp_equal(pulp_sql_error(), "SQL logic error: near \"SELEC\": syntax error (1)"));
    EXPECT(pulp_sql_query("SELECT * FROM notes", PULP_NOTHING, &rows) == PULP_UNENCODABLE);
    EXPECT(pulp_equal(pulp_sql_error(), "SQL logic error: no such table: notes (1)"));
    EXPECT(pulp_sql_execute("INSERT INTO t (id) VALUES (1)", PULP_NOTHING, &change) == PULP_CONSTRAINT);
    EXPECT(pulp_starts_with(pulp_sql_error(), "constraint failed: UNIQUE constraint failed: t.id"));
    EXPECT(pulp_sql_query("SELECT 1", PULP_NOTHING, &rows) == PULP_OK && !*pulp_sql_error());
    EXPECT(pulp_sql_execute("", PULP_NOTHING, NULL) == PULP_EMPTY);
    return 0;
}

static int check_stream(void) {
    PulpRows rows;
    const char *numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i, 'row ' || i FROM n";
    EXPECT(pulp_sql_stream(numbers, PULP_WITH(pulp_integer(1000)), 7, &rows) == PULP_OK && rows.column_count == 2);
    int64_t sum = 0;
    while (pulp_next_row(&rows)) {
        PulpMark mark = pulp_mark();
        EXPECT(pulp_equal(pulp_row_text(&rows, 1), pulp_format("row %lld", (long long)pulp_row_integer(&rows, 0))));
        sum += pulp_row_integer(&rows, 0);
        pulp_rewind(mark);
    }
    EXPECT(rows.status == PULP_OK && sum == 500500);
    // Left before its end.
    EXPECT(pulp_sql_stream(numbers, PULP_WITH(pulp_integer(1000)), 7, &rows) == PULP_OK && pulp_next_row(&rows));
    pulp_rows_close(&rows);
    EXPECT(!pulp_next_row(&rows) && rows.status == PULP_OK);
    EXPECT(pulp_sql_stream("SELEC", PULP_NOTHING, 7, &rows) != PULP_OK && !pulp_next_row(&rows));
    EXPECT(*pulp_sql_error());
    return 0;
}

static int check_batch(void) {
    PulpResult results[4];
    int64_t failed = 7;
    PulpStatement statements[4] = {
        {"CREATE TABLE u (n UNIQUE)", PULP_NOTHING},
        {"INSERT INTO u VALUES (?)", PULP_WITH(pulp_integer(1))},
        {NULL, PULP_WITH(pulp_integer(2))},
        {"SELECT n FROM u ORDER BY n DESC", PULP_NOTHING},
    };
    EXPECT(pulp_sql_batch(statements, 4, results, &failed) == PULP_OK && failed == -1);
    EXPECT(results[2].change.last_insert_id == 2 && pulp_next_row(&results[3].rows));
    EXPECT(pulp_row_integer(&results[3].rows, 0) == 2 && pulp_next_row(&results[3].rows) && !pulp_next_row(&results[3].rows));
    statements[0] = (PulpStatement){"INSERT INTO u VALUES (3)", PULP_NOTHING};
    EXPECT(pulp_sql_batch(statements, 4, results, &failed) == PULP_CONSTRAINT && failed == 1);
    EXPECT(*pulp_sql_error());
    EXPECT(pulp_sql_batch(statements, 4, NULL, NULL) == PULP_CONSTRAINT);
    PulpRows rows;
    EXPECT(pulp_sql_query("SELECT count(*) FROM u", PULP_NOTHING, &rows) == PULP_OK && pulp_next_row(&rows));
    EXPECT(pulp_row_integer(&rows, 0) == 2);
    PulpValue when = pulp_time(1700000000123456789);
    EXPECT(pulp_sql_query("SELECT ?", PULP_WITH(when), &rows) == PULP_OK && pulp_next_row(&rows));
    EXPECT(!pulp_row_is_nil(&rows, 0));
    return 0;
}

int check_sql(void) {
    int line;
    if ((line = check_rows())) return line;
    if ((line = check_stream())) return line;
    return check_batch();
}
