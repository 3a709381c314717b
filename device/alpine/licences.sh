# What MicroPython of base alpine consists of; /src/micropython is the folder.
cat LICENSE lib/mbedtls/LICENSE /opt/musl/licence-compiler > /products/licence-micropython
