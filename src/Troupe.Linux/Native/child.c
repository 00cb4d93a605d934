// SPDX-License-Identifier: Apache-2.0
// The only code that runs between clone3 and execve (docs/adr/0003). It holds no policy: it makes the system calls of a list
// that C# has built, in order, and reports the first one that fails. No allocation, no locks, nothing of libc but syscall().
#define _GNU_SOURCE
#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ULL
#endif

enum {
    OP_COMPARE = -1, // arguments: memory, mask, expected, length; differs: EBADMSG
    FLAG_EXPECT = 1, // the result must be exactly `expect`; differs: EPROTO
    FLAG_KEEP = 2,   // a tolerated failure leaves the result's slot as it was
    TOLERATE = 4,
};

// Layout shared with Troupe.Linux/Programs/SyscallProgram.cs; a test compares the offsets.
struct troupe_op {
    int64_t number;         // system call, or OP_COMPARE
    uint64_t arguments[6];
    int64_t expect;
    int32_t *store;         // the result goes here too, or NULL
    int32_t result;         // slot for the result (-errno after a tolerated failure), or -1
    uint32_t slots;         // bit i: arguments[i] is the number of a slot
    int32_t tolerate[TOLERATE]; // errnos that do not end the list; 0 ends the array
    uint32_t flags;
    uint32_t reserved;
};

struct troupe_report {
    int32_t op;             // index of the failing operation
    int32_t error;          // its errno
};

static int compare(const uint8_t *memory, const uint8_t *mask, const uint8_t *expected, uint64_t length)
{
    for (uint64_t i = 0; i < length; i++)
        if ((memory[i] & mask[i]) != expected[i])
            return 0;
    return 1;
}

static int tolerated(const struct troupe_op *op, int error)
{
    for (int i = 0; i < TOLERATE && op->tolerate[i]; i++)
        if (op->tolerate[i] == error)
            return 1;
    return 0;
}

// Returns 0, or the errno that ends the list.
static int run_one(const struct troupe_op *op, int64_t *slots)
{
    uint64_t a[6];
    for (int i = 0; i < 6; i++)
        a[i] = (op->slots >> i) & 1 ? (uint64_t)slots[op->arguments[i]] : op->arguments[i];

    if (op->number == OP_COMPARE)
        return compare((const uint8_t *)a[0], (const uint8_t *)a[1], (const uint8_t *)a[2], a[3]) ? 0 : EBADMSG;

    long result;
    do
        result = syscall(op->number, a[0], a[1], a[2], a[3], a[4], a[5]);
    while (result == -1 && errno == EINTR);

    if (result == -1) {
        int error = errno;
        if (!tolerated(op, error))
            return error;
        if (op->flags & FLAG_KEEP)
            return 0;
        result = -error;
    } else if ((op->flags & FLAG_EXPECT) && result != op->expect) {
        return EPROTO;
    }
    if (op->result >= 0)
        slots[op->result] = result;
    if (op->store)
        *op->store = (int32_t)result;
    return 0;
}

// Runs the list; ends the process when it comes back: the last operation is execve.
static void run(const struct troupe_op *ops, int32_t count, int64_t *slots, int report_fd)
{
    struct troupe_report report = { count, 0 };
    for (int32_t i = 0; i < count; i++) {
        int error = run_one(&ops[i], slots);
        if (error) {
            report.op = i;
            report.error = error;
            break;
        }
    }
    syscall(SYS_write, report_fd, &report, sizeof report);
    syscall(SYS_exit_group, 125);
}

// Clones and runs the list in the child. Returns the child's pid and sets *pidfd, or returns -errno. All signals are blocked in
// the child until its list unblocks them; CLONE_CLEAR_SIGHAND has put the handlers to their defaults.
__attribute__((visibility("default")))
int32_t troupe_clone(uint64_t flags, int32_t cgroup_fd, const struct troupe_op *ops, int32_t count, int64_t *slots,
                     int32_t report_fd, int32_t *pidfd)
{
    struct clone_args arguments;
    memset(&arguments, 0, sizeof arguments);
    arguments.flags = flags | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
    arguments.pidfd = (uint64_t)(uintptr_t)pidfd;
    arguments.exit_signal = SIGCHLD;
    arguments.cgroup = (uint64_t)cgroup_fd;

    uint64_t all = ~0ULL, before;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0)
        run(ops, count, slots, report_fd);
    int error = errno;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, sizeof before);
    return pid < 0 ? -error : (int32_t)pid;
}
