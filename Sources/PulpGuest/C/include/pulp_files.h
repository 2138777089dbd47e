// Files in a C guest: the imports of `storage.fs`, and the records that they take. Included once per guest.
// Define PULP_FILES_V01 before for the reference's older `fs_write`, of four words.
#ifndef PULP_FILES_H
#define PULP_FILES_H

#include "pulp_abi.h"
#include "pulp_messagepack.h"

#ifdef PULP_FILES_V01
extern int32_t PULP_IMPORT(fs_write)(const void *path, uint32_t length, const void *bytes, uint32_t count);
#else
extern int32_t PULP_IMPORT(fs_write)(
    const void *path, uint32_t length, const void *bytes, uint32_t count, const void *request, uint32_t request_length);
#endif
extern int32_t PULP_IMPORT(fs_read)(const void *path, uint32_t length, void **bytes, uint32_t *count);
extern int32_t PULP_IMPORT(fs_read_at)(const void *request, uint32_t length, void **bytes, uint32_t *count);
extern int32_t PULP_IMPORT(fs_write_at)(const void *request, uint32_t length, const void *bytes, uint32_t count);
extern int32_t PULP_IMPORT(fs_truncate)(const void *request, uint32_t length);
extern int32_t PULP_IMPORT(fs_delete)(const void *path, uint32_t length);
extern int32_t PULP_IMPORT(fs_list)(const void *path, uint32_t length, void **listing, uint32_t *count);
extern int32_t PULP_IMPORT(fs_stat)(const void *request, uint32_t length, void **response, uint32_t *count);
extern int32_t PULP_IMPORT(fs_rename)(const void *request, uint32_t length);
extern int32_t PULP_IMPORT(fs_remove_all)(const void *path, uint32_t length);
extern int32_t PULP_IMPORT(fs_mkdir_all)(const void *request, uint32_t length);
extern int32_t PULP_IMPORT(fs_chmod)(const void *request, uint32_t length);
extern int32_t PULP_IMPORT(fs_create_temp)(const void *request, uint32_t length, void **response, uint32_t *count);
extern int32_t PULP_IMPORT(fs_mkdir_temp)(const void *request, uint32_t length, void **response, uint32_t *count);

// A request in a fixed buffer; what does not fit makes it a request that the host refuses.
typedef struct {
    uint8_t bytes[2048];
    MPWriter writer;
} PulpFileRequest;

static inline void pulp_file_request(PulpFileRequest *request, uint8_t pairs) {
    request->writer = mp_writer(request->bytes, sizeof request->bytes);
    mp_put_map(&request->writer, pairs);
}

static inline void pulp_file_text(PulpFileRequest *request, MPSlice key, MPSlice value) {
    mp_put_text(&request->writer, key);
    mp_put_text(&request->writer, value);
}

static inline void pulp_file_number(PulpFileRequest *request, MPSlice key, uint64_t value) {
    mp_put_text(&request->writer, key);
    mp_put_unsigned(&request->writer, value);
}

// Pointer and length, for the call.
#define PULP_FILE_REQUEST(request) (request).bytes, mp_written(&(request).writer)

#endif
