/* SPDX-License-Identifier: Apache-2.0 */
#include "json/tape.h"

#include <charconv>
#include <memory>
#include <new>
#include <simdjson.h>

/* Below what simdjson checks per document, so that lines of a few hundred bytes never reallocate. */
static constexpr size_t TAPE_CAPACITY_MIN = size_t(64) << 10;

struct json_tape {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
    simdjson::dom::document document;
    size_t capacity = 0;
    size_t max_depth = 0;
};

extern "C" json_tape *json_tape_new(void)
{
    return new (std::nothrow) json_tape;
}

extern "C" void json_tape_free(json_tape *tape)
{
    delete tape;
}

/* Room grows by half, so that a file of growing documents costs few allocations; it is touched only as far as used. */
static simdjson::error_code reserve(json_tape *tape, size_t size, size_t max_depth) noexcept
{
    if (tape->parser != nullptr && size <= tape->capacity && max_depth == tape->max_depth)
        return simdjson::SUCCESS;
    size_t capacity = tape->capacity < TAPE_CAPACITY_MIN ? TAPE_CAPACITY_MIN : tape->capacity;
    while (capacity < size)
        capacity += capacity / 2;
    tape->capacity = 0;
    const simdjson::implementation &active = *simdjson::get_active_implementation();
    simdjson::error_code status = tape->parser != nullptr
                                      ? tape->parser->allocate(capacity, max_depth)
                                      : active.create_dom_parser_implementation(capacity, max_depth, tape->parser);
    if (status == simdjson::SUCCESS)
        status = tape->document.allocate(capacity);
    if (status != simdjson::SUCCESS)
        return status;
    tape->capacity = capacity;
    tape->max_depth = max_depth;
    return status;
}

static json_tape_status status_of(simdjson::error_code code, json_tape_status otherwise) noexcept
{
    switch (code) {
    case simdjson::SUCCESS:
        return JSON_TAPE_OK;
    case simdjson::MEMALLOC:
        return JSON_TAPE_MEMORY;
    case simdjson::CAPACITY:
        return JSON_TAPE_SIZE;
    case simdjson::DEPTH_ERROR:
        return JSON_TAPE_DEPTH;
    case simdjson::NUMBER_ERROR:
        return JSON_TAPE_NUMBER;
    case simdjson::UTF8_ERROR:
        return JSON_TAPE_UTF8;
    default:
        return otherwise;
    }
}

extern "C" json_tape_status json_tape_parse(json_tape *tape, const char *text, size_t size, size_t max_depth,
                                            json_tape_view *ret_view)
{
    const auto *bytes = reinterpret_cast<const uint8_t *>(text);
    simdjson::error_code code = reserve(tape, size, max_depth);
    if (code == simdjson::SUCCESS)
        code = tape->parser->stage1(bytes, size, simdjson::stage1_mode::regular);
    if (code != simdjson::SUCCESS)
        return status_of(code, JSON_TAPE_TEXT);
    code = tape->parser->stage2(tape->document);
    *ret_view = json_tape_view{tape->document.tape.get(), tape->document.string_buf.get(),
                               tape->parser->structural_indexes.get(), tape->parser->n_structural_indexes};
    return status_of(code, JSON_TAPE_STRUCTURE);
}

extern "C" bool json_tape_read_double(const char *text, size_t size, double *ret_number)
{
    double number = 0;
    const std::from_chars_result result = std::from_chars(text, text + size, number);
    if (result.ec != std::errc() || result.ptr != text + size)
        return false;
    *ret_number = number;
    return true;
}

extern "C" size_t json_tape_print_double(double number, char *out)
{
    return size_t(std::to_chars(out, out + 32, number).ptr - out);
}
