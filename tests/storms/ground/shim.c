/* Loaded before the C library by the storms (LD_PRELOAD): faults of the disk and of the clock that nobody can order from a
 * real disk or a real clock. What is to go wrong is told by a small file of 64-bit numbers, which is mapped into memory.
 *
 * STORM_CONTROL  that file; without it nothing is done
 * STORM_FILES    prefixes of paths, separated by colons: only writing to these files is meant
 * STORM_LOG      where every write, truncation and sync of these files is written down, in the order in which they are done
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* The numbers, in the order of `Word` in shim.rs. */
enum {
    FAIL_AT,     /* the first call that fails, counted from 1; 0: none */
    FAIL_COUNT,  /* how many fail from there on */
    CALLS,       /* calls counted */
    FAILED,      /* calls that failed, of whatever reason */
    SPACE_LEFT,  /* bytes by which files may still grow; negative: as many as they like */
    SYNC_IS_VOID, /* whether a sync answers at once and does nothing */
    CLOCK_AHEAD_MS, /* how far the wall clock is ahead of the system's */
    WORDS
};

#define FILES_MAX 65536

static _Atomic int64_t *word;
static const char *prefixes = "";
static int log_file = -1;
/* What a descriptor is: 0 nothing of ours, else the letter of its file in the log. */
static _Atomic char letter_of[FILES_MAX];
/* One write at a time where they are written down: the log has them in the order of the disk. */
static pthread_mutex_t in_order = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("STORM_CONTROL"), *log = getenv("STORM_LOG"), *files = getenv("STORM_FILES");
    /* A copy: PostgreSQL writes its title over its first environment. */
    if (files) prefixes = strdup(files);
    if (log) log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    int file = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
    if (file < 0) return;
    void *at = mmap(NULL, WORDS * sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (at != MAP_FAILED) word = at;
    syscall(SYS_close, file);
}

static char letter(const char *path) {
    for (const char *prefix = prefixes; *prefix;) {
        size_t length = strcspn(prefix, ":");
        if (strncmp(path, prefix, length) == 0) {
            const char *rest = path + length;
            if (prefix[length - 1] == '/' || *rest == 0) return 'd';
            if (strcmp(rest, "-wal") == 0) return 'w';
            if (strcmp(rest, "-journal") == 0) return 'j';
        }
        prefix += length + (prefix[length] == ':');
    }
    return 0;
}

static char file_of(int file) {
    return word && file >= 0 && file < FILES_MAX ? atomic_load(&letter_of[file]) : 0;
}

static int opened(int file, const char *path) {
    if (file >= 0 && file < FILES_MAX) atomic_store(&letter_of[file], word ? letter(path) : 0);
    return file;
}

/* Counts a call; -1 when it is its turn to fail. */
static int fails(void) {
    int64_t number = atomic_fetch_add(&word[CALLS], 1) + 1, at = atomic_load(&word[FAIL_AT]);
    if (at == 0 || number < at || number - at >= atomic_load(&word[FAIL_COUNT])) return 0;
    atomic_fetch_add(&word[FAILED], 1);
    errno = EIO;
    return -1;
}

/* -1 when a file has no room to become so long. */
static int no_room(int file, int64_t end) {
    struct stat now;
    if (atomic_load(&word[SPACE_LEFT]) < 0 || fstat(file, &now) != 0 || end <= now.st_size) return 0;
    if (atomic_fetch_sub(&word[SPACE_LEFT], end - now.st_size) >= end - now.st_size) return 0;
    /* The disk stays full: what is left over is less than anybody wants. */
    atomic_store(&word[SPACE_LEFT], 0);
    atomic_fetch_add(&word[FAILED], 1);
    errno = ENOSPC;
    return -1;
}

static void down(char kind, char file, int64_t offset, int64_t length, const void *bytes) {
    char head[18];
    head[0] = kind;
    head[1] = file;
    memcpy(head + 2, &offset, 8);
    memcpy(head + 10, &length, 8);
    struct iovec parts[2] = {{head, sizeof head}, {(void *)bytes, bytes ? (size_t)length : 0}};
    syscall(SYS_writev, log_file, parts, 2);
}

static void lock(void) {
    if (log_file >= 0) pthread_mutex_lock(&in_order);
}

static void unlock(void) {
    int kept = errno;
    if (log_file >= 0) pthread_mutex_unlock(&in_order);
    errno = kept;
}

static ssize_t put(int file, const void *bytes, size_t length, int64_t offset, int moves) {
    char ours = file_of(file);
    if (moves && ours) offset = lseek(file, 0, SEEK_CUR);
    if (ours && (fails() || no_room(file, offset + (int64_t)length))) return -1;
    if (ours) lock();
    ssize_t done = moves ? syscall(SYS_write, file, bytes, length) : syscall(SYS_pwrite64, file, bytes, length, offset);
    if (ours && log_file >= 0 && done > 0) down('W', ours, offset, done, bytes);
    if (ours) unlock();
    return done;
}

ssize_t write(int file, const void *bytes, size_t length) { return put(file, bytes, length, 0, 1); }
ssize_t pwrite(int file, const void *bytes, size_t length, off_t offset) { return put(file, bytes, length, offset, 0); }
ssize_t pwrite64(int file, const void *bytes, size_t length, off64_t offset) { return put(file, bytes, length, offset, 0); }

/* PostgreSQL's; never written down. */
ssize_t pwritev(int file, const struct iovec *parts, int count, off_t offset) {
    int64_t end = offset;
    for (int part = 0; part < count; part++) end += (int64_t)parts[part].iov_len;
    if (file_of(file) && (fails() || no_room(file, end))) return -1;
    return syscall(SYS_pwritev, file, parts, count, offset, 0L);
}
ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t offset) {
    return pwritev(file, parts, count, offset);
}
int posix_fallocate(int file, off_t offset, off_t length) {
    if (file_of(file) && (fails() || no_room(file, offset + length))) return errno;
    return syscall(SYS_fallocate, file, 0, offset, length) == 0 ? 0 : errno;
}
int posix_fallocate64(int file, off64_t offset, off64_t length) { return posix_fallocate(file, offset, length); }

static int sync_to_disk(int file, long call) {
    char ours = file_of(file);
    if (!ours) return (int)syscall(call, file);
    if (fails()) return -1;
    if (atomic_load(&word[SYNC_IS_VOID])) return 0;
    lock();
    int done = (int)syscall(call, file);
    if (log_file >= 0 && done == 0) down('S', ours, 0, 0, NULL);
    unlock();
    return done;
}
int fsync(int file) { return sync_to_disk(file, SYS_fsync); }
int fdatasync(int file) { return sync_to_disk(file, SYS_fdatasync); }

static int cut(int file, int64_t length) {
    char ours = file_of(file);
    if (ours && (fails() || no_room(file, length))) return -1;
    if (ours) lock();
    int done = (int)syscall(SYS_ftruncate, file, length);
    if (ours && log_file >= 0 && done == 0) down('T', ours, length, 0, NULL);
    if (ours) unlock();
    return done;
}
int ftruncate(int file, off_t length) { return cut(file, length); }
int ftruncate64(int file, off64_t length) { return cut(file, length); }

int unlink(const char *path) {
    char ours = word ? letter(path) : 0;
    if (ours) lock();
    int done = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (ours && log_file >= 0 && done == 0) down('R', ours, 0, 0, NULL);
    if (ours) unlock();
    return done;
}

static int open_at(int folder, const char *path, int flags, va_list rest) {
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(rest, int) : 0;
    return opened((int)syscall(SYS_openat, folder, path, flags, mode), path);
}
int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int file = open_at(AT_FDCWD, path, flags, rest);
    va_end(rest);
    return file;
}
int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int file = open_at(AT_FDCWD, path, flags | O_LARGEFILE, rest);
    va_end(rest);
    return file;
}
int openat(int folder, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int file = open_at(folder, path, flags, rest);
    va_end(rest);
    return file;
}
int close(int file) {
    if (file >= 0 && file < FILES_MAX) atomic_store(&letter_of[file], 0);
    return (int)syscall(SYS_close, file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int done = (int)syscall(SYS_clock_gettime, clock, now);
    if (done == 0 && clock == CLOCK_REALTIME && word) {
        int64_t ms = atomic_load(&word[CLOCK_AHEAD_MS]);
        now->tv_sec += ms / 1000;
        now->tv_nsec += ms % 1000 * 1000000;
        if (now->tv_nsec < 0) now->tv_sec--, now->tv_nsec += 1000000000;
        if (now->tv_nsec >= 1000000000) now->tv_sec++, now->tv_nsec -= 1000000000;
    }
    return done;
}
