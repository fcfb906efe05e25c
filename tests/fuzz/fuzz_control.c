/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests of whoever connects to the control socket, and the answers that carry them back. */
#include <string.h>

#include "expose/answer.h"
#include "fuzz.h"
#include "wire/wire.h"

static bool look_at_line(void *arg, const char *line, size_t length)
{
    (void)arg;
    fuzz_holds(length <= WIRE_LINE_MAX + 1, "an answer's line is no longer than a line may be");
    fuzz_holds(memchr(line, '\n', length) == NULL || line[length - 1] == '\n',
        "a line feed stands at the end of an answer's line only");
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text why = {0};
    struct command command = {0};
    json_t *request = wire_parse((const char *)data, size, &why);
    if (request != NULL && wire_command_decode(request, &command, &why) == 0) {
        struct control_answer answer = {.result = json_incref(request), .fd = -1};
        answer_lines(json_object_get(request, "id"), &answer, look_at_line, NULL);
        command_deinit(&command);
    } else {
        fuzz_holds(text_get(&why)[0] != '\0', "a request that is refused has a reason");
    }
    json_decref(request);
    text_deinit(&why);
    return 0;
}
