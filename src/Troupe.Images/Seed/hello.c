/* The program of the seed image: it runs in a container only. No libc: the image is this one file, and a kernel is all it needs. */

static const char text[] =
    "\n"
    "Hello from Troupe!\n"
    "This text comes from a process in a container of its own. It got here like this:\n"
    "\n"
    " 1. The client (troupe, or the docker CLI) sent its request to the socket of trouped.\n"
    " 2. trouped's gateway turned the request into a message and handed it to the actors.\n"
    " 3. The daemon actor looked for the image. It was not there, so a pull actor fetched its\n"
    "    blobs, checked every digest and unpacked the layer into the node's store.\n"
    " 4. The scheduler kept the container's name and chose this node. A container actor was\n"
    "    born here and wrote what it is to the journal before it answered.\n"
    " 5. On start, a task actor laid out the bundle: an overlay of the layer, a network\n"
    "    endpoint with an address, and the runtime configuration.\n"
    " 6. A runc actor started a shim, which outlives trouped. The shim had troupe-runtime\n"
    "    create namespaces, cgroups and mounts, drop capabilities and load the seccomp filter.\n"
    " 7. The kernel executed /hello, the only file of the image, as process 1. It wrote this.\n"
    " 8. The bytes went through a pipe to the shim, which logged them, and from there through the\n"
    "    gateway to your client; no actor's mailbox ever saw them.\n"
    "\n"
    "A next thing to try:\n"
    "  docker run -it busybox sh\n"
    "\n";

static long call(long number, long a, long b, long c)
{
#if defined(__x86_64__)
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
    return result;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
    return x0;
#else
#error "the seed image is made for x86-64 and arm64"
#endif
}

#if defined(__x86_64__)
enum { WRITE = 1, EXIT_GROUP = 231 };
#else
enum { WRITE = 64, EXIT_GROUP = 94 };
#endif

void _start(void)
{
    long done = 0;
    long size = sizeof text - 1;
    while (done < size) {
        long written = call(WRITE, 1, (long)(text + done), size - done);
        if (written <= 0)
            break;
        done += written;
    }
    call(EXIT_GROUP, done == size ? 0 : 1, 0, 0);
}
