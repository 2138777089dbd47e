// Stores as guests of v0.1 do: three functions, and fs_write without a request. A step is a scenario: 0, or the number
// of the first line that did not go as it should.
#include "fixture.h"

#define EXPECT(condition) if (!(condition)) return __LINE__
#define PATH(literal) literal, sizeof(literal) - 1

int32_t PULP_EXPORT(pulp_init)(const uint8_t *config, uint32_t length) { return 0; }

int32_t PULP_EXPORT(pulp_step)(const uint8_t *bytes, uint32_t length) {
    void *answer = 0;
    uint32_t count = 99;
    EXPECT(fs_read(PATH("state/count"), &answer, &count) == 6);
    EXPECT(answer == 0 && count == 99);
    EXPECT(fs_write_4(PATH("state/count"), PATH("one")) == 0);
    EXPECT(fs_read(PATH("state/count"), &answer, &count) == 0);
    EXPECT(pulp_same((PulpBytes){answer, count}, PULP_BYTES("one")));
    pulp_release(answer);
    EXPECT(fs_write_4(PATH("state/count"), 0, 0) == 0);
    EXPECT(fs_read(PATH("state/count"), &answer, &count) == 0 && answer == 0 && count == 0);
    // 4 is a path that is rejected, 5 an operation that failed: the other way round from the cell dialect.
    EXPECT(fs_write_4(PATH("../escape"), PATH("x")) == 4);
    EXPECT(fs_read(PATH("/etc/hostname"), &answer, &count) == 4);
    EXPECT(fs_delete(PATH("a/../../b")) == 4);
    EXPECT(fs_write_4(PATH("state"), PATH("x")) == 5);
    EXPECT(fs_delete(PATH("state")) == 5);
    EXPECT(fs_read(PATH(""), &answer, &count) == 1);
    EXPECT(fs_read((void *)0xfffffff0, 32, &answer, &count) == 2);
    EXPECT(fs_write_4(PATH("state/count"), (void *)0xfffffff0, 32) == 2);
    EXPECT(fs_read(PATH("state/count"), (void **)0xfffffffc, &count) == 8);
    EXPECT(fs_delete(PATH("state/count")) == 0);
    EXPECT(fs_delete(PATH("state/count")) == 6);
    EXPECT(fs_delete(PATH("state")) == 0);
    return 0;
}
