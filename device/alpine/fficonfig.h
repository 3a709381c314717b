/*
 * What libffi's configure would find out with gcc and musl on Linux. Its tarball in Debian has no configure, and to make one takes autoconf,
 * automake and libtool; compilers say nearly all of it of themselves. The names are libffi's (configure.ac).
 */
#define HAVE_ALLOCA_H 1
#define HAVE_MEMCPY 1
#define HAVE_MEMFD_CREATE 1
#define HAVE_STRING_H 1
#define HAVE_STDLIB_H 1
#define HAVE_UNISTD_H 1
#define STDC_HEADERS 1

#define SIZEOF_SIZE_T __SIZEOF_SIZE_T__
#define SIZEOF_DOUBLE __SIZEOF_DOUBLE__
#define SIZEOF_LONG_DOUBLE __SIZEOF_LONG_DOUBLE__
#if __SIZEOF_LONG_DOUBLE__ > __SIZEOF_DOUBLE__
#define HAVE_LONG_DOUBLE 1
#endif
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define WORDS_BIGENDIAN 1
#endif

/* Assemblers: GNU's. */
#define HAVE_AS_CFI_PSEUDO_OP 1
#define HAVE_RO_EH_FRAME 1
#define EH_FRAME_FLAGS "a"
#if defined(__i386__) || defined(__x86_64__)
#define HAVE_AS_X86_PCREL 1
#endif
#ifdef __x86_64__
#define HAVE_AS_X86_64_UNWIND_SECTION_TYPE 1
#endif

/* Entries of callbacks that are part of the library, where there are any: no memory is both written and run. */
#ifndef __riscv
#define FFI_EXEC_STATIC_TRAMP 1
#endif

#define HAVE_HIDDEN_VISIBILITY_ATTRIBUTE 1
#ifdef LIBFFI_ASM
#define FFI_HIDDEN(name) .hidden name
#else
#define FFI_HIDDEN __attribute__((visibility("hidden")))
#endif
