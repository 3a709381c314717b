# Upstream's standard variant without ffi and btree: threads, FAT and littlefs, native code, TLS client and server.
MBEDTLS_CONFIG_FILE = \"kilopy_mbedtls_config.h\"
# What TLS 1.3 needs beside the files that MicroPython lists.
SRC_THIRDPARTY_C += $(addprefix lib/mbedtls/library/, hkdf.c psa_crypto.c psa_crypto_aead.c psa_crypto_cipher.c \
	psa_crypto_client.c psa_crypto_driver_wrappers_no_static.c psa_crypto_ecp.c psa_crypto_ffdh.c psa_crypto_hash.c \
	psa_crypto_mac.c psa_crypto_pake.c psa_crypto_random.c psa_crypto_rsa.c psa_crypto_se.c psa_crypto_slot_management.c \
	psa_crypto_storage.c psa_its_file.c psa_util.c ssl_tls13_client.c ssl_tls13_generic.c ssl_tls13_keys.c ssl_tls13_server.c)
