// Calls every function of storage.fs. The first byte of a step's payload says what to do:
//   0  a scenario of all functions: 0, or the number of the first line that did not go as it should
//   1  calls each import once with a path, and returns how many answered 99
//   2  count (u32 at 4): that many times fs_read of `bench`; 3 the same with fs_read_at of its first 4 KiB,
//   4  with fs_stat, 5 with fs_write of 4 KiB: 0, or the first status that was not
//   6  count: writes that many files `f/N` of 100 bytes, 7 removes them one by one: the first status that is not 0
//   8  count: fs_write of so many bytes to `large`: its status
#include "fixture.h"
#include "files.h"

#define EXPECT(condition) if (!(condition)) return __LINE__
#define PATH(literal) literal, sizeof(literal) - 1

static uint8_t block[4096];
static FileRequest request;
static void *answer;
static uint32_t count;

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) { return 0; }

static int is_answer(PulpBytes expected) {
    int equal = pulp_same((PulpBytes){answer, count}, expected);
    if (count) pulp_release(answer);
    return equal;
}

static void path_request(PulpBytes path) {
    file_request(&request, 1);
    file_text(&request, PULP_BYTES("path"), path);
}

static void path_number(PulpBytes path, PulpBytes key, uint64_t number) {
    file_request(&request, 2);
    file_text(&request, PULP_BYTES("path"), path);
    file_number(&request, key, number);
}

static void rename_request(PulpBytes old, PulpBytes new) {
    file_request(&request, 2);
    file_text(&request, PULP_BYTES("old"), old);
    file_text(&request, PULP_BYTES("new"), new);
}

static void temporary_request(PulpBytes dir, PulpBytes pattern) {
    file_request(&request, 2);
    file_text(&request, PULP_BYTES("dir"), dir);
    file_text(&request, PULP_BYTES("pattern"), pattern);
}

static void read_at_request(PulpBytes path, uint64_t offset, uint64_t max) {
    file_request(&request, 3);
    file_text(&request, PULP_BYTES("path"), path);
    file_number(&request, PULP_BYTES("offset"), offset);
    file_number(&request, PULP_BYTES("max"), max);
}

// The number of `key` in an answer that is one map.
static uint64_t number_of(PulpBytes key) {
    PulpReader reader = pulp_reader(answer, count);
    return config_find(&reader, key) ? pulp_read_unsigned(&reader) : 0;
}

static int32_t whole_files(void) {
    EXPECT(fs_read(PATH("a/b/one"), &answer, &count) == 6);
    file_request(&request, 1);
    file_number(&request, PULP_BYTES("mode"), 0640);
    EXPECT(fs_write(PATH("a/b/one"), PATH("first"), FILE_REQUEST(request)) == 0);
    EXPECT(fs_write(PATH("a/b/two"), PATH("second"), 0, 0) == 0);
    EXPECT(fs_read(PATH("a/./b//one"), &answer, &count) == 0 && is_answer(PULP_BYTES("first")));
    EXPECT(fs_write(PATH("a/b/one"), PATH("x"), PATH("\xc1")) == 3);
    EXPECT(fs_write(PATH("a/b/one"), PATH("x"), (void *)0xfffffff0, 32) == 2);
    EXPECT(fs_write(PATH("../one"), PATH("x"), 0, 0) == 5);
    EXPECT(fs_write(PATH("a/b"), PATH("x"), 0, 0) == 4);
    path_request(PULP_BYTES("a/b/one"));
    EXPECT(fs_stat(FILE_REQUEST(request), &answer, &count) == 0);
    EXPECT(number_of(PULP_BYTES("size")) == 5 && number_of(PULP_BYTES("mode")) == 0640);
    pulp_release(answer);
    return 0;
}

static int32_t parts(void) {
    path_number(PULP_BYTES("log"), PULP_BYTES("offset"), 0);
    EXPECT(fs_write_at(FILE_REQUEST(request), PATH("0123456789")) == 0);
    path_number(PULP_BYTES("log"), PULP_BYTES("offset"), 8);
    EXPECT(fs_write_at(FILE_REQUEST(request), PATH("abcd")) == 0);
    read_at_request(PULP_BYTES("log"), 6, 4);
    EXPECT(fs_read_at(FILE_REQUEST(request), &answer, &count) == 0 && is_answer(PULP_BYTES("67ab")));
    // Fewer than asked for: the file has ended.
    read_at_request(PULP_BYTES("log"), 10, 4);
    EXPECT(fs_read_at(FILE_REQUEST(request), &answer, &count) == 0 && is_answer(PULP_BYTES("cd")));
    read_at_request(PULP_BYTES("log"), 12, 4);
    EXPECT(fs_read_at(FILE_REQUEST(request), &answer, &count) == 0 && answer == 0 && count == 0);
    path_number(PULP_BYTES("log"), PULP_BYTES("size"), 3);
    EXPECT(fs_truncate(FILE_REQUEST(request)) == 0);
    EXPECT(fs_read(PATH("log"), &answer, &count) == 0 && is_answer(PULP_BYTES("012")));
    path_number(PULP_BYTES("none"), PULP_BYTES("size"), 3);
    EXPECT(fs_truncate(FILE_REQUEST(request)) == 6);
    return 0;
}

static int32_t names(void) {
    path_number(PULP_BYTES("a/c/d"), PULP_BYTES("mode"), 0);
    EXPECT(fs_mkdir_all(FILE_REQUEST(request)) == 0);
    EXPECT(fs_mkdir_all(FILE_REQUEST(request)) == 0);
    EXPECT(fs_list(PATH("a"), &answer, &count) == 0);
    EXPECT(is_answer(PULP_BYTES("\x92\x82\xa4name\xa1" "b\xa6is_dir\xc3\x82\xa4name\xa1" "c\xa6is_dir\xc3")));
    EXPECT(fs_list(PATH("a/c/d"), &answer, &count) == 0 && is_answer(PULP_BYTES("\x90")));
    EXPECT(fs_list(PATH("none"), &answer, &count) == 6);
    rename_request(PULP_BYTES("a/b/two"), PULP_BYTES("new/place/two"));
    EXPECT(fs_rename(FILE_REQUEST(request)) == 0);
    EXPECT(fs_rename(FILE_REQUEST(request)) == 6);
    path_number(PULP_BYTES("new/place/two"), PULP_BYTES("mode"), 0600);
    EXPECT(fs_chmod(FILE_REQUEST(request)) == 0);
    EXPECT(fs_delete(PATH("a")) == 4);
    EXPECT(fs_delete(PATH("new/place/two")) == 0);
    EXPECT(fs_delete(PATH("new/place/two")) == 6);
    EXPECT(fs_remove_all(PATH("a")) == 0);
    EXPECT(fs_remove_all(PATH("a")) == 0);
    EXPECT(fs_remove_all(PATH(".")) == 4);
    return 0;
}

static int32_t temporaries(void) {
    temporary_request(PULP_BYTES(""), PULP_BYTES("up-*.part"));
    EXPECT(fs_create_temp(FILE_REQUEST(request), &answer, &count) == 0);
    PulpReader reader = pulp_reader(answer, count);
    EXPECT(config_find(&reader, PULP_BYTES("path")));
    PulpBytes path = pulp_read_bytes(&reader);
    EXPECT(has_prefix(path, PULP_BYTES("tmp/up-")) && path.bytes[path.length - 1] == 't');
    EXPECT(fs_delete(path.bytes, path.length) == 0);
    pulp_release(answer);
    temporary_request(PULP_BYTES("work"), PULP_BYTES("dir"));
    EXPECT(fs_mkdir_temp(FILE_REQUEST(request), &answer, &count) == 0);
    pulp_release(answer);
    temporary_request(PULP_BYTES("work"), PULP_BYTES("a/b"));
    EXPECT(fs_mkdir_temp(FILE_REQUEST(request), &answer, &count) == 5);
    return 0;
}

static int32_t scenario(void) {
    int32_t line;
    if ((line = whole_files())) return line;
    if ((line = parts())) return line;
    if ((line = names())) return line;
    return temporaries();
}

static int32_t not_granted(void) {
    int32_t refused = 0;
    path_request(PULP_BYTES("x"));
    refused += fs_read(PATH("x"), &answer, &count) == 99;
    refused += fs_read_at(FILE_REQUEST(request), &answer, &count) == 99;
    refused += fs_write(PATH("x"), PATH("x"), 0, 0) == 99;
    refused += fs_write_at(FILE_REQUEST(request), PATH("x")) == 99;
    refused += fs_truncate(FILE_REQUEST(request)) == 99;
    refused += fs_delete(PATH("x")) == 99;
    refused += fs_list(PATH("x"), &answer, &count) == 99;
    refused += fs_stat(FILE_REQUEST(request), &answer, &count) == 99;
    refused += fs_rename(FILE_REQUEST(request)) == 99;
    refused += fs_remove_all(PATH("x")) == 99;
    refused += fs_mkdir_all(FILE_REQUEST(request)) == 99;
    refused += fs_chmod(FILE_REQUEST(request)) == 99;
    refused += fs_create_temp(FILE_REQUEST(request), &answer, &count) == 99;
    refused += fs_mkdir_temp(FILE_REQUEST(request), &answer, &count) == 99;
    return refused;
}

static int32_t repeat(uint8_t function, uint32_t times) {
    if (function == 3) read_at_request(PULP_BYTES("bench"), 0, sizeof block);
    if (function == 4) path_request(PULP_BYTES("bench"));
    while (times--) {
        int32_t status = function == 2   ? fs_read(PATH("bench"), &answer, &count)
                         : function == 3 ? fs_read_at(FILE_REQUEST(request), &answer, &count)
                         : function == 4 ? fs_stat(FILE_REQUEST(request), &answer, &count)
                                         : fs_write(PATH("bench"), block, sizeof block, 0, 0);
        if (status) return status;
        if (function != 5 && count) pulp_release(answer);
    }
    return 0;
}

static int32_t many(int removes, uint32_t times) {
    while (times--) {
        Text path = {.length = 0};
        text_add(&path, PULP_BYTES("f/"));
        text_add_number(&path, times);
        int32_t status = removes ? fs_delete(path.bytes, path.length) : fs_write(path.bytes, path.length, block, 100, 0, 0);
        if (status) return status;
    }
    return 0;
}

static int32_t large(uint32_t size) {
    uint8_t *bytes = pulp_allocate(size);
    if (!bytes) return -1;
    int32_t status = fs_write(PATH("large"), bytes, size, 0, 0);
    pulp_release(bytes);
    return status;
}

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    PulpEnvelope envelope;
    if (!pulp_envelope(bytes, length, &envelope)) return -1;
    if (envelope.payload_length < 8) return 0; // a tick
    uint32_t number;
    __builtin_memcpy(&number, envelope.payload + 4, 4);
    switch (envelope.payload[0]) {
    case 0: return scenario();
    case 1: return not_granted();
    case 6: case 7: return many(envelope.payload[0] == 7, number);
    case 8: return large(number);
    default: return repeat(envelope.payload[0], number);
    }
}
