// main.c sets it also where MICROPY_DEBUG_PRINTERS is 0 and nobody reads it.
#include "py/mpconfig.h"

#if !MICROPY_DEBUG_PRINTERS
mp_uint_t mp_verbose_flag;
#endif
