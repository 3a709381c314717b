/*
 * Division of floating point numbers for processors that have none. That of zig's compiler-rt (0.17.1) cuts quotients that are subnormal, in the
 * place of rounding them: 3 * 2**-1074 / 2 is not 2 * 2**-1074 there. This one, a bit at a time, rounds to nearest, ties to even.
 * With -Ddivdf3 __divdf3, else __divsf3 (libgcc's names; on ARM those of its ABI, too).
 */
#ifdef divdf3
typedef double number;
typedef unsigned long long bits;
#define DIVIDE __divdf3
#define DIVIDE_NAME "__divdf3"
#define EABI __aeabi_ddiv
enum { FRACTION = 52, EXPONENT = 11 };
#else
typedef float number;
typedef unsigned int bits;
#define DIVIDE __divsf3
#define DIVIDE_NAME "__divsf3"
#define EABI __aeabi_fdiv
enum { FRACTION = 23, EXPONENT = 8 };
#endif

#define ONE ((bits)1 << FRACTION)
#define SIGN ((bits)1 << (FRACTION + EXPONENT))
#define LARGEST ((1 << EXPONENT) - 1)
#define INFINITE ((bits)LARGEST << FRACTION)
#define NAN_BITS (INFINITE | ONE >> 1)

union value {
    number number;
    bits bits;
};

/* The fraction with its leading one, and the exponent that goes with it. */
static bits normal(bits value, int *exponent) {
    bits fraction = value & (ONE - 1);

    *exponent = (int)(value >> FRACTION);
    if (*exponent != 0) {
        return fraction | ONE;
    }
    for (*exponent = 1; fraction < ONE; fraction <<= 1) {
        --*exponent;
    }
    return fraction;
}

static bits divide(bits a, bits b, bits sign) {
    bits dividend, divisor, quotient = 0;
    int exponent, below, i;

    if (a > INFINITE || b > INFINITE || (a == b && (a == 0 || a == INFINITE))) {
        return NAN_BITS;
    }
    if (a == INFINITE || b == 0) {
        return sign | INFINITE;
    }
    if (a == 0 || b == INFINITE) {
        return sign;
    }
    dividend = normal(a, &exponent);
    divisor = normal(b, &below);
    exponent += LARGEST / 2 - below;
    if (dividend < divisor) {
        dividend <<= 1;
        exponent--;
    }
    /* The leading one, the fraction, the bit behind it; then whether anything is left. */
    for (i = 0; i < FRACTION + 2; i++) {
        quotient <<= 1;
        if (dividend >= divisor) {
            dividend -= divisor;
            quotient |= 1;
        }
        dividend <<= 1;
    }
    quotient = quotient << 1 | (dividend != 0);
    if (exponent >= LARGEST) {
        return sign | INFINITE;
    }
    for (; exponent < 1; exponent++) {
        if (quotient <= 1) {
            return sign;
        }
        quotient = quotient >> 1 | (quotient & 1);
    }
    /* The leading one makes the exponent one more, where it still is there; so does rounding up from the largest fraction. */
    i = (int)(quotient & 3);
    quotient >>= 2;
    return sign | (((bits)(exponent - 1) << FRACTION) + quotient + (i == 3 || (i == 2 && (quotient & 1))));
}

number DIVIDE(number a, number b) {
    union value dividend = {a}, divisor = {b}, quotient;

    quotient.bits = divide(dividend.bits & ~SIGN, divisor.bits & ~SIGN, (dividend.bits ^ divisor.bits) & SIGN);
    return quotient.number;
}

#ifdef __ARM_EABI__
number EABI(number a, number b) __attribute__((alias(DIVIDE_NAME)));
#endif
