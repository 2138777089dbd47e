// Text, memory, formats, MessagePack: what needs no host.
#include "sdk-c.h"

// The values are volatile, so that nothing is formatted by the compiler.
static int check_integers(void) {
    EXPECT(pulp_equal(pulp_format("%d|%i|%u", -5, 0, 4294967295u), "-5|0|4294967295"));
    EXPECT(pulp_equal(pulp_format("%5d|%-5d|%05d|%+d|% d", 42, 42, 42, 42, 42), "   42|42   |00042|+42| 42"));
    EXPECT(pulp_equal(pulp_format("%x|%X|%#x|%o|%08x", 255, 255, 255, 8, 48879), "ff|FF|0xff|10|0000beef"));
    EXPECT(pulp_equal(pulp_format("%lld|%llu", INT64_MIN, UINT64_MAX), "-9223372036854775808|18446744073709551615"));
    EXPECT(pulp_equal(pulp_format("%ld|%zu|%jd", 7l, sizeof(int), (intmax_t)-9), "7|4|-9"));
    EXPECT(pulp_equal(pulp_format("%hhd|%hd|%hhu", 257, 65537, 511), "1|1|255"));
    EXPECT(pulp_equal(pulp_format("%.3d|%8.3d|%*d|%-*d|", 5, 5, 4, 1, 4, 1), "005|     005|   1|1   |"));
    EXPECT(pulp_equal(pulp_format("%p", (void *)16), "0x10"));
    return 0;
}

static int check_doubles(void) {
    EXPECT(pulp_equal(pulp_format("%f|%.2f|%.0f", 1.5, 2.345, 2.5), "1.500000|2.35|2") ||
           pulp_equal(pulp_format("%f|%.2f|%.0f", 1.5, 2.345, 2.5), "1.500000|2.34|2"));
    EXPECT(pulp_equal(pulp_format("%8.3f|%-8.1f|%08.2f|%+.1f", 3.14159, 2.5, -2.5, 1.0), "   3.142|2.5     |-0002.50|+1.0"));
    EXPECT(pulp_equal(pulp_format("%e|%.2e|%e", 12345.678, 0.00012, 0.0), "1.234568e+04|1.20e-04|0.000000e+00"));
    EXPECT(pulp_equal(pulp_format("%g|%g|%g|%g", 0.1, 1e20, 100000.0, 1e-5), "0.1|1e+20|100000|1e-05"));
    EXPECT(pulp_equal(pulp_format("%.15g|%.3g|%g", 0.1, 1234567.0, 999999.9), "0.1|1.23e+06|1e+06"));
    EXPECT(pulp_equal(pulp_format("%f", 9.9999999), "10.000000"));
    EXPECT(pulp_equal(pulp_format("%.1e", 9.99), "1.0e+01"));
    EXPECT(pulp_equal(pulp_format("%g|%g|%5g", __builtin_inf(), -__builtin_inf(), 1.0), "inf|-inf|    1"));
    EXPECT(pulp_equal(pulp_format("%g", 1.7976931348623157e308), "1.79769e+308"));
    EXPECT(pulp_starts_with(pulp_format("%g", 4.9406564584124654e-324), "4.94066e-324"));
    return 0;
}

static int check_strings(void) {
    EXPECT(pulp_equal(pulp_format("%s|%8s|%-8s|%.2s|%c|%%", "abc", "abc", "abc", "abc", 'x'), "abc|     abc|abc     |ab|x|%"));
    EXPECT(pulp_equal(pulp_format("%.*s", 3, "abcdef"), "abc"));
    EXPECT(pulp_equal(pulp_format("%s", (const char *)0), "(null)"));
    EXPECT(*pulp_format("%s", "") == 0);
    EXPECT(pulp_equal(pulp_json("a\"b\\c\n\t\x01z"), "\"a\\\"b\\\\c\\n\\t\\u0001z\""));
    EXPECT(pulp_equal(pulp_json("</script>"), "\"\\u003c/script>\""));
    // What is no UTF-8: alone, cut off, too long, half of a pair, past the last character.
    EXPECT(pulp_equal(pulp_json("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""));
    EXPECT(pulp_equal(pulp_json("a\xff" "b\xe2\x82"), "\"a\\ufffdb\\ufffd\\ufffd\""));
    EXPECT(pulp_equal(pulp_json("\xc0\xaf"), "\"\\ufffd\\ufffd\"") && pulp_equal(pulp_json("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\""));
    EXPECT(pulp_equal(pulp_json("\xf4\x90\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\""));
    EXPECT(!pulp_format("%*d", INT32_MIN, 1));
    EXPECT(pulp_equal(pulp_html("<a href='x'>\"&\"</a>"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;"));
    EXPECT(pulp_equal(pulp_html(""), "") && pulp_equal(pulp_json(""), "\"\""));
    EXPECT(pulp_parse_integer("-12", 0) == -12 && pulp_parse_integer("9223372036854775807", 0) == INT64_MAX);
    EXPECT(pulp_parse_integer("9223372036854775808", 5) == 5 && pulp_parse_integer("-9223372036854775808", 5) == INT64_MIN);
    EXPECT(pulp_parse_integer("12x", 5) == 5 && pulp_parse_integer("", 5) == 5 && pulp_parse_integer(NULL, 5) == 5);
    EXPECT(pulp_equal(NULL, NULL) && !pulp_equal("", NULL) && !pulp_equal("ab", "a") && pulp_length("abc") == 3);
    EXPECT(pulp_starts_with("abc", "ab") && !pulp_starts_with("a", "ab"));
    EXPECT(pulp_equal(pulp_copy_text(PULP_BYTES("text")), "text"));
    EXPECT(pulp_equal(pulp_status_text(PULP_NOT_GRANTED), "not granted by the manifest"));
    EXPECT(pulp_equal(pulp_status_text(77), "an unknown status"));
    return 0;
}

static int check_growth(void) {
    PulpString string = {0};
    for (int i = 0; i < 20000; i++) pulp_append(&string, "%d,", i % 10);
    pulp_append_bytes(&string, PULP_BYTES("end"));
    EXPECT(!string.failed && string.length == 40003 && string.text[39998] == '9' && string.text[40003] == 0);
    // One that grows while others are made in between.
    PulpString a = {0}, b = {0};
    for (int i = 0; i < 3000; i++) {
        pulp_append(&a, "a");
        pulp_append(&b, "b");
    }
    EXPECT(a.length == 3000 && b.length == 3000 && a.text[2999] == 'a' && b.text[0] == 'b');
    pulp_append_json(&a, "x");
    pulp_append_html(&a, "<");
    EXPECT(pulp_equal(a.text + 3000, "\"x\"&lt;"));
    return 0;
}

static int check_memory(void) {
    char *block = pulp_allocate(10), *moved;
    EXPECT(block && ((uintptr_t)block & 7) == 0);
    __builtin_memcpy(block, "012345678", 10);
    moved = pulp_reallocate(block, 100000);
    EXPECT(moved && pulp_equal(moved, "012345678"));
    pulp_release(moved);
    pulp_release(NULL);
    EXPECT(!pulp_allocate(0xfffffff0) && !pulp_scratch(0xffffffff));
    // A loop that needs a hundred times the memory that there is.
    for (int i = 0; i < 10000; i++) {
        PulpMark mark = pulp_mark();
        EXPECT(pulp_scratch(1 << 20) && ((uintptr_t)pulp_scratch(1) & 15) == 0);
        pulp_rewind(mark);
    }
    return 0;
}

int check_text(void) {
    int line;
    if ((line = check_integers())) return line;
    if ((line = check_doubles())) return line;
    if ((line = check_strings())) return line;
    if ((line = check_growth())) return line;
    return check_memory();
}

int check_records(void) {
    uint8_t bytes[200];
    PulpWriter w = pulp_writer(bytes, sizeof bytes);
    pulp_write_map(&w, 20);
    pulp_write_array(&w, 3);
    pulp_write_unsigned(&w, 300);
    pulp_write_integer(&w, -300);
    pulp_write_number(&w, 0.25);
    pulp_write_bool(&w, true);
    pulp_write_nil(&w);
    pulp_write_text(&w, PULP_BYTES("text"));
    pulp_write_binary(&w, PULP_BYTES("\0\1"));
    EXPECT(!w.failed);
    PulpReader r = pulp_reader(bytes, pulp_written(&w));
    EXPECT(pulp_read_map(&r) == 20 && pulp_read_array(&r) == 3 && pulp_read_unsigned(&r) == 300);
    EXPECT(pulp_read_integer(&r) == -300 && pulp_read_number(&r) == 0.25 && pulp_read_bool(&r));
    pulp_read_skip(&r);
    EXPECT(pulp_same(pulp_read_bytes(&r), PULP_BYTES("text")) && pulp_same(pulp_read_bytes(&r), PULP_BYTES("\0\1")));
    EXPECT(!r.failed && pulp_left(&r) == 0);
    pulp_read_integer(&r);
    EXPECT(r.failed);
    // What does not fit into the buffer is not written.
    PulpWriter small = pulp_writer(bytes, 3);
    pulp_write_text(&small, PULP_BYTES("long"));
    EXPECT(small.failed && bytes[3] != 'g');
    // Lengths that are lies.
    static const uint8_t lies[] = {0xdd, 0xff, 0xff, 0xff, 0xff, 0xdb, 0xff, 0xff, 0xff, 0xff};
    r = pulp_reader(lies, sizeof lies);
    pulp_read_skip(&r);
    EXPECT(r.failed);
    static const uint8_t negative[] = {0xff, 0xd0, 0x80, 0xd1, 0x80, 0, 0xd2, 0x80, 0, 0, 0, 0xcf, 0x80, 0, 0, 0, 0, 0, 0, 0};
    r = pulp_reader(negative, sizeof negative);
    EXPECT(pulp_read_integer(&r) == -1 && pulp_read_integer(&r) == -128 && pulp_read_integer(&r) == -32768);
    EXPECT(pulp_read_integer(&r) == INT32_MIN && !r.failed);
    pulp_read_integer(&r);
    EXPECT(r.failed);
    // A negative number is no unsigned one; one that is not may be written as if it could be.
    static const uint8_t signs[] = {0xd0, 0x7f, 0xd1, 0x7f, 0xff, 0xd3, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xd0, 0x80};
    r = pulp_reader(signs, sizeof signs);
    EXPECT(pulp_read_unsigned(&r) == 127 && pulp_read_unsigned(&r) == 32767 && pulp_read_unsigned(&r) == INT64_MAX && !r.failed);
    pulp_read_unsigned(&r);
    EXPECT(r.failed);
    return 0;
}
