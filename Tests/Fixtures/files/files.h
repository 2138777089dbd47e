// The records that the imports of `storage.fs` take.
#ifndef FILES_H
#define FILES_H

// A request in a fixed buffer; what does not fit makes it a request that the host refuses.
typedef struct {
    uint8_t bytes[2048];
    PulpWriter writer;
} FileRequest;

static inline void file_request(FileRequest *request, uint8_t pairs) {
    request->writer = pulp_writer(request->bytes, sizeof request->bytes);
    pulp_write_map(&request->writer, pairs);
}

static inline void file_text(FileRequest *request, PulpBytes key, PulpBytes value) {
    pulp_write_text(&request->writer, key);
    pulp_write_text(&request->writer, value);
}

static inline void file_number(FileRequest *request, PulpBytes key, uint64_t value) {
    pulp_write_text(&request->writer, key);
    pulp_write_unsigned(&request->writer, value);
}

// Pointer and length, for the call.
#define FILE_REQUEST(request) (request).bytes, pulp_written(&(request).writer)

#endif
