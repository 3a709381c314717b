/* What GCC calls on 32-bit MIPS beside arithmetic of floats and 64-bit division (libgcc's names). One function an object. */
typedef unsigned int word;
typedef unsigned long long dword;
union halves {
    dword all;
    struct {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word high, low;
#else
        word low, high;
#endif
    } part;
};

#ifdef L_ASHLDI3
dword __ashldi3(dword value, int count) {
    union halves in = {value}, out;
    if (count == 0) {
        return value;
    }
    if (count & 32) {
        out.part.high = in.part.low << (count & 31);
        out.part.low = 0;
    } else {
        out.part.high = in.part.high << count | in.part.low >> (32 - count);
        out.part.low = in.part.low << count;
    }
    return out.all;
}
#endif

#ifdef L_LSHRDI3
dword __lshrdi3(dword value, int count) {
    union halves in = {value}, out;
    if (count == 0) {
        return value;
    }
    if (count & 32) {
        out.part.low = in.part.high >> (count & 31);
        out.part.high = 0;
    } else {
        out.part.low = in.part.low >> count | in.part.high << (32 - count);
        out.part.high = in.part.high >> count;
    }
    return out.all;
}
#endif

#ifdef L_ASHRDI3
long long __ashrdi3(long long value, int count) {
    union halves in = {value}, out;
    if (count == 0) {
        return value;
    }
    if (count & 32) {
        out.part.low = (int)in.part.high >> (count & 31);
        out.part.high = (int)in.part.high >> 31;
    } else {
        out.part.low = in.part.low >> count | in.part.high << (32 - count);
        out.part.high = (int)in.part.high >> count;
    }
    return out.all;
}
#endif

#ifdef L_CLZ
int __clzsi2(word value) {
    return __builtin_clz(value);
}
int __clzdi2(dword value) {
    union halves in = {value};
    return in.part.high != 0 ? __builtin_clz(in.part.high) : 32 + __builtin_clz(in.part.low);
}
#endif

#ifdef L_CTZ
int __ctzsi2(word value) {
    return 31 - __builtin_clz(value & -value);
}
int __ctzdi2(dword value) {
    union halves in = {value};
    word half = in.part.low != 0 ? in.part.low : in.part.high;
    return (in.part.low != 0 ? 31 : 63) - __builtin_clz(half & -half);
}
#endif

#ifdef L_POPCOUNT
int __popcountsi2(word value) {
    value -= value >> 1 & 0x55555555;
    value = (value & 0x33333333) + (value >> 2 & 0x33333333);
    return (int)(((value + (value >> 4)) & 0x0f0f0f0f) * 0x01010101 >> 24);
}
int __popcountdi2(dword value) {
    union halves in = {value};
    return __popcountsi2(in.part.high) + __popcountsi2(in.part.low);
}
#endif

#ifdef L_BSWAPSI2
word __bswapsi2(word value) {
    return value >> 24 | (value >> 8 & 0xff00) | (value & 0xff00) << 8 | value << 24;
}
#endif

#ifdef L_BSWAPDI2
dword __bswapdi2(dword value) {
    union halves in = {value}, out;
    out.part.high = __builtin_bswap32(in.part.low);
    out.part.low = __builtin_bswap32(in.part.high);
    return out.all;
}
#endif

#ifdef L_CLZTAB
/* Bits that a byte takes, for longlong.h of glibc where the processor's own counting is not used, as in MIPS16. */
const unsigned char __clz_tab[256] = {
#define TWO(n) n, n
#define FOUR(n) TWO(n), TWO(n)
#define EIGHT(n) FOUR(n), FOUR(n)
#define SIXTEEN(n) EIGHT(n), EIGHT(n)
#define THIRTYTWO(n) SIXTEEN(n), SIXTEEN(n)
#define SIXTYFOUR(n) THIRTYTWO(n), THIRTYTWO(n)
    0, 1, TWO(2), FOUR(3), EIGHT(4), SIXTEEN(5), THIRTYTWO(6), SIXTYFOUR(7), SIXTYFOUR(8), SIXTYFOUR(8),
};
#endif
