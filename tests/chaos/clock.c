/* A host whose clock is wrong: LD_PRELOAD this, and the time of day is off by the seconds in the file that CHAOS_CLOCK
   names. libfaketime would do, but its sleeps fail: Python waits by clock_nanosleep, which it does not understand. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long offset(void) {
    const char *path = getenv("CHAOS_CLOCK"); char text[32] = {0}; int file; long read_ = 0;
    if (!path || (file = open(path, O_RDONLY | O_CLOEXEC)) < 0) return 0;
    if (read(file, text, sizeof text - 1) > 0) read_ = atol(text);
    close(file);
    return read_;
}
int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = syscall(SYS_clock_gettime, clock, at);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) at->tv_sec += offset();
    return failed;
}
