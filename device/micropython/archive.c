/*
 * An application in the tail of the program's own file: `kilopy build --output bin`.
 *
 * Behind the ELF file lie
 *
 *   ROMFS        the application as MicroPython's own read-only file system; its files are used where they lie
 *   text         environment variables (NAME=VALUE), an empty one, and arguments, each ended by a NUL
 *   16 bytes     sizes of ROMFS and text (32 bit, little endian), and MAGIC
 *
 * The file system is mounted at /app of MicroPython's own tree of file systems (nothing is mounted in the kernel), and
 * the arguments stand before those of the command line. Without MAGIC the program is an ordinary MicroPython.
 *
 * No source of MicroPython is changed: the linker calls us for its main() and mp_vfs_mount() (`--wrap`).
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "extmod/vfs.h"
#include "extmod/vfs_rom.h"
#include "py/objstr.h"
#include "py/runtime.h"

#define MAGIC "kilopy\1\n"
#define TRAILER_BYTES 16
#define FOLDER "/app"

int __real_main(int argc, char **argv);
mp_obj_t __real_mp_vfs_mount(size_t n_args, const mp_obj_t *args, mp_map_t *kw_args);

static mp_obj_str_t rom = { { &mp_type_bytes }, 0, 0, NULL };

static uint32_t little_endian(const unsigned char *bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

/* Maps the archive; gives the text, whose end is stored, or NULL when there is none. */
static const char *open_archive(const char **end) {
    unsigned char trailer[TRAILER_BYTES];
    struct stat info;
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    const char *text = NULL;

    if (fd < 0) {
        return NULL;
    }
    if (fstat(fd, &info) == 0 &&
        pread(fd, trailer, sizeof trailer, info.st_size - TRAILER_BYTES) == TRAILER_BYTES &&
        memcmp(trailer + 8, MAGIC, 8) == 0) {
        uint32_t rom_bytes = little_endian(trailer), text_bytes = little_endian(trailer + 4);
        off_t start = info.st_size - TRAILER_BYTES - text_bytes - rom_bytes;
        /* No machine has larger pages. */
        off_t page = start & ~(off_t)0xffff;
        char *mapped = start < 0 ? MAP_FAILED
            : mmap(NULL, (size_t)(info.st_size - page), PROT_READ, MAP_PRIVATE, fd, page);

        if (mapped != MAP_FAILED) {
            rom.data = (const byte *)mapped + (start - page);
            rom.len = rom_bytes;
            text = (const char *)rom.data + rom_bytes;
            *end = text + text_bytes;
        }
    }
    close(fd);
    return text;
}

int __wrap_main(int argc, char **argv) {
    const char *end = NULL, *text = open_archive(&end);
    char **all;
    int count = 1;

    if (text == NULL) {
        return __real_main(argc, argv);
    }
    for (; text < end && *text; text += strlen(text) + 1) {
        const char *equals = strchr(text, '=');
        char name[256];

        /* What the caller has set himself wins, but for the path of modules, which is the application's. */
        if (equals != NULL && equals - text < (ptrdiff_t)sizeof name) {
            memcpy(name, text, (size_t)(equals - text));
            name[equals - text] = 0;
            setenv(name, equals + 1, strcmp(name, "MICROPYPATH") == 0);
        }
    }
    all = calloc((size_t)argc + (size_t)(end - text) + 1, sizeof *all);
    all[0] = argv[0];
    for (text++; text < end; text += strlen(text) + 1) {
        all[count++] = (char *)text;
    }
    memcpy(all + count, argv + 1, (size_t)(argc - 1) * sizeof *all);
    return __real_main(count + argc - 1, all);
}

/* The first that MicroPython mounts is the host's file system, at its start. */
mp_obj_t __wrap_mp_vfs_mount(size_t n_args, const mp_obj_t *args, mp_map_t *kw_args) {
    mp_obj_t result = __real_mp_vfs_mount(n_args, args, kw_args);

    static bool done;

    if (rom.data != NULL && !done) {
        mp_obj_t memory = MP_OBJ_FROM_PTR(&rom);
        mp_obj_t ours[2] = {
            MP_OBJ_TYPE_GET_SLOT(&mp_type_vfs_rom, make_new)(&mp_type_vfs_rom, 1, 0, &memory),
            mp_obj_new_str(FOLDER, sizeof FOLDER - 1),
        };

        done = true;
        __real_mp_vfs_mount(2, ours, (mp_map_t *)&mp_const_empty_map);
    }
    return result;
}
