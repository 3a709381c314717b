# The compiler to bytecode, for this computer: freezing modules needs it.
unpack micropython /src/micropython
cd /src/micropython/mpy-cross
make -s -j2 CC=gcc STRIP=strip CWARN=-w MICROPY_GIT_TAG="$MICROPYTHON_VERSION" MICROPY_GIT_HASH=kilopy USER_C_MODULES= > /dev/null
mkdir -p /products
cp build/mpy-cross /products/
