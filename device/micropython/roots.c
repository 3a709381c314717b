/*
 * Certificates are required: for every client, also where a module asks for CERT_NONE, as many that were written for
 * microcontrollers do. A client that brings no roots of its own gets those of the image, read when first needed.
 *
 * `tls: {verify: false}` in kilopy.yaml sets KILOPY_TLS_VERIFY=0 in the image; nothing else switches it off.
 *
 * No source of MicroPython is changed: the linker calls us for two functions of mbedTLS (`--wrap`).
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mbedtls/ssl.h"

/* Where Debian's bundle is, and what OpenSSL's variable says instead. */
#define ROOTS_PATH "/etc/ssl/certs/ca-certificates.crt"
#define ROOTS_VARIABLE "SSL_CERT_FILE"

void __real_mbedtls_ssl_conf_authmode(mbedtls_ssl_config *conf, int mode);
int __real_mbedtls_ssl_setup(mbedtls_ssl_context *ssl, const mbedtls_ssl_config *conf);

static mbedtls_x509_crt roots;

/* PEM, one certificate after the other, or one as DER. Those that cannot be read are left out. */
static void read_roots(void) {
    const char *path = getenv(ROOTS_VARIABLE);
    int fd = open(path != NULL && *path ? path : ROOTS_PATH, O_RDONLY | O_CLOEXEC);
    struct stat info;
    unsigned char *text = NULL;
    size_t size = 0;

    if (fd < 0) {
        return;
    }
    if (fstat(fd, &info) == 0 && (text = malloc((size_t)info.st_size + 1)) != NULL) {
        ssize_t part;

        while (size < (size_t)info.st_size && (part = read(fd, text + size, (size_t)info.st_size - size)) > 0) {
            size += (size_t)part;
        }
        /* PEM is known by its final NUL. DER begins with a sequence (0x30) and must not have one. */
        text[size] = 0;
        mbedtls_x509_crt_parse(&roots, text, size > 0 && text[0] == 0x30 ? size : size + 1);
        free(text);
    }
    close(fd);
}

void __wrap_mbedtls_ssl_conf_authmode(mbedtls_ssl_config *conf, int mode) {
    const char *verify = getenv("KILOPY_TLS_VERIFY");

    if (conf->endpoint == MBEDTLS_SSL_IS_CLIENT && !(verify != NULL && strcmp(verify, "0") == 0)) {
        mode = MBEDTLS_SSL_VERIFY_REQUIRED;
    }
    __real_mbedtls_ssl_conf_authmode(conf, mode);
}

int __wrap_mbedtls_ssl_setup(mbedtls_ssl_context *ssl, const mbedtls_ssl_config *conf) {
    if (conf->endpoint == MBEDTLS_SSL_IS_CLIENT && conf->authmode == MBEDTLS_SSL_VERIFY_REQUIRED && conf->ca_chain == NULL) {
        if (roots.raw.p == NULL) {
            read_roots();
        }
        /* The caller's configuration is not constant, only our parameter. */
        mbedtls_ssl_conf_ca_chain((mbedtls_ssl_config *)conf, &roots, NULL);
    }
    return __real_mbedtls_ssl_setup(ssl, conf);
}
