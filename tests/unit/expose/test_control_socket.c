/* SPDX-License-Identifier: BSD-2-Clause */
/* The socket itself: whose it is, who may use it, where it may be. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fdio.h"
#include "base/log.h"
#include "control_fixture.h"

static void the_socket_is_for_its_owner_and_group(void **state)
{
    struct fixture *f = *state;
    struct stat st;

    assert_int_equal(stat(f->path, &st), 0);

    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0660);
    assert_int_equal(st.st_uid, geteuid());
}

static void tell(int fd, char c)
{
    if (write(fd, &c, 1) != 1)
        _exit(1);
}

/* The codes that a peer with these ids gets for echo, operate and admin: a letter each, 'y' is ok.
 */
static void rights_of(struct fixture *f, gid_t group, uid_t uid, char ret[4])
{
    static const char *const asked[] = {"echo", "operate", "admin"};
    int ends[2];
    assert_int_equal(chmod(f->path, 0666), 0);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        bool changed = setgroups(0, NULL) == 0 && setgid(group) == 0 && setuid(uid) == 0;
        int fd = changed ? connect_to(f->path) : -1;
        tell(ends[1], fd < 0 ? 'x' : 'c');
        char line[1024];
        for (size_t i = 0; fd >= 0 && i < 3; i++) {
            char request[64];
            int n = snprintf(request, sizeof request, "{\"id\":1,\"do\":\"%s\"}\n", asked[i]);
            struct pollfd wait = {.fd = fd, .events = POLLIN};
            send(fd, request, (size_t)n, 0);
            poll(&wait, 1, LIMIT_MS);
            ssize_t got = recv(fd, line, sizeof line - 1, 0);
            line[got < 0 ? 0 : got] = '\0';
            char c = strstr(line, "\"ok\":true") != NULL ? 'y'
                     : strstr(line, "denied") != NULL    ? 'd'
                                                         : '?';
            tell(ends[1], c);
        }
        _exit(0);
    }
    close(ends[1]);
    int status;
    while (waitpid(child, &status, WNOHANG) == 0)
        loop_turn(f->loop, false);
    char first = '?';
    memset(ret, 0, 4);
    assert_int_equal(read(ends[0], &first, 1), 1);
    assert_int_equal(first, 'c');
    assert_int_equal(read(ends[0], ret, 3), 3);
    close(ends[0]);
}

static int set_up_group(void **state)
{
    return set_up_for(state, OTHER_ID);
}

static void rights_follow_from_what_the_kernel_says_of_the_peer(void **state)
{
    struct fixture *f = *state;
    char codes[4];

    rights_of(f, 0, 0, codes);
    assert_string_equal(codes, "yyy");
    rights_of(f, OTHER_ID, OTHER_ID, codes);
    assert_string_equal(codes, "yyd");
    rights_of(f, OTHER_ID - 1, OTHER_ID, codes);
    assert_string_equal(codes, "ydd");
}

static void a_second_daemon_does_not_take_the_socket_over(void **state)
{
    struct fixture *f = *state;
    struct control *second = NULL;

    assert_int_equal(
        control_new(f->loop, f->path, (gid_t)-1, control_verbs, f, &second), -EADDRINUSE);

    json_t *answer = ask(f, peer(f), "{\"id\":1,\"do\":\"echo\"}");
    assert_true(json_is_true(json_object_get(answer, "ok")));
    json_decref(answer);
}

static void a_socket_left_by_a_dead_daemon_is_replaced_and_another_file_is_not(void **state)
{
    struct fixture *f = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    control_free(f->control);
    f->control = NULL;
    memcpy(address.sun_path, f->path, strlen(f->path) + 1);
    int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(dead, (struct sockaddr *)&address, sizeof address), 0);
    close(dead);

    assert_int_equal(control_new(f->loop, f->path, (gid_t)-1, control_verbs, f, &f->control), 0);

    f->control = control_free(f->control);
    int file = open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    close(file);
    assert_int_equal(
        control_new(f->loop, f->path, (gid_t)-1, control_verbs, f, &f->control), -EEXIST);
    assert_int_equal(unlink(f->path), 0);
}

static void a_folder_that_others_may_write_in_is_refused(void **state)
{
    struct fixture *f = *state;
    struct listener listener = {.fd = -1};
    f->control = control_free(f->control);
    assert_int_equal(chmod(f->folder, 0777), 0);

    assert_int_equal(listener_open(f->path, (gid_t)-1, &listener), -EPERM);
    assert_int_equal(listener.fd, -1);
}

static void a_folder_behind_a_symbolic_link_is_refused(void **state)
{
    struct fixture *f = *state;
    struct listener listener = {.fd = -1};
    assert_int_equal(symlink(f->folder, "control.link"), 0);

    int r = listener_open("control.link/sock", (gid_t)-1, &listener);

    unlink("control.link");
    assert_true(r == -ENOTDIR || r == -ELOOP);
}

static void what_is_absent_is_made_for_us_alone(void **state)
{
    struct fixture *f = *state;
    struct listener listener = {.fd = -1};
    struct stat st;
    char folder[64];
    char path[80];
    snprintf(folder, sizeof folder, "%s/run", f->folder);
    snprintf(path, sizeof path, "%s/sock", folder);

    assert_int_equal(listener_open(path, (gid_t)-1, &listener), 0);

    assert_int_equal(stat(folder, &st), 0);
    assert_int_equal(st.st_mode & 027, 0);
    listener_close(&listener, path);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    umask(022);
    const struct CMUnitTest tests[] = {
#define CONTROL_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        CONTROL_TEST(the_socket_is_for_its_owner_and_group),
        CONTROL_TEST(a_second_daemon_does_not_take_the_socket_over),
        CONTROL_TEST(a_socket_left_by_a_dead_daemon_is_replaced_and_another_file_is_not),
        CONTROL_TEST(a_folder_that_others_may_write_in_is_refused),
        CONTROL_TEST(a_folder_behind_a_symbolic_link_is_refused),
        CONTROL_TEST(what_is_absent_is_made_for_us_alone),
        // Last: only root can become somebody else.
        cmocka_unit_test_setup_teardown(
            rights_follow_from_what_the_kernel_says_of_the_peer, set_up_group, tear_down),
    };
    size_t count = sizeof tests / sizeof tests[0];

    if (geteuid() != 0)
        puts("# rights of other users: left out, this is not root");
    return _cmocka_run_group_tests(
        "expose/control_socket", tests, geteuid() == 0 ? count : count - 1, NULL, NULL);
}
